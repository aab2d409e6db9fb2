/** The bar above everything: where one is, the filter, whether packets are being seen, pause and theme. */
import type { ComponentChildren } from 'preact'
import type { Status } from '../../server/dashboard/api.ts'
import { formatCount } from '../lib/format.ts'
import { Icon, Mark } from './icons.tsx'
import { MenuButton, type MenuItem } from './menu.tsx'

export interface TopBarProps {
  page: 'live' | 'compare'
  labsOpen: boolean
  paused: boolean
  /** Stored packets are played again. */
  playing: boolean
  theme: 'dark' | 'light'
  /** Themes and other ways the page may look. */
  look: readonly MenuItem[]
  status: Status | null
  linked: boolean
  statusOpen: boolean
  filter: ComponentChildren
  /** The lab network's cable; nothing on the kernel's. */
  cable: ComponentChildren
  /** While a recording runs. */
  recording: ComponentChildren
  /** The page shows a file: nothing of it is live. */
  file: boolean
  capturesOpen: boolean
  onCaptures: () => void
  onPage: (page: 'live' | 'compare') => void
  onLabs: () => void
  onPause: () => void
  onHelp: () => void
  onStatus: () => void
}

export function TopBar(props: TopBarProps) {
  const { page, labsOpen, paused, playing, theme, filter } = props
  return (
    <header class="top-bar">
      <h1 class="top-bar__name">
        <Mark />
        <span>Wirelab</span>
      </h1>
      <nav class="top-bar__places" aria-label="Places">
        <button
          type="button"
          aria-current={page === 'live' && !props.file ? 'page' : undefined}
          onClick={() => props.onPage('live')}
        >
          Live
        </button>
        <button
          type="button"
          aria-current={page === 'compare' ? 'page' : undefined}
          onClick={() => props.onPage('compare')}
        >
          Compare
        </button>
        <button type="button" aria-expanded={labsOpen} onClick={props.onLabs}>
          Labs
        </button>
        <button
          type="button"
          class="top-bar__captures top-bar__wide"
          aria-current={props.file ? 'page' : undefined}
          aria-expanded={props.capturesOpen}
          aria-controls="captures-panel"
          onClick={props.onCaptures}
        >
          Captures
        </button>
      </nav>
      <div class="top-bar__filter">{filter}</div>
      <div class="top-bar__tools">
        {props.recording}
        {props.cable}
        <CaptureButton {...props} />
        {!props.file && (
          <button
            type="button"
            class={paused ? 'top-bar__pause is-paused' : 'top-bar__pause'}
            aria-pressed={paused}
            title={
              playing ? 'Stop playing (Space)' : paused ? 'Go on (Space)' : 'Hold the page still (Space)'
            }
            onClick={props.onPause}
          >
            <Icon name={paused && !playing ? 'play' : 'pause'} />
            <span>{playing ? 'Playing' : paused ? 'Paused' : 'Pause'}</span>
          </button>
        )}
        <MenuButton
          class="top-bar__icon top-bar__wide"
          words={<Icon name={theme === 'dark' ? 'moon' : 'sun'} />}
          label="How the page looks"
          title="How the page looks (t: dark or light)"
          items={props.look}
        />
        <button
          type="button"
          class="top-bar__icon top-bar__wide"
          aria-label="Keys"
          title="Keys (?)"
          onClick={props.onHelp}
        >
          <kbd>?</kbd>
        </button>
        <MenuButton
          class="top-bar__icon top-bar__more"
          words={<Icon name="more" />}
          label="More: captures, keys, how the page looks"
          items={moreItems(props)}
        />
      </div>
    </header>
  )
}

/** What has no room of its own on a narrow page. */
function moreItems({ look, onCaptures, onHelp }: TopBarProps): MenuItem[] {
  const [first, ...others] = look
  return [
    { label: 'Captures', onPick: onCaptures },
    { label: 'Keys', onPick: onHelp },
    ...(first === undefined ? [] : [{ ...first, apart: true }, ...others]),
  ]
}

/** Solid while packets are seen, hollow while not yet, broken when something is lost or lacking. */
function CaptureButton({ status, linked, statusOpen, onStatus }: TopBarProps) {
  const shape = captureShape(status, linked)
  const dropped = status === null ? 0 : status.capture.droppedByKernel + status.capture.droppedByUs
  return (
    <button
      type="button"
      class="top-bar__capture"
      aria-expanded={statusOpen}
      aria-controls="status-panel"
      title="Services and capture"
      onClick={onStatus}
    >
      <span class={`state-mark state-mark--${shape.mark}`} aria-hidden="true" />
      <span>{shape.words}</span>
      {dropped > 0 && <strong class="top-bar__dropped">{formatCount(dropped)} lost</strong>}
    </button>
  )
}

function captureShape(
  status: Status | null,
  linked: boolean,
): { mark: 'solid' | 'hollow' | 'broken'; words: string } {
  if (!linked) return { mark: 'broken', words: 'No lab' }
  if (status === null) return { mark: 'hollow', words: 'Connecting' }
  const { capture } = status
  switch (capture.state) {
    case 'running':
      if (capture.source === 'lab') return { mark: 'solid', words: 'Lab network' }
      return {
        mark: 'solid',
        words: capture.interface === null ? 'Capturing' : `Capturing ${capture.interface}`,
      }
    case 'starting':
      return { mark: 'hollow', words: 'Capture starts' }
    case 'off':
      return { mark: 'hollow', words: 'Capture is off' }
    default:
      return { mark: 'broken', words: 'No capture' }
  }
}

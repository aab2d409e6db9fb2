/** Captures in files: recording what is seen, and opening what was recorded, here or by another program. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { CaptureNode, RecordingNode } from '../../server/dashboard/api-captures.ts'
import { captureWords, shortName } from '../lib/capture-words.ts'
import { Icon } from './icons.tsx'
import { Problem } from './problem.tsx'
import { Recording } from './recording.tsx'

export interface CapturesPanelProps {
  /** Undefined where nothing can be recorded. */
  recording: RecordingNode | undefined
  captures: readonly CaptureNode[]
  /** Those that were closed, and can still be had back. */
  closed: ReadonlySet<string>
  /** The one that is looked into; null for what is live. */
  opened: string | null
  /** A file on its way to the lab; `sent` is its share that is there, 0 to 1. */
  opening: { name: string; sent: number; cancel: () => void } | null
  problem: { of: 'recording' | 'opening' | 'secrets'; message: string } | null
  /** What became of the key log that the file looked into was given. */
  secretsSaid: string | null
  onRecord: () => void
  onOpenRecorded: () => void
  onOpen: (file: File) => void
  onKeyLog: (file: File) => void
  onLook: (capture: CaptureNode | null) => void
  onCloseFile: (capture: CaptureNode) => void
  onReopen: (capture: CaptureNode) => void
  onClose: () => void
}

export function CapturesPanel(props: CapturesPanelProps) {
  const { recording, captures, opening, problem } = props
  const panel = useRef<HTMLElement>(null)
  useFocusOf(panel)
  // What had it makes room for what comes in its place.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) panel.current?.focus({ preventScroll: true })
  }, [opening === null])
  const said = (of: NonNullable<typeof problem>['of']) => (problem?.of === of ? problem.message : null)
  return (
    <aside
      ref={panel}
      class="status-panel captures-panel"
      id="captures-panel"
      aria-label="Captures"
      tabIndex={-1}
    >
      <header class="status-panel__head">
        <h2>Captures</h2>
        <button type="button" class="status-panel__close" aria-label="Close" onClick={props.onClose}>
          <Icon name="close" />
        </button>
      </header>
      {captures.length > 0 && <Choice {...props} />}
      {props.opened !== null && (
        <Secrets said={props.secretsSaid} problem={said('secrets')} onKeyLog={props.onKeyLog} />
      )}
      {recording !== undefined && (
        <Recording
          recording={recording}
          problem={said('recording')}
          busy={opening !== null}
          onRecord={props.onRecord}
          onOpen={props.onOpenRecorded}
        />
      )}
      <section class="captures-panel__part" aria-label="Open a file">
        <h3>Open a file</h3>
        {opening === null ? <FileField onOpen={props.onOpen} /> : <Opening {...opening} />}
        <Problem message={said('opening')} />
      </section>
    </aside>
  )
}

/** The focus goes into the panel when it opens, and back to where it came from when it closes. */
function useFocusOf(panel: { current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    const element = panel.current
    const from = document.activeElement
    element?.focus({ preventScroll: true })
    return () => {
      const now = document.activeElement
      const inside = now === null || now === document.body || element?.contains(now) === true
      if (inside && from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true })
    }
  }, [])
}

function FileField({ onOpen }: { onOpen: (file: File) => void }) {
  return (
    <FileLabel class="captures-panel__field" accept=".pcap,.pcapng,.cap,.gz,.dmp" onFile={onOpen}>
      <span class="captures-panel__choose">Choose a file…</span>
      <span class="captures-panel__quiet">or drop it anywhere on this page</span>
      <span class="captures-panel__kinds">.pcapng or .pcap, packed with gzip or not</span>
    </FileLabel>
  )
}

interface FileLabelProps {
  class: string
  /** Endings of names that the browser offers first. */
  accept?: string | undefined
  onFile: (file: File) => void
  children: ComponentChildren
}

/** The browser's way to choose a file, in a look of its own. */
function FileLabel({ class: name, accept, onFile, children }: FileLabelProps) {
  return (
    <label class={name}>
      <input
        type="file"
        accept={accept}
        class="visually-hidden"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? []
          event.currentTarget.value = ''
          if (file !== undefined) onFile(file)
        }}
      />
      {children}
    </label>
  )
}

interface SecretsProps {
  said: string | null
  problem: string | null
  onKeyLog: (file: File) => void
}

/** The way to what is sealed in the file that is looked into. */
function Secrets({ said, problem, onKeyLog }: SecretsProps) {
  return (
    <section class="captures-panel__part" aria-label="TLS secrets">
      <h3>TLS secrets</h3>
      <p class="captures-panel__quiet">
        A key log opens what is sealed in this file. Programs write one to the file that{' '}
        <code>SSLKEYLOGFILE</code> names.
      </p>
      <FileLabel class="captures-panel__given" onFile={onKeyLog}>
        <span>Choose a key log…</span>
      </FileLabel>
      <p class="captures-panel__quiet" role="status">
        {said}
      </p>
      <Problem message={problem} />
    </section>
  )
}

function Opening({ name, sent, cancel }: NonNullable<CapturesPanelProps['opening']>) {
  const words = sent < 1 ? `Reading ${shortName(name)}` : `${shortName(name)} is there; its end is being read`
  return (
    <div class="captures-panel__opening">
      <p role="status">{words}</p>
      <progress aria-label="Read so far" max={1} value={sent} />
      <button type="button" onClick={cancel}>
        Cancel
      </button>
    </div>
  )
}

/** What is looked at: what is live, or one of the files. */
function Choice({ captures, closed, opened, onLook, onCloseFile, onReopen }: CapturesPanelProps) {
  return (
    <section class="captures-panel__part" aria-label="Look at">
      <h3>Look at</h3>
      <ul class="captures-panel__list">
        <li class="captures-panel__capture">
          <Look name="Live" words="what crosses now" here={opened === null} onLook={() => onLook(null)} />
        </li>
        {captures.map((capture) => (
          <li key={capture.id} class="captures-panel__capture">
            {closed.has(capture.id) ? (
              <Closed name={capture.name} onUndo={() => onReopen(capture)} />
            ) : (
              <>
                <Look
                  name={capture.name}
                  words={captureWords(capture)}
                  here={opened === capture.id}
                  disabled={capture.state === 'reading'}
                  onLook={() => onLook(capture)}
                />
                <button
                  type="button"
                  class="captures-panel__close"
                  aria-label={`Close ${capture.name}`}
                  title="Close this file"
                  onClick={() => onCloseFile(capture)}
                >
                  <Icon name="close" />
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

interface LookProps {
  name: string
  words: string
  here: boolean
  disabled?: boolean
  onLook: () => void
}

function Look({ name, words, here, disabled = false, onLook }: LookProps) {
  return (
    <button
      type="button"
      class="captures-panel__look"
      aria-current={here ? 'true' : undefined}
      disabled={disabled}
      title={name}
      onClick={onLook}
    >
      <span class={`state-mark state-mark--${here ? 'solid' : 'hollow'}`} aria-hidden="true" />
      <span class="captures-panel__name">{shortName(name)}</span>
      <span class="captures-panel__quiet">{words}</span>
    </button>
  )
}

/** Where a file stood that was closed; the focus was on its button, and is on the way back now. */
function Closed({ name, onUndo }: { name: string; onUndo: () => void }) {
  const undo = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => undo.current?.focus(), [])
  return (
    <>
      <span class="captures-panel__closed">{shortName(name)} is closed.</span>
      <button ref={undo} type="button" class="captures-panel__underlined" onClick={onUndo}>
        Undo
      </button>
    </>
  )
}

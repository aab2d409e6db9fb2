/** The heartbeat strip: who asks whether the other end is still there, what was answered, and what is due. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { formatCount } from '../lib/format.ts'
import { drawHeartbeats, drawTime, shapeOf } from './heartbeats-draw.ts'
import { linesShown } from './heartbeats-fold.ts'
import { type HeartbeatLine, HISTORY, layoutHeartbeats } from './heartbeats-layout.ts'
import { asOf, type Subject } from './heartbeats-subjects.ts'
import { useWidth } from './viewport.ts'

export interface HeartbeatsProps {
  /** See `subjectsOf`. */
  subjects: readonly Subject[]
  /** The pane fills the page: there is room for all that are live. */
  whole?: boolean
  /** Those that are folded are shown as well. */
  unfolded: boolean
  selected: number | null
  onSelect: (packet: number) => void
  /** Where in time the page stands, in epoch seconds; null while it follows what comes. The clock stands there as well. */
  until?: number | null
  /** Epoch seconds on the server's clock. */
  clock?: () => number
}

/** A countdown in tenths of a second needs no more. */
const TICK_MS = 100
/** Below this the words are shorter. */
const TIGHT_BELOW = 568
/** From here on there is room for the whole sentence, and for the round trips so far. */
const WIDE_ABOVE = 900
/** What the words beside a line take, by the width of the strip. */
const NAME = 196
const WORDS = 252
const WIDE_WORDS = 520
const TIGHT_WORDS = 246
/** In less room a longer sentence gives way to its short form. */
const MOST_LETTERS = 20

const now = () => Date.now() / 1000

export function Heartbeats({
  subjects,
  whole = false,
  unfolded,
  selected,
  onSelect,
  until = null,
  clock = now,
}: HeartbeatsProps) {
  const root = useRef<HTMLDivElement>(null)
  const width = useWidth(root)
  const { shown } = linesShown(subjects, whole, unfolded, clock())

  const tight = width < TIGHT_BELOW
  const wide = width >= WIDE_ABOVE
  const room = width - (tight ? TIGHT_WORDS : NAME + (wide ? WIDE_WORDS : WORDS))
  const drawn = until === null ? shown : shown.flatMap((subject) => asOf(subject, until) ?? [])
  const layout = width === 0 ? undefined : layoutHeartbeats(drawn, clock(), { width: room })
  return (
    <div
      class={`heartbeats${tight ? ' is-tight' : ''}${wide ? ' is-wide' : ''}${whole ? ' is-whole' : ''}`}
      ref={root}
    >
      {layout?.lines.map((line, i) => (
        <Line
          key={line.key}
          teaches={layout.lines.findIndex(({ subject }) => subject.kind === line.subject.kind) === i}
          line={line}
          width={layout.width}
          tight={tight}
          wide={wide}
          clock={clock}
          selected={selected}
          onSelect={onSelect}
        />
      ))}
      {layout?.lines.length === 0 && (
        <p class="heartbeats__nothing">
          {subjects.length > 0 && until === null
            ? 'Nobody asks any more: those who did are closed.'
            : until === null
              ? 'Nobody has asked yet whether the other end is still there. A Socket.IO session does, every few seconds.'
              : 'At this moment nobody had asked yet.'}
        </p>
      )}
    </div>
  )
}

/** `9 more live, 2 closed`: unfolds them. */
export function HeartbeatsFold({
  subjects,
  whole = false,
  unfolded,
  clock = now,
  onUnfold,
}: Pick<HeartbeatsProps, 'subjects' | 'whole' | 'unfolded' | 'clock'> & {
  onUnfold: (unfolded: boolean) => void
}) {
  const { live, closed } = linesShown(subjects, whole, unfolded, clock())
  const parts = [
    live > 0 ? `${formatCount(live)} more live` : '',
    closed > 0 ? `${formatCount(closed)} closed` : '',
  ].filter((part) => part !== '')
  if (parts.length === 0) return null
  return (
    <button
      type="button"
      class="heartbeats__fold"
      aria-expanded={unfolded}
      onClick={() => onUnfold(!unfolded)}
    >
      {unfolded ? 'Fold' : parts.join(', ')}
    </button>
  )
}

/** How the strip is read, for `PictureTools`. */
export function HeartbeatsHowTo() {
  return (
    <>
      <p>
        Time runs to the right. What the <b>server</b> sends stands above the line, what the <b>client</b>{' '}
        sends below it. A full pair is a question with its answer; a hollow mark is an answer that is awaited;
        a broken stem with a cross is one that never came.
      </p>
      <p>
        The thick line grows towards the small ring, where the next ping is due. The bars are where either end
        stops waiting and concludes that the other is gone.
      </p>
      <ul>
        <li>
          <Sign kind="engine.io" layer={5} /> <b>Engine.IO ping</b>: one program asks the other.
        </li>
        <li>
          <Sign kind="websocket" layer={7} /> <b>WebSocket ping</b>: one WebSocket library asks the other.
        </li>
        <li>
          <Sign kind="tcp" layer={4} /> <b>TCP keep-alive</b>: one operating system asks the other. It answers
          even for a program that hangs.
        </li>
      </ul>
    </>
  )
}

function Sign({ kind, layer }: { kind: Subject['kind']; layer: number }) {
  return (
    <svg
      class="heartbeats__sign"
      data-layer={layer}
      viewBox="-6 -6 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      <path d={shapeOf(kind)} />
    </svg>
  )
}

interface LineProps extends Pick<HeartbeatsProps, 'onSelect' | 'selected'> {
  line: HeartbeatLine
  /** The first of its kind says how that works. */
  teaches: boolean
  width: number
  tight: boolean
  wide: boolean
  clock: () => number
}

function Line({ line, teaches, width, tight, wide, clock, selected, onSelect }: LineProps) {
  const picture = useRef<SVGSVGElement>(null)
  const words = useRef<HTMLSpanElement>(null)
  const { subject } = line
  const over = subject.closed !== null
  const said = ({ words: all, brief }: HeartbeatLine) =>
    tight || (!wide && all.length > MOST_LETTERS) ? brief : all

  useLayoutEffect(() => {
    if (picture.current !== null) {
      drawHeartbeats(picture.current, line, width, { selected, onSelect })
    }
  }, [line, width, selected, onSelect])

  // Time moves two attributes and a number: no need to lay everything out, or to wake the page. Ended in the same turn as
  // the line is drawn anew: a late tick would write over what was just said for good.
  useLayoutEffect(() => {
    if (over) return
    const timer = setInterval(() => {
      const present = layoutHeartbeats([subject], clock(), { width }).lines[0]
      if (present === undefined || picture.current === null || words.current === null || document.hidden)
        return
      drawTime(picture.current, present)
      // The text node is the view's own: were it replaced, the next rendering would not find it.
      const { firstChild } = words.current
      if (firstChild !== null) firstChild.nodeValue = said(present)
      words.current.dataset.state = present.standing.state
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [subject, over, width, tight, wide, clock])

  return (
    <div class="heartbeats__session" data-state={line.standing.state} data-kind={subject.kind}>
      <div class="heartbeats__who" data-layer={subject.layer} title={subject.teaches}>
        <span class="heartbeats__name">
          <Sign kind={subject.kind} layer={subject.layer} />
          <b>{tight ? subject.name.replace(/^.* /, '') : subject.name}</b>
          <span class="heartbeats__sid" title={subject.id}>
            {subject.short}
          </span>
        </span>
      </div>
      <svg class="heartbeats__picture" ref={picture} />
      <div class="heartbeats__words">
        <span class="heartbeats__rtt">
          {wide && <History line={line} />}
          {line.rtt !== '' && (
            <>
              <i>RTT </i>
              {line.rtt}
            </>
          )}
        </span>
        <span class="heartbeats__next" ref={words} data-state={line.standing.state}>
          {said(line)}
        </span>
      </div>
      {teaches && <p class="heartbeats__teaches">{subject.teaches}</p>}
    </div>
  )
}

/** The round trips so far: whether they grow is seen before any of them is read. */
function History({ line: { history, subject } }: { line: HeartbeatLine }) {
  if (history === null) return null
  const { width, height } = HISTORY
  return (
    <svg
      class="heartbeats__history"
      data-layer={subject.layer}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={`Round trips: ${history.range}`}
    >
      <title>{`Round trips: ${history.range}`}</title>
      <path d={history.path} />
      <circle cx={history.end[0]} cy={history.end[1]} r="2.5" />
    </svg>
  )
}

/** The heartbeat strip: for each Engine.IO session its pings and pongs, and when the next is due. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { SessionNode } from '../../server/dashboard/api.ts'
import { between, formatCount } from '../lib/format.ts'
import { drawHeartbeats, drawPresent } from './heartbeats-draw.ts'
import { type HeartbeatLine, type HeartbeatsLayout, layoutHeartbeats } from './heartbeats-layout.ts'

export interface HeartbeatsProps {
  sessions: readonly SessionNode[]
  /** The pane fills the page: there is room for all that are live. */
  whole?: boolean
  /** Those that are folded are shown as well. */
  unfolded: boolean
  selected: number | null
  onSelect: (packet: number) => void
  /** Epoch seconds on the server's clock. */
  clock?: () => number
}

/** A countdown in tenths of a second needs no more. */
const TICK_MS = 100
/** So many live sessions have a line in the strip; the others fold. */
const MOST_LINES = 3
/** Of those unfolded no more are drawn. */
const MOST_UNFOLDED = 20
/** Below this the words are shorter. */
const TIGHT_BELOW = 620

export function Heartbeats({
  sessions,
  whole = false,
  unfolded,
  selected,
  onSelect,
  clock = () => Date.now() / 1000,
}: HeartbeatsProps) {
  const root = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const { shown } = sortOut(sessions, whole, unfolded)

  useLayoutEffect(() => {
    const element = root.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [])

  const tight = width < TIGHT_BELOW
  const layout: HeartbeatsLayout | undefined =
    width === 0
      ? undefined
      : layoutHeartbeats(shown, clock(), { width: width - (tight ? TIGHT_WORDS : WORDS) })
  return (
    <div class={`heartbeats${tight ? ' is-tight' : ''}`} ref={root}>
      {layout?.lines.map((line, i) => (
        <Line
          key={line.sid}
          session={shown[i]}
          line={line}
          width={layout.width}
          tight={tight}
          clock={clock}
          selected={selected}
          onSelect={onSelect}
        />
      ))}
    </div>
  )
}

/** Newest first, the live before the closed; and how many of each are folded away. */
function sortOut(sessions: readonly SessionNode[], whole: boolean, unfolded: boolean) {
  const newest = [...sessions].sort((a, b) => between(a.opened, b.opened))
  const open = newest.filter((session) => session.state === 'open')
  const closed = newest.filter((session) => session.state === 'closed')
  const lines = open.slice(0, whole || unfolded ? MOST_UNFOLDED : MOST_LINES)
  // A whole page without a line would say nothing.
  const all = unfolded || (whole && open.length === 0)
  const shown = all ? [...lines, ...closed].slice(0, MOST_UNFOLDED) : lines
  return { shown, live: open.length - lines.length, closed: closed.length }
}

/** `9 more live, 2 closed`: unfolds them. */
export function HeartbeatsFold({
  sessions,
  whole = false,
  unfolded,
  onUnfold,
}: Pick<HeartbeatsProps, 'sessions' | 'whole' | 'unfolded'> & { onUnfold: (unfolded: boolean) => void }) {
  const { live, closed } = sortOut(sessions, whole, unfolded)
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

/** What the words beside a line take. */
const WORDS = 340
const TIGHT_WORDS = 212

interface LineProps {
  session: SessionNode | undefined
  line: HeartbeatLine
  width: number
  tight: boolean
  clock: () => number
  selected: number | null
  onSelect: (packet: number) => void
}

function Line({ session, line, width, tight, clock, selected, onSelect }: LineProps) {
  const picture = useRef<SVGSVGElement>(null)
  const words = useRef<HTMLSpanElement>(null)

  useLayoutEffect(() => {
    if (picture.current !== null) drawHeartbeats(picture.current, line, width, { selected, onSelect })
  }, [line, width, selected, onSelect])

  // Time moves two attributes and a number: no need to lay everything out, or to wake the page.
  useEffect(() => {
    if (session === undefined || session.state === 'closed') return
    const timer = setInterval(() => {
      const present = layoutHeartbeats([session], clock(), { width }).lines[0]
      if (present === undefined || picture.current === null || words.current === null || document.hidden)
        return
      drawPresent(picture.current, present)
      // The text node is the view's own: were it replaced, the next rendering would not find it.
      const { firstChild } = words.current
      if (firstChild !== null) firstChild.nodeValue = tight ? present.brief : present.words
      words.current.dataset.state = present.standing.state
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [session, width, tight, clock])

  return (
    <div class="heartbeats__session" data-state={line.standing.state}>
      <svg class="heartbeats__picture" ref={picture} />
      <div class="heartbeats__words">
        <span class="heartbeats__sid" title={`sid ${line.sid}`}>
          <i>sid </i>
          <b>{line.shortSid}</b>
        </span>
        <span class="heartbeats__rtt">
          {line.rtt === '' ? (
            line.transport
          ) : (
            <>
              <i>RTT </i>
              {line.rtt}
            </>
          )}
        </span>
        <span class="heartbeats__next" ref={words} data-state={line.standing.state}>
          {tight ? line.brief : line.words}
        </span>
      </div>
    </div>
  )
}

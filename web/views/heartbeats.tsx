/** The heartbeat strip: for each Engine.IO session its pings and pongs, and when the next is due. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { SessionNode } from '../../server/dashboard/api.ts'
import { plural } from '../lib/format.ts'
import { drawHeartbeats, drawPresent } from './heartbeats-draw.ts'
import { type HeartbeatLine, type HeartbeatsLayout, layoutHeartbeats } from './heartbeats-layout.ts'

export interface HeartbeatsProps {
  sessions: readonly SessionNode[]
  selected: number | null
  onSelect: (packet: number) => void
  /** Epoch seconds on the server's clock. */
  clock?: () => number
}

/** A countdown in tenths of a second needs no more. */
const TICK_MS = 100
/** Closed sessions stay in sight for a while, so that one sees how they ended; but only a few. */
const MOST_CLOSED = 2

export function Heartbeats({
  sessions,
  selected,
  onSelect,
  clock = () => Date.now() / 1000,
}: HeartbeatsProps) {
  const root = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const open = sessions.filter((session) => session.state === 'open')
  const closed = sessions.filter((session) => session.state === 'closed')
  const shown = [...open, ...closed.slice(-MOST_CLOSED)]

  useLayoutEffect(() => {
    const element = root.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [])

  // Below this the words stand under the line.
  const stacked = width < 620
  const strip = stacked ? width : width - WORDS_WIDTH
  const layout: HeartbeatsLayout | undefined =
    width === 0 ? undefined : layoutHeartbeats(shown, clock(), { width: strip })
  return (
    <div class={`heartbeats${stacked ? ' is-stacked' : ''}`} ref={root}>
      {layout?.lines.map((line, i) => (
        <Line
          key={line.sid}
          session={shown[i]}
          line={line}
          width={layout.width}
          clock={clock}
          selected={selected}
          onSelect={onSelect}
        />
      ))}
      {closed.length > MOST_CLOSED && (
        <p class="heartbeats__more">{plural(closed.length - MOST_CLOSED, 'more session')} closed before.</p>
      )}
    </div>
  )
}

const WORDS_WIDTH = 380

interface LineProps {
  session: SessionNode | undefined
  line: HeartbeatLine
  width: number
  clock: () => number
  selected: number | null
  onSelect: (packet: number) => void
}

function Line({ session, line, width, clock, selected, onSelect }: LineProps) {
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
      if (firstChild !== null) firstChild.nodeValue = present.words
      words.current.dataset.state = present.standing.state
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [session, width, clock])

  return (
    <div class="heartbeats__session" data-state={line.standing.state}>
      <svg class="heartbeats__picture" ref={picture} />
      <div class="heartbeats__words">
        <span class="heartbeats__sid" title={`sid ${line.sid}`}>
          sid <b>{line.shortSid}</b>
        </span>
        <span class="heartbeats__rtt">{line.rtt === '' ? line.transport : `RTT ${line.rtt}`}</span>
        <span class="heartbeats__next" ref={words} data-state={line.standing.state}>
          {line.words}
        </span>
      </div>
    </div>
  )
}

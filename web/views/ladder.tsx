/** The ladder of the flows one looks at: D3 draws the picture, this holds its size, its folds and its tail. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { toTail } from '../lib/capture-words.ts'
import { formatCount, plural } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { type LadderNeed, type LadderShape, ladderNeed, ladderSpan } from '../lib/ladder-window.ts'
import { Icon } from './icons.tsx'
import { drawLadder, scrollLadder, sizeLadder } from './ladder-draw.ts'
import { groupEpisodes } from './ladder-episodes.ts'
import { flowsDrawn, letterOf } from './ladder-lanes.ts'
import { type LadderLayout, layoutLadder } from './ladder-layout.ts'
import type { LadderMark } from './ladder-marks.ts'

export interface LadderProps {
  /** A window onto the packets of `flows`, oldest first. */
  rows: readonly Row[]
  /** One, or all of a session, in the order of their first packets. */
  flows: readonly FlowNode[]
  events: readonly EventNode[]
  /** Packets that are older than those of the window, and newer. */
  above?: number
  below?: number
  selected: number | null
  onSelect: (number: number) => void
  /** Packets outside the window are scrolled to. */
  onNeed?: (need: LadderNeed) => void
  /** Whether the newest packets are what one looks at. */
  onTail?: (atTail: boolean) => void
  /** Nothing more will come. */
  file?: boolean
  /** What is said where there is no conversation. */
  nothing?: string
}

const SERVICE_TITLES: Readonly<Record<string, string>> = {
  hub: 'Socket.IO hub',
  'hub-tls': 'Hub over TLS',
  'tcp-echo': 'TCP echo',
  'udp-echo': 'UDP echo',
  'websocket-echo': 'WebSocket echo',
}
/** Nearer to the end than this counts as at the end. */
const TAIL_PX = 40
/** A mark that is brought into sight does not stick to the edge. */
const REVEAL_PX = 12
/** A mark farther out of sight than this was not the next one. */
const FAR_PX = 120
/** A session that polls has a connection for each request: their letters are on the lanes. */
const MOST_NAMES = 8

export function Ladder({
  rows,
  flows,
  events,
  above = 0,
  below = 0,
  selected,
  onSelect,
  onNeed,
  onTail,
  file = false,
  nothing = '',
}: LadderProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const drawn = useRef<LadderLayout | undefined>(undefined)
  const rowsDrawn = useRef(rows)
  const tail = useRef(true)
  const [atTail, setAtTail] = useState(true)
  /** On the way back to the newest packets, which are asked for. */
  const returning = useRef(false)
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map())
  const opened = useMemo(() => episodeOf(rows, selected), [rows, selected])
  const layout = useMemo(() => {
    if (size.width === 0) return undefined
    // The packet one is on is never hidden in a fold, but for one that the reader made.
    const open = opened === undefined || folds.has(opened) ? folds : new Map(folds).set(opened, false)
    return layoutLadder({ rows, flows, events, folds: open }, size)
  }, [rows, flows, events, folds, opened, size])
  const shape: LadderShape = {
    above,
    below,
    rows: rows.length,
    height: layout?.height ?? 0,
    viewport: size.height,
  }
  const span = ladderSpan(shape)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const viewOf = (scroll: HTMLElement) => {
    const from = scroll.scrollTop - span.above
    return { from, to: from + scroll.clientHeight }
  }
  const paint = (draw: typeof drawLadder) => {
    const [element, scroll] = [picture.current, scroller.current]
    if (element === null || scroll === null || layout === undefined) return
    draw(element, layout, {
      selected,
      above,
      all: above + layout.marks.length + below,
      onSelect,
      onFold: (episode, folded) => setFolds((known) => new Map(known).set(episode, folded)),
      view: () => viewOf(scroll),
      reveal: (mark) => reveal(mark, viewOf(scroll), scroll),
    })
  }
  /** What the reader scrolled to and is not here, as a place among all. */
  const awaitedPlace = useRef<number | null>(null)
  const look = () => {
    const scroll = scroller.current
    if (scroll === null || layout === undefined || rows.length === 0) return
    const need = ladderNeed(shape, scroll.scrollTop)
    awaitedPlace.current = need?.kind === 'at' ? need.index : null
    if (need !== undefined) onNeed?.(need)
  }
  const latest = useRef({ paint, look })
  latest.current = { paint, look }
  const [scrolled] = useState(() => () => {
    // What is read of the page is read before anything is drawn: after that it would have to be laid out for it.
    latest.current.look()
    latest.current.paint(scrollLadder)
  })

  // Another conversation begins at its end; a further connection of the same session is no other conversation.
  const conversation = flows.length > 1 ? `session of ${flows[0]?.id}` : flows[0]?.id
  useLayoutEffect(() => {
    tail.current = true
    setAtTail(true)
    onTail?.(true)
    delete picture.current?.dataset.newest
  }, [conversation])

  // A packet chosen elsewhere comes into sight as soon as its mark is there.
  const awaited = useRef<number | null>(null)
  useLayoutEffect(() => {
    awaited.current = selected
  }, [selected, conversation])

  const follows = (at: boolean) => {
    tail.current = at
    setAtTail(at)
    onTail?.(at)
  }

  const spanBefore = useRef(span)
  /** Where the last drawing left the bar. */
  const settled = useRef(0)
  useLayoutEffect(() => {
    const [element, scroll] = [picture.current, scroller.current]
    if (element === null || scroll === null || layout === undefined) return
    const before = drawn.current
    const come = rows !== rowsDrawn.current
    rowsDrawn.current = rows
    const { above: offset, all } = spanBefore.current
    drawn.current = layout
    spanBefore.current = span
    // Scrolled away, though the page was not told of it yet; a pane that grew at the end of what there was moved the bar too.
    const wasAtEnd = all - scroll.clientHeight - scroll.scrollTop < TAIL_PX
    if (tail.current && !wasAtEnd && scroll.scrollTop < settled.current - TAIL_PX) follows(false)
    const seen = { from: scroll.scrollTop - offset, to: scroll.scrollTop - offset + scroll.clientHeight }
    // On the way back to the newest what was in sight is left behind.
    const inSight = before !== undefined && !returning.current && isInSight(before, selected, seen)
    if (before !== layout || offset !== span.above) {
      const anchor = before && anchorOf(before, seen)
      sizeLadder(element, layout)
      if (rows.length > 0 && below === 0) returning.current = false
      const kept = anchor && layout.marks.find((mark) => mark.key === anchor.key)
      if (tail.current && below === 0) scroll.scrollTop = scroll.scrollHeight
      else if (anchor !== undefined && kept !== undefined) {
        scroll.scrollTop += kept.top - anchor.top + span.above - offset
      } else if (awaitedPlace.current !== null && come) {
        // Of rows that were fetched for a place, the one there comes to the top. What was asked for before that, and goes on
        // with what was here, is not yet for it.
        const row = rows[awaitedPlace.current - above]
        if (row !== undefined || !goesOn(before, layout)) {
          const there = row ?? rows[Math.floor(rows.length / 2)]
          const mark = layout.marks.find((one) => there !== undefined && isMarkOf(one, there.number))
          if (mark !== undefined) scroll.scrollTop = span.above + mark.top - REVEAL_PX
          awaitedPlace.current = null
        }
      }
    }
    // The newest do not push the packet one is on out of sight; whoever scrolls away from it may lose it.
    const mark = selected === null ? undefined : layout.marks.find((one) => isMarkOf(one, selected))
    if (mark !== undefined && (awaited.current === selected || (before !== layout && inSight))) {
      awaited.current = null
      if (before === undefined || before.marks.length === 0) bringUp(mark, viewOf(scroll), scroll)
      else reveal(mark, viewOf(scroll), scroll)
      follows(below === 0 && isAtEnd(scroll))
    }
    settled.current = scroll.scrollTop
    look()
    paint(drawLadder)
  }, [layout, span.above, below, selected, onSelect])

  const follow = () => {
    awaited.current = null
    follows(true)
    if (below > 0) {
      returning.current = true
      onNeed?.({ kind: 'newest' })
    } else scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }

  return (
    <div class="ladder">
      {flows.length > 0 && <Heads flows={flowsDrawn(flows, rows)} />}
      <section
        class="ladder__scroll"
        aria-label="Packets as arrows"
        tabIndex={0}
        data-scrolls
        ref={scroller}
        onScroll={(event) => {
          // Until the newest are here the end is not theirs.
          if (!returning.current) {
            const scroll = event.currentTarget
            if (below === 0 && isAtEnd(scroll)) {
              if (!tail.current) follows(true)
              // Only who goes up leaves the newest: these may have come between a drawing and its event.
            } else if (tail.current && !isAtEnd(scroll) && scroll.scrollTop < settled.current - TAIL_PX)
              follows(false)
          }
          redraw(scrolled)
        }}
      >
        {flows.length === 0 ? (
          <p class="ladder__none">{nothing}</p>
        ) : (
          rows.length === 0 && <p class="ladder__none">Its packets are being looked up…</p>
        )}
        <div class="ladder__all" style={`height: ${span.all}px`}>
          <svg ref={picture} class="ladder__picture" style={`top: ${span.above}px`} />
        </div>
      </section>
      {(!atTail || below > 0) && (
        <button type="button" class="ladder__follow" onClick={follow}>
          {toTail(file)}
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

interface View {
  readonly from: number
  readonly to: number
}

function isAtEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - clientHeight - scrollTop < TAIL_PX
}

/** The next mark comes in at the edge; one from afar in the upper half, with what follows it below. */
function reveal(mark: { top: number; height: number }, { from, to }: View, scroll: HTMLElement): void {
  const [above, under] = [from - mark.top, mark.top + mark.height - to]
  if (above <= 0 && under <= 0) return
  if (Math.max(above, under) > FAR_PX) bringUp(mark, { from, to }, scroll)
  else scroll.scrollTop += above > 0 ? -above - REVEAL_PX : under + REVEAL_PX
}

function bringUp({ top }: { top: number }, { from, to }: View, scroll: HTMLElement): void {
  scroll.scrollTop += top - from - (to - from) / 3
}

/** The episode that a packet is in. */
function episodeOf(rows: readonly Row[], number: number | null): string | undefined {
  if (number === null || !rows.some((row) => row.number === number)) return undefined
  return groupEpisodes(rows).find((group) => group.rows.some((row) => row.number === number))?.key
}

function isInSight(layout: LadderLayout, selected: number | null, view: View): boolean {
  const mark = selected === null ? undefined : layout.marks.find((one) => isMarkOf(one, selected))
  return mark !== undefined && mark.top >= view.from && mark.top + mark.height <= view.to
}

/** Whether the first mark of a picture is in the one after it as well. */
function goesOn(before: LadderLayout | undefined, { marks }: LadderLayout): boolean {
  const first = before?.marks[0]?.key
  return first !== undefined && marks.some(({ key }) => key === first)
}

/** The first packet in sight: it stays where it is when others come or go above it. */
function anchorOf(layout: LadderLayout, { from, to }: View): LadderMark | undefined {
  return layout.marks.find((mark) => mark.kind === 'packet' && mark.top >= from && mark.top < to)
}

function isMarkOf(mark: LadderMark, number: number): boolean {
  if (mark.kind === 'packet') return mark.number === number
  return mark.kind === 'fold' && mark.numbers.includes(number)
}

/** Who stands at the lanes: the clients left, the servers right. */
function Heads({ flows }: { flows: readonly FlowNode[] }) {
  const servers = [...new Map(flows.map((f) => [`${f.server.address}:${f.server.port}`, f])).values()]
  const several = flows.length > 1
  return (
    <header class="ladder__heads">
      <div class="ladder__end">
        <span class="ladder__role">{several ? plural(flows.length, 'connection') : 'client'}</span>
        <ul class="ladder__names">
          {flows.slice(0, MOST_NAMES).map((flow, i) => (
            <li key={flow.id}>
              {several && <b class="ladder__letter">{letterOf(i)}</b>}
              <span class="ladder__address">{several ? `:${flow.client.port}` : addressOf(flow.client)}</span>
              {several && <span class="ladder__note">{flow.protocol}</span>}
            </li>
          ))}
          {flows.length > MOST_NAMES && (
            <li class="ladder__note">and {formatCount(flows.length - MOST_NAMES)} more</li>
          )}
        </ul>
      </div>
      <div class="ladder__end ladder__end--server">
        {servers.map((flow) => (
          <div key={addressOf(flow.server)}>
            <span class="ladder__role">
              {flow.service === null ? 'server' : (SERVICE_TITLES[flow.service] ?? flow.service)}
            </span>
            <ul class="ladder__names">
              <li>
                <span class="ladder__address">{addressOf(flow.server)}</span>
              </li>
            </ul>
          </div>
        ))}
      </div>
    </header>
  )
}

function addressOf({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

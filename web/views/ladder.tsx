/** The ladder of the flows one looks at: D3 draws the picture, this holds its size, its folds and its tail. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { toTail } from '../lib/capture-words.ts'
import { formatCount, plural } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { Icon } from './icons.tsx'
import { drawLadder, sizeLadder } from './ladder-draw.ts'
import { groupEpisodes } from './ladder-episodes.ts'
import { flowsDrawn, letterOf, MOST_PACKETS } from './ladder-lanes.ts'
import { type LadderLayout, layoutLadder } from './ladder-layout.ts'
import type { LadderMark } from './ladder-marks.ts'

export interface LadderProps {
  /** Packets of `flows`, oldest first; those that are not at hand are counted in `above`. */
  rows: readonly Row[]
  /** One, or all of a session, in the order of their first packets. */
  flows: readonly FlowNode[]
  events: readonly EventNode[]
  above?: number
  /** Newer packets that are not at hand, because one older than them is looked at. */
  below?: number
  selected: number | null
  hovered?: number | null
  onSelect: (number: number) => void
  /** Asks for the newest packets where there are any below. */
  onNewest?: () => void
  /** Nothing more will come. */
  file?: boolean
  /** What is said where there is no conversation. */
  nothing?: string
  onHover?: (number: number | null) => void
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
  hovered = null,
  onSelect,
  onHover,
  onNewest,
  file = false,
  nothing = '',
}: LadderProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const drawn = useRef<LadderLayout | undefined>(undefined)
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
    return layoutLadder({ rows, flows, events, above, folds: open }, size)
  }, [rows, flows, events, above, folds, opened, size])

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [])

  const paint = () => {
    const [element, scroll] = [picture.current, scroller.current]
    if (element === null || scroll === null || layout === undefined) return
    drawLadder(element, layout, {
      selected,
      hovered,
      onSelect,
      onHover: (number) => onHover?.(number),
      onFold: (episode, folded) => setFolds((known) => new Map(known).set(episode, folded)),
      view: () => viewOf(element, scroll),
      reveal: (mark) => reveal(mark, element, scroll),
    })
  }
  const painter = useRef(paint)
  painter.current = paint
  const [repaint] = useState(() => () => painter.current())

  // Another conversation begins at its end; a further connection of the same session is no other conversation.
  const conversation = flows.length > 1 ? `session of ${flows[0]?.id}` : flows[0]?.id
  useLayoutEffect(() => {
    tail.current = true
    setAtTail(true)
    delete picture.current?.dataset.newest
  }, [conversation])

  // A packet chosen elsewhere comes into sight as soon as its mark is there.
  const awaited = useRef<number | null>(null)
  useLayoutEffect(() => {
    awaited.current = selected
  }, [selected, conversation])

  useLayoutEffect(() => {
    const [element, scroll] = [picture.current, scroller.current]
    if (element === null || scroll === null || layout === undefined) return
    const before = drawn.current
    drawn.current = layout
    const inSight = before !== undefined && isInSight(before, selected, viewOf(element, scroll))
    if (before !== layout) {
      const anchor = before && anchorOf(before, viewOf(element, scroll).from)
      sizeLadder(element, layout)
      if (rows.length > 0 && below === 0) returning.current = false
      if (tail.current && below === 0) scroll.scrollTop = scroll.scrollHeight
      else if (anchor !== undefined) {
        const now = layout.marks.find((mark) => mark.key === anchor.key)
        if (now !== undefined) scroll.scrollTop += now.top - anchor.top
      }
    }
    // The newest do not push the packet one is on out of sight; whoever scrolls away from it may lose it.
    const mark = selected === null ? undefined : layout.marks.find((one) => isMarkOf(one, selected))
    if (mark !== undefined && (awaited.current === selected || (before !== layout && inSight))) {
      awaited.current = null
      if (before === undefined || before.marks.length === 0) bringUp(mark, element, scroll)
      else reveal(mark, element, scroll)
      tail.current = below === 0 && isAtEnd(scroll)
      setAtTail(tail.current)
    }
    paint()
  }, [layout, selected, hovered, onSelect, onHover])

  const follow = () => {
    awaited.current = null
    if (below > 0) {
      returning.current = true
      onNewest?.()
    }
    tail.current = true
    setAtTail(true)
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
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
            tail.current = below === 0 && isAtEnd(event.currentTarget)
            setAtTail(tail.current)
          }
          redraw(repaint)
        }}
      >
        {layout !== undefined && layout.above > 0 && (
          <p class="ladder__above">
            {plural(layout.above, 'earlier packet')} above: the packet list has them.
          </p>
        )}
        {flows.length === 0 && <p class="ladder__none">{nothing}</p>}
        <svg ref={picture} class="ladder__picture" />
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

/** The part of the picture that is in sight. */
function viewOf(picture: SVGSVGElement, scroll: HTMLElement): { from: number; to: number } {
  const from = scroll.getBoundingClientRect().top - picture.getBoundingClientRect().top
  return { from, to: from + scroll.clientHeight }
}

function isAtEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - clientHeight - scrollTop < TAIL_PX
}

/** The next mark comes in at the edge; one from afar in the upper half, with what follows it below. */
function reveal(
  { top, height }: { top: number; height: number },
  picture: SVGSVGElement,
  scroll: HTMLElement,
): void {
  const { from, to } = viewOf(picture, scroll)
  const [above, under] = [from - top, top + height - to]
  if (above <= 0 && under <= 0) return
  if (Math.max(above, under) > FAR_PX) bringUp({ top }, picture, scroll)
  else scroll.scrollTop += above > 0 ? -above - REVEAL_PX : under + REVEAL_PX
}

function bringUp({ top }: { top: number }, picture: SVGSVGElement, scroll: HTMLElement): void {
  const { from, to } = viewOf(picture, scroll)
  scroll.scrollTop += top - from - (to - from) / 3
}

/** The episode that a packet is in. */
function episodeOf(rows: readonly Row[], number: number | null): string | undefined {
  if (number === null || !rows.some((row) => row.number === number)) return undefined
  return groupEpisodes(rows.slice(-MOST_PACKETS)).find((group) =>
    group.rows.some((row) => row.number === number),
  )?.key
}

function isInSight(
  layout: LadderLayout,
  selected: number | null,
  view: { readonly from: number; readonly to: number },
): boolean {
  const mark = selected === null ? undefined : layout.marks.find((one) => isMarkOf(one, selected))
  return mark !== undefined && mark.top >= view.from && mark.top + mark.height <= view.to
}

/** The first packet in sight: it stays where it is when older ones leave the picture above it. */
function anchorOf(layout: LadderLayout, from: number): LadderMark | undefined {
  return layout.marks.find((mark) => mark.kind === 'packet' && mark.top >= from)
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

/** The ladder of the flows one looks at: D3 draws the picture, this holds its size, its folds and its tail. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { formatCount, plural } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { Icon } from './icons.tsx'
import { drawLadder, sizeLadder } from './ladder-draw.ts'
import { flowsDrawn, letterOf } from './ladder-lanes.ts'
import { type LadderLayout, layoutLadder } from './ladder-layout.ts'
import type { LadderMark } from './ladder-marks.ts'

export interface LadderProps {
  /** Packets of `flows`, oldest first; those that are not at hand are counted in `above`. */
  rows: readonly Row[]
  /** One, or all of a session, in the order of their first packets. */
  flows: readonly FlowNode[]
  events: readonly EventNode[]
  above?: number
  selected: number | null
  hovered?: number | null
  onSelect: (number: number) => void
  onHover?: (number: number | null) => void
}

const SERVICE_TITLES: Readonly<Record<string, string>> = {
  hub: 'Socket.IO hub',
  'tcp-echo': 'TCP echo',
  'udp-echo': 'UDP echo',
  'websocket-echo': 'WebSocket echo',
}
/** Nearer to the end than this counts as at the end. */
const TAIL_PX = 40
/** A mark that is brought into sight does not stick to the edge. */
const REVEAL_PX = 12
/** A session that polls has a connection for each request: their letters are on the lanes. */
const MOST_NAMES = 8

export function Ladder({
  rows,
  flows,
  events,
  above = 0,
  selected,
  hovered = null,
  onSelect,
  onHover,
}: LadderProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const drawn = useRef<LadderLayout | undefined>(undefined)
  const tail = useRef(true)
  const [atTail, setAtTail] = useState(true)
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map())
  const layout = useMemo(
    () => (size.width === 0 ? undefined : layoutLadder({ rows, flows, events, above, folds }, size)),
    [rows, flows, events, above, folds, size],
  )

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

  useLayoutEffect(() => {
    const [element, scroll] = [picture.current, scroller.current]
    if (element === null || scroll === null || layout === undefined) return
    const before = drawn.current
    drawn.current = layout
    if (before !== layout) {
      const anchor = before && anchorOf(before, viewOf(element, scroll).from)
      sizeLadder(element, layout)
      if (tail.current) scroll.scrollTop = scroll.scrollHeight
      else if (anchor !== undefined) {
        const now = layout.marks.find((mark) => mark.key === anchor.key)
        if (now !== undefined) scroll.scrollTop += now.top - anchor.top
      }
    }
    paint()
  }, [layout, selected, hovered, onSelect, onHover])

  useLayoutEffect(() => {
    const [element, scroll] = [picture.current, scroller.current]
    if (selected === null || element === null || scroll === null) return
    const mark = drawn.current?.marks.find((one) => isMarkOf(one, selected))
    if (mark !== undefined) reveal(mark, element, scroll)
  }, [selected])

  const follow = () => {
    tail.current = true
    setAtTail(true)
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }

  return (
    <div class="ladder">
      <Heads flows={flowsDrawn(flows, rows)} />
      <div
        class="ladder__scroll"
        ref={scroller}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          tail.current = scrollHeight - clientHeight - scrollTop < TAIL_PX
          setAtTail(tail.current)
          redraw(repaint)
        }}
      >
        {layout !== undefined && layout.above > 0 && (
          <p class="ladder__above">
            {plural(layout.above, 'earlier packet')} above: the packet list has them.
          </p>
        )}
        <svg ref={picture} class="ladder__picture" />
      </div>
      {!atTail && (
        <button type="button" class="ladder__follow" onClick={follow}>
          To the newest
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

function reveal(
  { top, height }: { top: number; height: number },
  picture: SVGSVGElement,
  scroll: HTMLElement,
): void {
  const { from, to } = viewOf(picture, scroll)
  if (top < from) scroll.scrollTop -= from - top + REVEAL_PX
  else if (top + height > to) scroll.scrollTop += top + height - to + REVEAL_PX
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

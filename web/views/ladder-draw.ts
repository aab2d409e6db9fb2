/** Draws a ladder's layout: a D3 join keyed by mark, so that what stays is not drawn anew. */
import { type Selection, select } from 'd3-selection'
import type { LadderLayout } from './ladder-layout.ts'
import {
  type EpisodeMark,
  type EventMark,
  type FoldMark,
  HEIGHT,
  type LadderMark,
  LETTER_RADIUS,
  type PacketMark,
} from './ladder-marks.ts'
import { nextIndex } from './roving.ts'

export interface LadderHandlers {
  readonly selected: number | null
  readonly hovered: number | null
  readonly onSelect: (number: number) => void
  readonly onHover: (number: number | null) => void
  readonly onFold: (episode: string, folded: boolean) => void
  /** The part of the picture that is in sight. */
  readonly view: () => { readonly from: number; readonly to: number }
  /** Brings a mark into sight. */
  readonly reveal: (mark: { readonly top: number; readonly height: number }) => void
}

type Grounds = Selection<SVGRectElement, LadderMark, SVGSVGElement, unknown>
type Content = Selection<SVGGElement, unknown, null | SVGGElement, unknown>

/** More at once is a burst, not an arrival: it appears in place. */
const MOST_ARRIVALS = 8
/** Drawn beyond what is in sight, px: a quick scroll does not outrun it. Three hundred marks take the browser 50 ms. */
const BEYOND = 400

/** Gives the picture its size, before it is scrolled to where it shall be drawn. */
export function sizeLadder(element: SVGSVGElement, layout: LadderLayout): void {
  select(element)
    .attr('viewBox', `0 0 ${layout.width} ${layout.height}`)
    .attr('width', layout.width)
    .attr('height', layout.height)
    .attr('role', 'tree')
    .attr('aria-label', 'Ladder: time runs downwards')
}

/** Draws what is in sight, and the mark that the keyboard is at. */
export function drawLadder(element: SVGSVGElement, layout: LadderLayout, handlers: LadderHandlers): void {
  const focused = element.contains(element.ownerDocument.activeElement)
  const view = handlers.view()
  const stop = stopOf(element, layout.marks, handlers.selected)
  const seen = layout.marks.filter((mark) => mark.key === stop || isNear(mark, view.from, view.to))
  drawLanes(element, layout)
  const marks = select(element)
    .selectAll<SVGGElement, LadderMark>('g.ladder__mark')
    .data(seen, (mark) => mark.key)
    .join((enter) => {
      const group = enter.append('g').attr('class', (mark) => `ladder__mark ladder__mark--${mark.kind}`)
      group.append('rect').attr('class', 'ladder__ground').attr('role', 'treeitem').attr('rx', 6)
      // What is drawn is hidden from those who hear the page: the ground's name says all of it, in a better order.
      group.append('g').attr('class', 'ladder__drawing').attr('aria-hidden', 'true')
      group.on('animationend', (event: Event) => (event.currentTarget as Element).classList.remove('is-new'))
      return group
    })
    .order()
  markArrivals(element, marks, layout)
  marks
    .attr('transform', (mark) => `translate(0 ${mark.top})`)
    .attr('data-layer', (mark) => (mark.kind === 'packet' ? mark.osi : null))
    .classed('is-selected', (mark) => isOn(mark, handlers.selected))
    .classed('is-hovered', (mark) => isOn(mark, handlers.hovered))
    .each(function (mark) {
      const { top: _, ...rest } = mark
      const content = JSON.stringify([rest, layout.width])
      if (this.dataset.drawn === content) return
      this.dataset.drawn = content
      drawMark(select(this).select<SVGGElement>('.ladder__drawing'), mark)
    })
  const right = Math.max(0, ...layout.lanes.map((lane) => lane.x))
  const places = new Map(layout.marks.map((mark, i) => [mark.key, i + 1]))
  const grounds = marks
    .select<SVGRectElement>('.ladder__ground')
    .attr('x', (mark) => (mark.kind === 'episode' ? mark.textX - 5 : 3))
    .attr('y', 1)
    .attr('width', (mark) => (mark.kind === 'episode' ? mark.wordsWidth : right + 3))
    .attr('height', (mark) => mark.height - 2)
    .attr('tabindex', (mark) => (mark.key === stop ? 0 : -1))
    .attr('aria-level', 1)
    .attr('aria-posinset', (mark) => places.get(mark.key) ?? 1)
    .attr('aria-setsize', layout.marks.length)
    .attr('aria-label', (mark) => (mark.when === '' ? mark.name : `${mark.name}, ${mark.when}`))
    .attr('aria-expanded', (mark) =>
      mark.kind === 'fold' ? 'false' : mark.kind === 'episode' ? 'true' : null,
    )
    .attr('aria-selected', (mark) => String(isOn(mark, handlers.selected)))
  listen(element, grounds, layout, handlers)
  // Folding takes the mark away that was acted on: the one in its place takes over.
  if (focused && !element.contains(element.ownerDocument.activeElement)) focusStop(element)
}

function isOn(mark: LadderMark, number: number | null): boolean {
  if (number === null) return false
  if (mark.kind === 'packet') return mark.number === number
  return mark.kind === 'fold' && mark.numbers.includes(number)
}

function isNear(mark: LadderMark, from: number, to: number): boolean {
  const reach = mark.kind === 'packet' ? { y1: 0, y2: mark.y3 ?? mark.y2 } : { y1: 0, y2: 0 }
  const bracket = mark.kind === 'episode' ? mark : reach
  const top = mark.top + Math.min(0, bracket.y1)
  const bottom = mark.top + Math.max(mark.height, bracket.y2)
  return bottom > from - BEYOND && top < to + BEYOND
}

/** The tab stop is the mark last gone to, else the selected one, else the newest. */
function stopOf(
  element: SVGSVGElement,
  marks: readonly LadderMark[],
  selected: number | null,
): string | undefined {
  const kept = marks.find((mark) => mark.key === element.dataset.stop)
  return (kept ?? marks.find((mark) => isOn(mark, selected)) ?? marks.at(-1))?.key
}

function focusStop(element: SVGSVGElement): void {
  element.querySelector<SVGElement>('[tabindex="0"]')?.focus({ preventScroll: true })
}

/** Marks of packets newer than any drawn before: they run along their arrows once. Scrolling brings no arrivals. */
function markArrivals(
  element: SVGSVGElement,
  marks: Selection<SVGGElement, LadderMark, SVGSVGElement, unknown>,
  layout: LadderLayout,
): void {
  const known = Number(element.dataset.newest ?? Number.POSITIVE_INFINITY)
  const arrived = marks.filter((mark) => mark.kind === 'packet' && mark.number > known)
  if (arrived.size() <= MOST_ARRIVALS) arrived.classed('is-new', true)
  const newest = layout.marks.findLast((mark) => mark.kind === 'packet')
  if (newest?.kind === 'packet') element.dataset.newest = String(newest.number)
}

function listen(
  element: SVGSVGElement,
  grounds: Grounds,
  layout: LadderLayout,
  handlers: LadderHandlers,
): void {
  const act = (mark: LadderMark) => {
    if (mark.kind === 'fold' || mark.kind === 'episode') {
      const folded = mark.kind === 'episode'
      element.dataset.stop = `${folded ? 'fold' : 'episode'}/${mark.episode}`
      handlers.onFold(mark.episode, folded)
    } else if (mark.number !== null) handlers.onSelect(mark.number)
  }
  const numberOf = (mark: LadderMark) =>
    mark.kind === 'packet' || mark.kind === 'event' ? mark.number : null
  grounds
    .on('click', (_event, mark) => act(mark))
    .on('pointerenter', (_event, mark) => handlers.onHover(numberOf(mark)))
    .on('pointerleave', () => handlers.onHover(null))
    .on('focus', function (_event, mark) {
      element.dataset.stop = mark.key
      grounds.attr('tabindex', -1)
      this.setAttribute('tabindex', '0')
      handlers.onHover(numberOf(mark))
    })
    .on('blur', () => handlers.onHover(null))
    .on('keydown', (event: KeyboardEvent, mark) => {
      const at = layout.marks.indexOf(mark)
      const next = layout.marks[nextIndex(event.key, at, layout.marks.length) ?? -1]
      const folds = mark.kind === 'episode' && event.key === 'ArrowLeft'
      const opens = mark.kind === 'fold' && event.key === 'ArrowRight'
      if (event.key === 'Enter' || event.key === ' ' || folds || opens) act(mark)
      else if (next === undefined) return
      else {
        element.dataset.stop = next.key
        handlers.reveal(next)
        drawLadder(element, layout, handlers)
        focusStop(element)
      }
      event.preventDefault()
      event.stopPropagation()
    })
}

function drawLanes(element: SVGSVGElement, layout: LadderLayout): void {
  const svg = select(element)
  const group = svg
    .selectAll<SVGGElement, null>('g.ladder__lanes')
    .data([null])
    .join((enter) =>
      enter.insert('g', ':first-child').attr('class', 'ladder__lanes').attr('aria-hidden', 'true'),
    )
  group
    .selectAll<SVGLineElement, unknown>('line')
    .data(layout.lanes.flatMap((lane) => lane.runs.map((run) => ({ ...run, x: lane.x, side: lane.side }))))
    .join('line')
    .attr('class', (run) => `ladder__lane ladder__lane--${run.side}${run.cut ? ' is-cut' : ''}`)
    .attr('x1', (run) => run.x)
    .attr('x2', (run) => run.x)
    .attr('y1', (run) => run.y1)
    .attr('y2', (run) => run.y2)
  group
    .selectAll<SVGPathElement, unknown>('path')
    .data(layout.lanes.filter((lane) => lane.ended))
    .join('path')
    .attr('class', 'ladder__lane')
    .attr('d', (lane) => `M${lane.x - 5},${lane.runs.at(-1)?.y2 ?? 0}h10`)
  group
    .selectAll<SVGTextElement, unknown>('text')
    .data(layout.gaps, (gap) => (gap as { key: string }).key)
    .join('text')
    .attr('class', 'ladder__gap')
    .attr('x', (gap) => gap.x)
    .attr('y', (gap) => gap.y + 4)
    .attr('text-anchor', 'middle')
    .text((gap) => gap.text)
}

function drawMark(node: Content, mark: LadderMark): void {
  node.selectAll('*').remove()
  if (mark.kind !== 'episode') {
    text(node, 'when', 64, (mark.kind === 'packet' ? mark.y1 : mark.y) + 4, 'end', mark.when)
  }
  if (mark.kind === 'packet') drawPacket(node, mark)
  else if (mark.kind === 'event') drawEvent(node, mark)
  else if (mark.kind === 'fold') drawFold(node, mark)
  else drawEpisode(node, mark)
}

function text(node: Content, name: string, x: number, y: number, anchor: string, words: string) {
  return node
    .append('text')
    .attr('class', `ladder__${name}`)
    .attr('x', x)
    .attr('y', y)
    .attr('text-anchor', anchor)
    .text(words)
}

function drawPacket(node: Content, mark: PacketMark): void {
  const sign = mark.towards === 'right' ? 1 : -1
  const unseen = mark.unseen ? ' is-unseen' : ''
  const wire = node.append('g').attr('class', `ladder__wire ladder__wire--${mark.shape}${unseen}`)
  if (mark.shape !== 'aside') {
    // The arrow's shaft ends where its head begins, so that a thick shaft does not show at the tip.
    const tip = mark.shape === 'lost' || mark.shape === 'reset' ? 0 : 6
    wire
      .append('path')
      .attr('class', 'ladder__shaft')
      .attr('pathLength', mark.shape === 'again' ? null : 1)
      .attr('d', `M${mark.x1},${mark.y1}L${mark.x2 - sign * tip},${mark.y2}`)
    if (mark.y3 !== null) drawSecond(wire, mark, mark.y3, sign)
    wire.append('path').attr('class', 'ladder__tip').attr('d', tipPath(mark, sign))
    if (mark.shape === 'corrupted') drawHarm(wire, mark)
    drawTail(wire, mark)
  }
  const chipX = mark.anchor === 'start' ? mark.textX : mark.textX - 14
  if (mark.shape === 'ack') {
    const label = text(node, 'label', mark.textX, mark.labelY, mark.anchor, '')
    const words = [
      { name: 'ladder__quiet-label', words: mark.label },
      { name: 'ladder__says', words: mark.says.join(' ') },
    ].filter((part) => part.words !== '')
    // The label stands nearest to the sender's lane, whichever side that is.
    for (const [i, part] of (mark.anchor === 'start' ? words : words.reverse()).entries()) {
      label
        .append('tspan')
        .attr('class', part.name)
        .attr('dx', i === 0 ? 0 : 8)
        .text(part.words)
    }
    return
  }
  node
    .append('rect')
    .attr('class', 'ladder__chip')
    .attr('x', chipX)
    .attr('y', mark.labelY - 11.5)
    .attr('width', 14)
    .attr('height', 14)
    .attr('rx', 3)
  text(node, 'chip-number', chipX + 7, mark.labelY - 0.5, 'middle', String(mark.osi))
  const label = text(
    node,
    'label',
    mark.textX + (mark.anchor === 'start' ? 20 : -20),
    mark.labelY,
    mark.anchor,
    mark.label,
  )
  if (mark.tags !== '') label.append('tspan').attr('class', 'ladder__tags').attr('dx', 8).text(mark.tags)
  for (const [i, line] of mark.says.entries()) {
    text(node, 'says', mark.textX, mark.saysY + i * HEIGHT.line, mark.anchor, line)
  }
}

/** A duplicated frame arrives twice: a second, thinner arrow. */
function drawSecond(wire: Content, { x1, y1, x2 }: PacketMark, y3: number, sign: number): void {
  wire
    .append('path')
    .attr('class', 'ladder__second')
    .attr('d', `M${x1},${y1}L${x2},${y3}m${-sign * 7},-4l${sign * 7},4l${-sign * 7},4`)
}

/** Where a bit was turned over: a flash across the arrow. */
function drawHarm(wire: Content, { x1, y1, x2, y2 }: PacketMark): void {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2]
  wire
    .append('path')
    .attr('class', 'ladder__harm')
    .attr('d', `M${x + 3},${y - 9}l-7,8h8l-7,9`)
}

function drawTail(wire: Content, mark: PacketMark): void {
  const fromClient = mark.towards === 'right'
  const lettered = mark.letter !== '' && mark.shape !== 'ack'
  if (!lettered || !fromClient) {
    wire.append('circle').attr('class', 'ladder__tail').attr('cx', mark.x1).attr('cy', mark.y1).attr('r', 3)
  }
  // With several flows the letter stands at the client's end of each arrow, whichever way it goes.
  if (!lettered || (mark.shape === 'lost' && !fromClient)) return
  const x = (fromClient ? mark.x1 : mark.x2) - LETTER_RADIUS
  const y = fromClient ? mark.y1 : mark.y2
  wire.append('circle').attr('class', 'ladder__flow').attr('cx', x).attr('cy', y).attr('r', LETTER_RADIUS)
  text(wire, 'flow-letter', x, y + 3.5, 'middle', mark.letter)
}

/** A filled head; two for what is sent again; a cross where it was lost; a bar where it was refused. */
function tipPath({ x2, y2, shape }: PacketMark, sign: number): string {
  const head = (x: number) => `M${x},${y2}l${-sign * 9},-4.5v9z`
  switch (shape) {
    case 'ack':
      return `M${x2 - sign * 6},${y2 - 3.5}L${x2},${y2}L${x2 - sign * 6},${y2 + 3.5}`
    case 'again':
      return head(x2) + head(x2 - sign * 9)
    case 'lost':
      return `M${x2 - 5},${y2 - 5}l10,10m0,-10l-10,10`
    case 'reset':
      return `M${x2 - sign * 3},${y2 - 8}v16M${x2 - sign * 17},${y2 - 5}l10,10m0,-10l-10,10`
    default:
      return head(x2)
  }
}

function drawEvent(node: Content, mark: EventMark): void {
  node
    .append('rect')
    .attr('class', `ladder__event${mark.unheard ? ' is-unheard' : ''}`)
    .attr('x', mark.x - 4.5)
    .attr('y', mark.y - 4.5)
    .attr('width', 9)
    .attr('height', 9)
    .attr('transform', `rotate(45 ${mark.x} ${mark.y})`)
  const words = text(node, 'call', mark.textX, mark.y + 4, 'end', mark.words)
  if (mark.detail !== '') words.append('tspan').attr('class', 'ladder__tags').attr('dx', 8).text(mark.detail)
}

function drawFold(node: Content, mark: FoldMark): void {
  node
    .append('path')
    .attr('class', 'ladder__disclosure')
    .attr('d', `M${mark.textX},${mark.y - 4}l6,4l-6,4z`)
  const words = text(node, 'episode-title', mark.textX + 14, mark.y + 4, 'start', mark.title)
  words.append('tspan').attr('class', 'ladder__episode-detail').attr('dx', 8).text(mark.detail)
  for (const glyph of mark.glyphs) {
    const sign = glyph.towards === 'right' ? 1 : -1
    node
      .append('path')
      .attr('class', 'ladder__glyph')
      .attr('data-layer', glyph.osi)
      .attr('d', `M${glyph.x - sign * 4},${mark.y}h${sign * 8}m${-sign * 3},-3l${sign * 3},3l${-sign * 3},3`)
  }
}

function drawEpisode(node: Content, mark: EpisodeMark): void {
  node
    .append('path')
    .attr('class', 'ladder__bracket')
    .attr('d', `M${mark.x - 4},${mark.y1}h4V${mark.y2}h-4`)
  node
    .append('path')
    .attr('class', 'ladder__disclosure')
    .attr('d', `M${mark.textX},${mark.textY - 6}h8l-4,6z`)
  const title = text(node, 'episode-title', mark.textX + 14, mark.textY, 'start', mark.title)
  if (mark.stacked) text(node, 'episode-detail', mark.textX + 14, mark.textY + 16, 'start', mark.detail)
  else title.append('tspan').attr('class', 'ladder__episode-detail').attr('dx', 8).text(mark.detail)
}

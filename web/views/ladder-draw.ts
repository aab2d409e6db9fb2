/** Draws what is in sight of a ladder's layout: a D3 join keyed by mark, so that what stays is not drawn anew. */
import { type Selection, select } from 'd3-selection'
import type { LadderLayout } from './ladder-layout.ts'
import type { LadderLink, LadderState } from './ladder-links.ts'
import type { LadderMark } from './ladder-marks.ts'
import { drawMark } from './ladder-shapes.ts'
import { nextIndex } from './roving.ts'

export interface LadderHandlers {
  readonly selected: number | null
  /** Packets older than the layout's, and all of them: where a mark stands among all. */
  readonly above: number
  readonly all: number
  readonly onSelect: (number: number) => void
  readonly onFold: (episode: string, folded: boolean) => void
  /** The part of the picture that is in sight. */
  readonly view: () => { readonly from: number; readonly to: number }
  /** Brings a mark into sight. */
  readonly reveal: (mark: { readonly top: number; readonly height: number }) => void
}

type Marks = Selection<SVGGElement, LadderMark, SVGSVGElement, unknown>

/** More at once is a burst, not an arrival: it appears in place. */
const MOST_ARRIVALS = 8
/** Drawn beyond what is in sight, px: a quick scroll does not outrun it. Three hundred marks take the browser 50 ms. */
const BEYOND = 400
/** Less than that, and it is drawn anew. */
const LEAST_BEYOND = 120

/** What a picture shows: handlers of its marks find it here, however often they are drawn. */
interface Drawn {
  readonly layout: LadderLayout
  readonly handlers: LadderHandlers
  readonly from: number
  readonly to: number
  /** Which packet was drawn as the selected one. */
  readonly selected: number | null
}
const pictures = new WeakMap<SVGSVGElement, Drawn>()
/** The mark that a group was drawn for, and what was drawn into it. */
const drawn = new WeakMap<SVGGElement, LadderMark>()
const contents = new WeakMap<SVGGElement, string>()

/** Gives the picture its size, before it is scrolled to where it shall be drawn. */
export function sizeLadder(element: SVGSVGElement, layout: LadderLayout): void {
  select(element)
    .attr('viewBox', `0 0 ${layout.width} ${layout.height}`)
    .attr('width', layout.width)
    .attr('height', layout.height)
    .attr('role', 'tree')
    .attr('aria-label', 'Ladder: time runs downwards')
}

/** After a scroll: draws only where what is in sight was not drawn before. */
export function scrollLadder(element: SVGSVGElement, layout: LadderLayout, handlers: LadderHandlers): void {
  const before = pictures.get(element)
  const { from, to } = handlers.view()
  const covered =
    before?.layout === layout &&
    before.from <= Math.max(0, from - LEAST_BEYOND) &&
    before.to >= Math.min(layout.height, to + LEAST_BEYOND)
  if (!covered) drawLadder(element, layout, handlers)
}

/** Taller than this, px, a ladder is saved as what is in sight of it. */
const TALLEST_SAVED = 6000

/** A ladder that was drawn, as a picture of its own: all of it, or what is in sight of a long one. */
export function ladderPicture(element: SVGSVGElement): SVGSVGElement | null {
  const shown = pictures.get(element)
  if (shown === undefined || shown.layout.marks.length === 0) return null
  const { layout, handlers } = shown
  const view = layout.height <= TALLEST_SAVED ? { from: 0, to: layout.height } : handlers.view()
  const [from, to] = [Math.max(0, view.from), Math.min(layout.height, view.to)]
  const copy = element.cloneNode(false) as SVGSVGElement
  drawLadder(copy, layout, { ...handlers, selected: null, view: () => ({ from, to }) })
  select(copy)
    .attr('viewBox', `0 ${from} ${layout.width} ${to - from}`)
    .attr('height', to - from)
    .attr('style', null)
  return copy
}

/** Draws what is in sight, and the mark that the keyboard is at. */
export function drawLadder(element: SVGSVGElement, layout: LadderLayout, handlers: LadderHandlers): void {
  const { activeElement } = element.ownerDocument
  const focused = element.contains(activeElement)
  const view = handlers.view()
  const before = pictures.get(element)
  const range = { from: Math.max(0, view.from - BEYOND), to: Math.min(layout.height, view.to + BEYOND) }
  pictures.set(element, { layout, handlers, ...range, selected: handlers.selected })
  const stop = stopOf(element, layout.marks, handlers.selected)
  const seen = layout.marks.filter((mark) => mark.key === stop || isNear(mark, range))
  drawLanes(element, layout, before?.layout !== layout)
  drawTies(element, layout, range)
  const marks = select(element)
    .selectAll<SVGGElement, LadderMark>('g.ladder__mark')
    .data(seen, (mark) => mark.key)
    .join((enter) => {
      const group = enter.append('g').attr('class', (mark) => `ladder__mark ladder__mark--${mark.kind}`)
      group.append('rect').attr('class', 'ladder__ground').attr('role', 'treeitem').attr('rx', 6)
      // What is drawn is hidden from those who hear the page: the ground's name says all of it, in a better order.
      group.append('g').attr('class', 'ladder__drawing').attr('aria-hidden', 'true')
      group.on('animationend', (event: Event) => (event.currentTarget as Element).classList.remove('is-new'))
      listen(element, group)
      return group
    })
    .order()
  markArrivals(element, marks, layout)
  placeMarks(
    marks.filter(function (mark) {
      return drawn.get(this) !== mark
    }),
    layout,
    handlers,
  )
  const grounds = marks.select<SVGRectElement>('.ladder__ground')
  grounds.attr('tabindex', (mark) => (mark.key === stop ? 0 : -1))
  if (before?.selected !== handlers.selected || before.layout !== layout || before.from !== range.from) {
    marks.classed('is-selected', (mark) => isOn(mark, handlers.selected))
    grounds.attr('aria-selected', (mark) => String(isOn(mark, handlers.selected)))
  }
  // Folding takes the mark away that was acted on: the one in its place takes over.
  if (focused && !element.contains(element.ownerDocument.activeElement)) focusStop(element)
}

/** Marks that were not there as they are now. */
function placeMarks(marks: Marks, layout: LadderLayout, handlers: LadderHandlers): void {
  if (marks.empty()) return
  const right = Math.max(0, ...layout.lanes.map((lane) => lane.x))
  const places = placesOf(layout)
  marks
    .attr('transform', (mark) => `translate(0 ${mark.top})`)
    .attr('data-layer', (mark) => (mark.kind === 'packet' ? mark.osi : null))
    .attr('data-packet', packetsOf)
    .attr('data-filter', (mark) => (mark.kind === 'packet' ? `frame.number == ${mark.number}` : null))
    .each(function (mark) {
      drawn.set(this, mark)
      const { top: _, ...rest } = mark
      const content = JSON.stringify([rest, layout.width, layout.falls])
      if (contents.get(this) === content) return
      contents.set(this, content)
      drawMark(select(this).select<SVGGElement>('.ladder__drawing'), mark, layout.falls)
    })
  marks
    .select<SVGRectElement>('.ladder__ground')
    .attr('x', (mark) => (mark.kind === 'episode' ? mark.textX - 5 : 3))
    .attr('y', 1)
    .attr('width', (mark) => (mark.kind === 'episode' ? mark.wordsWidth : right + 3))
    .attr('height', (mark) => mark.height - 2)
    .attr('aria-level', 1)
    .attr('aria-posinset', (mark) => handlers.above + (places.get(mark.key) ?? 1))
    .attr('aria-setsize', Math.max(handlers.all, handlers.above + layout.marks.length))
    .attr('aria-label', (mark) => (mark.when === '' ? mark.name : `${mark.name}, ${mark.when}`))
    .attr('aria-expanded', (mark) =>
      mark.kind === 'fold' ? 'false' : mark.kind === 'episode' ? 'true' : null,
    )
}

/** What a mark stands for, to be lit wherever else on the page it is. */
function packetsOf(mark: LadderMark): string | null {
  if (mark.kind === 'packet') return String(mark.number)
  if (mark.kind === 'fold') return mark.numbers.join(' ')
  return mark.kind === 'event' && mark.number !== null ? String(mark.number) : null
}

const placesKnown = new WeakMap<LadderLayout, Map<string, number>>()

function placesOf(layout: LadderLayout): Map<string, number> {
  const known = placesKnown.get(layout)
  if (known !== undefined) return known
  const places = new Map(layout.marks.map((mark, i) => [mark.key, i + 1]))
  placesKnown.set(layout, places)
  return places
}

function isOn(mark: LadderMark, number: number | null): boolean {
  if (number === null) return false
  if (mark.kind === 'packet') return mark.number === number
  return mark.kind === 'fold' && mark.numbers.includes(number)
}

function isNear(mark: LadderMark, { from, to }: { readonly from: number; readonly to: number }): boolean {
  const reach = mark.kind === 'packet' ? { y1: 0, y2: mark.y3 ?? mark.y2 } : { y1: 0, y2: 0 }
  const bracket = mark.kind === 'episode' ? mark : reach
  const top = mark.top + Math.min(0, bracket.y1)
  const bottom = mark.top + Math.max(mark.height, bracket.y2)
  return bottom > from && top < to
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
function markArrivals(element: SVGSVGElement, marks: Marks, layout: LadderLayout): void {
  const known = Number(element.dataset.newest ?? Number.POSITIVE_INFINITY)
  const arrived = marks.filter((mark) => mark.kind === 'packet' && mark.number > known)
  if (arrived.size() <= MOST_ARRIVALS) arrived.classed('is-new', true)
  const newest = layout.marks.findLast((mark) => mark.kind === 'packet')
  if (newest?.kind === 'packet') element.dataset.newest = String(newest.number)
}

function listen(
  element: SVGSVGElement,
  marks: Selection<SVGGElement, LadderMark, SVGSVGElement, unknown>,
): void {
  const act = (mark: LadderMark) => {
    const handlers = pictures.get(element)?.handlers
    if (mark.kind === 'fold' || mark.kind === 'episode') {
      const folded = mark.kind === 'episode'
      element.dataset.stop = `${folded ? 'fold' : 'episode'}/${mark.episode}`
      handlers?.onFold(mark.episode, folded)
    } else if (mark.number !== null) handlers?.onSelect(mark.number)
  }
  marks
    .select<SVGRectElement>('.ladder__ground')
    .on('click', (_event, mark) => act(mark))
    .on('focus', function (_event, mark) {
      element.dataset.stop = mark.key
      for (const other of element.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1')
      this.setAttribute('tabindex', '0')
    })
    .on('keydown', (event: KeyboardEvent, mark) => {
      const picture = pictures.get(element)
      if (picture === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      const { layout, handlers } = picture
      const at = layout.marks.findIndex(({ key }) => key === mark.key)
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

function drawLanes(element: SVGSVGElement, layout: LadderLayout, changed: boolean): void {
  if (!changed) return
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
}

/** Silences, states and what ties a repetition to its original: over the lanes, under the marks. */
function drawTies(
  element: SVGSVGElement,
  layout: LadderLayout,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const group = select(element)
    .selectAll<SVGGElement, null>('g.ladder__ties')
    .data([null])
    .join((enter) =>
      enter.insert('g', 'g.ladder__mark').attr('class', 'ladder__ties').attr('aria-hidden', 'true'),
    )
  const near = ({ y }: { y: number }) => y > from && y < to
  group
    .selectAll<SVGTextElement, LadderLayout['gaps'][number]>('text.ladder__gap')
    .data(layout.gaps.filter(near), (gap) => gap.key)
    .join('text')
    .attr('class', 'ladder__gap')
    .attr('x', (gap) => gap.x)
    .attr('y', (gap) => gap.y + 4)
    .attr('text-anchor', 'middle')
    .text((gap) => gap.text)
  group
    .selectAll<SVGTextElement, LadderState>('text.ladder__state')
    .data(layout.states.filter(near), (state) => state.key)
    .join('text')
    .attr('class', 'ladder__state')
    .attr('x', (state) => state.x)
    .attr('y', (state) => state.y)
    .attr('text-anchor', (state) => state.anchor)
    .text((state) => state.state)
  group
    .selectAll<SVGPathElement, LadderLink>('path.ladder__link')
    .data(
      layout.links.filter(({ y1, y2 }) => y2 > from && y1 < to),
      (link) => link.key,
    )
    .join('path')
    .attr('class', 'ladder__link')
    .attr('d', ({ x, y1, y2, towards }) => {
      const away = towards === 'right' ? 9 : -9
      return `M${x},${y1}c${away},6 ${away},10 ${away},16V${y2 - 16}c0,6 0,10 ${-away},16`
    })
}

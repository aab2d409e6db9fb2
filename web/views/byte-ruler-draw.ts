/** Draws one direction of the byte ruler: its axis, its rows, and a mark for each write, segment and message. */
import { select } from 'd3-selection'
import { fitting, type RulerLayout, type RulerMark } from './byte-ruler-layout.ts'
import { oneTabStop } from './tab-stop.ts'

export interface RulerHandlers {
  readonly selected: number | null
  /** The mark was chosen: its packet is opened, or where it stands for many, it is looked at closer. */
  readonly onPick: (mark: RulerMark) => void
  /** A mark further than those in sight is wanted. */
  readonly onEdge: (direction: -1 | 1) => void
}

/** As many packets as are lit together with a mark that stands for more. */
const MOST_LIT = 40
const PUSH_REACH = 5

export function drawRuler(element: SVGSVGElement, layout: RulerLayout, handlers: RulerHandlers): void {
  const svg = select(element)
  const { width, height } = layout
  svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height)

  const axis = svg
    .selectAll<SVGGElement, RulerLayout['ticks'][number]>('g.byte-ruler__tick')
    .data(layout.ticks)
    .join((enter) => {
      const tick = enter.append('g').attr('class', 'byte-ruler__tick').attr('aria-hidden', 'true')
      tick.append('path')
      tick.append('text').attr('y', 11)
      return tick
    })
  axis.attr('transform', ({ x }) => `translate(${x} 0)`)
  axis.select('path').attr('d', `M0,15V${height}`)
  axis
    .select('text')
    .attr('x', ({ x }) => (x < 20 ? 2 - x : 0))
    .attr('text-anchor', ({ x }) => (x < 20 ? 'start' : x > width - 20 ? 'end' : 'middle'))
    .text(({ label }) => label)

  svg
    .selectAll<SVGRectElement, RulerLayout['rows'][number]>('rect.byte-ruler__row')
    .data(layout.rows)
    .join((enter) => enter.insert('rect', 'g').attr('class', 'byte-ruler__row').attr('aria-hidden', 'true'))
    .attr('width', width)
    .attr('y', ({ y }) => y)
    .attr('height', (row) => row.height)

  svg
    .selectAll<SVGPathElement, number>('path.byte-ruler__border')
    .data(layout.borders)
    .join((enter) => enter.append('path').attr('class', 'byte-ruler__border').attr('aria-hidden', 'true'))
    .attr('d', (x) => `M${x},18V${height}`)

  const gaps = svg
    .selectAll<SVGRectElement, RulerLayout['gaps'][number]>('rect.byte-ruler__gap')
    .data(layout.gaps, (gap) => gap.key)
    .join((enter) => {
      const gap = enter.append('rect').attr('class', 'byte-ruler__gap').attr('role', 'img')
      gap.append('title')
      return gap
    })
    .attr('x', ({ x }) => x)
    .attr('y', ({ y }) => y)
    .attr('width', (gap) => gap.width)
    .attr('height', (gap) => gap.height)
    .attr('aria-label', ({ says }) => says)
  gaps.select('title').text(({ says }) => says)

  drawMarks(element, layout, handlers)
}

function drawMarks(element: SVGSVGElement, layout: RulerLayout, handlers: RulerHandlers): void {
  const marks = select(element)
    .selectAll<SVGGElement, RulerMark>('g.byte-ruler__mark')
    .data(layout.marks, ({ key }) => key)
    .join((enter) => {
      const mark = enter.append('g').attr('class', 'byte-ruler__mark').attr('role', 'button')
      mark.append('title')
      mark.append('rect')
      mark.append('path').attr('class', 'byte-ruler__push')
      mark.append('text')
      return mark
    })
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
    .attr('data-row', ({ row }) => row)
    .attr('data-shape', ({ shape }) => shape)
    .attr('data-layer', ({ layer }) => layer)
    .attr('data-packet', ({ numbers }) => numbers.slice(0, MOST_LIT).join(' '))
    .attr('data-filter', ({ numbers }) => filterOf(numbers))
    .attr('aria-label', ({ says }) => says)
    .classed(
      'is-selected',
      ({ numbers }) => handlers.selected !== null && numbers.includes(handlers.selected),
    )
  marks.select('title').text(({ says }) => says)
  marks
    .select('rect')
    .attr('x', 0.5)
    .attr('y', 0.5)
    .attr('width', ({ width }) => Math.max(1, width - 1))
    .attr('height', ({ height }) => height - 1)
  marks
    .select('.byte-ruler__push')
    .attr('d', ({ push, width, height }) =>
      push && width > 3 * PUSH_REACH
        ? `M${width - 1},1v${height - 2}l${-PUSH_REACH},${-(height - 2) / 2}Z`
        : null,
    )
  marks
    .select('text')
    .attr('x', 5)
    .attr('y', ({ height }) => height / 2)
    .text(({ label, width, push }) => fitting(label, push ? width - PUSH_REACH : width))

  // One tab stop for the picture: the selected, or where the keys were last.
  const nodes = marks.nodes()
  const chosen = nodes.findIndex((node) => node.classList.contains('is-selected'))
  oneTabStop(marks, Math.max(0, chosen))
  marks
    .on('click', (_event, mark) => handlers.onPick(mark))
    .on('keydown', (event: KeyboardEvent, mark) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      if (event.key === 'Enter' || event.key === ' ') handlers.onPick(mark)
      else if (!move(event.key, mark, layout.marks, nodes, handlers)) return
      event.preventDefault()
      event.stopPropagation()
    })
}

const ROWS = ['written', 'sent', 'read'] as const

/** Left and right along a row, up and down to what lies above and below; false where the key moves nothing. */
function move(
  key: string,
  mark: RulerMark,
  marks: readonly RulerMark[],
  nodes: readonly SVGGElement[],
  { onEdge }: RulerHandlers,
): boolean {
  const inRow = (row: RulerMark['row']) => marks.filter((each) => each.row === row)
  const row = inRow(mark.row)
  const at = row.indexOf(mark)
  let next: RulerMark | undefined
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const by = key === 'ArrowLeft' ? -1 : 1
    next = row[at + by]
    if (next === undefined) {
      onEdge(by)
      return true
    }
  } else if (key === 'Home') next = row[0]
  else if (key === 'End') next = row.at(-1)
  else if (key === 'ArrowUp' || key === 'ArrowDown') {
    const by = key === 'ArrowUp' ? -1 : 1
    for (let to = ROWS.indexOf(mark.row) + by; next === undefined && to >= 0 && to < ROWS.length; to += by) {
      const middle = mark.x + mark.width / 2
      const away = ({ x, width }: RulerMark) => Math.max(0, x - middle, middle - x - width)
      const [nearest] = inRow(ROWS[to] ?? 'sent').toSorted((a, b) => away(a) - away(b))
      next = nearest
    }
    if (next === undefined) return true
  } else return false
  if (next !== undefined) nodes[marks.indexOf(next)]?.focus()
  return true
}

function filterOf(numbers: readonly number[]): string {
  const [first, last] = [numbers[0] ?? 0, numbers.at(-1) ?? 0]
  return numbers.length === 1
    ? `frame.number == ${first}`
    : `frame.number >= ${first} && frame.number <= ${last}`
}

const TITLE_HEIGHT = 20
const APART = 16

/** Both directions' pictures below each other as one, each under its way. */
export function bothWays(pictures: readonly SVGSVGElement[]): SVGSVGElement | null {
  const [first] = pictures
  if (first === undefined) return null
  const whole = first.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'svg')
  let y = 0
  let width = 0
  for (const [at, picture] of pictures.entries()) {
    const { width: wide, height } = picture.viewBox.baseVal
    const part = select(whole)
      .append('g')
      .attr('class', 'byte-ruler__picture')
      .attr('transform', `translate(0 ${y})`)
    part
      .append('text')
      .attr('class', 'byte-ruler__way-name')
      .attr('y', 13)
      .text(at === 0 ? 'client → server' : 'server → client')
    const marks = part.append('g').attr('transform', `translate(0 ${TITLE_HEIGHT})`).node()
    for (const child of picture.childNodes) marks?.append(child.cloneNode(true))
    y += TITLE_HEIGHT + height + APART
    width = Math.max(width, wide)
  }
  select(whole).attr('viewBox', `0 0 ${width} ${y}`).attr('width', width).attr('height', y)
  return whole
}

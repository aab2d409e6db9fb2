/** Draws the state diagram: the states, the lines between them, and on those the packets that this connection moved by. */
import { select } from 'd3-selection'
import { oneTabStop } from './tab-stop.ts'
import type { StateChip, StateEdge, StateNode, StatesLayout } from './tcp-states-layout.ts'

export interface StatesHandlers {
  readonly selected: number | null
  readonly onSelect: (number: number) => void
}

export function drawStates(
  element: SVGSVGElement,
  layout: StatesLayout,
  { selected, onSelect }: StatesHandlers,
): void {
  const svg = select(element)
  const { width, height } = layout
  svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height)
  if (svg.select('defs').empty()) {
    for (const kind of ['plain', 'taken']) {
      svg
        .append('defs')
        .append('marker')
        .attr('id', `tcp-states-${kind}`)
        .attr('class', `tcp-states__head-${kind}`)
        .attr('viewBox', '0 0 8 8')
        .attr('refX', 7)
        .attr('refY', 4)
        .attr('markerWidth', 7)
        .attr('markerHeight', 7)
        .attr('markerUnits', 'userSpaceOnUse')
        .attr('orient', 'auto')
        .append('path')
        .attr('d', 'M0,0.5L7.5,4L0,7.5Z')
    }
  }

  const edges = svg
    .selectAll<SVGGElement, StateEdge>('g.tcp-states__edge')
    .data(layout.edges, ({ key }) => key)
    .join((enter) => {
      const edge = enter.append('g').attr('class', 'tcp-states__edge').attr('aria-hidden', 'true')
      edge.append('path').attr('class', 'tcp-states__line')
      edge.append('path').attr('class', 'tcp-states__line tcp-states__second')
      edge.append('text')
      return edge
    })
    .attr('data-end', ({ taken }) => taken[0] ?? null)
    .classed('is-taken', ({ taken }) => taken.length > 0)
    .classed('is-beyond', ({ beyond }) => beyond)
  edges
    .select('.tcp-states__line')
    .attr('d', ({ path }) => path)
    .attr('marker-end', ({ taken }) => `url(#tcp-states-${taken.length > 0 ? 'taken' : 'plain'})`)
  edges.select('.tcp-states__second').attr('d', ({ taken, path }) => (taken.length > 1 ? path : null))
  edges
    .select('text')
    .attr('text-anchor', ({ anchor }) => anchor)
    .selectAll<SVGTSpanElement, { words: string; x: number; y: number }>('tspan')
    .data(({ words, wordsX, wordsY }) =>
      words.map((text, line) => ({ words: text, x: wordsX, y: wordsY + 6 + line * 12 })),
    )
    .join('tspan')
    .attr('x', ({ x }) => x)
    .attr('y', ({ y }) => y)
    .text(({ words }) => words)

  const nodes = svg
    .selectAll<SVGGElement, StateNode>('g.tcp-states__node')
    .data(layout.nodes, ({ id }) => id)
    .join((enter) => {
      const node = enter.append('g').attr('class', 'tcp-states__node').attr('aria-hidden', 'true')
      node.append('rect').attr('rx', 4)
      node.append('text').attr('class', 'tcp-states__name')
      node.append('text').attr('class', 'tcp-states__here')
      return node
    })
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
    .classed('is-visited', ({ visited }) => visited)
    .classed('is-here', ({ here }) => here.length > 0)
  nodes
    .select('rect')
    .attr('width', (node) => node.width)
    .attr('height', (node) => node.height)
  nodes
    .select('.tcp-states__name')
    .attr('x', (node) => node.width / 2)
    .attr('y', (node) => node.height / 2)
    .text(({ name }) => name)
  nodes
    .select('.tcp-states__here')
    .attr('x', (node) => node.width / 2)
    .attr('y', (node) => node.height + 12)
    .text(({ here }) => (here.length === 0 ? '' : here.length === 2 ? 'both are here' : `${here[0]} is here`))

  const chips = svg
    .selectAll<SVGGElement, StateChip>('g.tcp-states__chip')
    .data(layout.chips, ({ key }) => key)
    .join((enter) => {
      const chip = enter.append('g').attr('class', 'tcp-states__chip')
      chip.append('title')
      chip.append('rect').attr('height', 16).attr('rx', 8)
      chip.append('text').attr('y', 8)
      return chip
    })
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
    .attr('role', 'button')
    .attr('data-end', ({ end }) => end)
    .attr('data-packet', ({ number }) => number)
    .attr('data-filter', ({ number }) => `frame.number == ${number}`)
    .attr('aria-label', ({ says }) => says)
    .classed('is-selected', ({ number }) => number === selected)
  chips.select('title').text(({ says }) => says)
  chips.select('rect').attr('width', (chip) => chip.width)
  chips
    .select('text')
    .attr('x', (chip) => chip.width / 2)
    .text(({ label }) => label)

  const all = chips.nodes()
  oneTabStop(chips, 0)
  chips
    .on('click', (_event, { number }) => onSelect(number))
    .on('keydown', function (event: KeyboardEvent, { number }) {
      const at = all.indexOf(this)
      const to = {
        ArrowLeft: at - 1,
        ArrowUp: at - 1,
        ArrowRight: at + 1,
        ArrowDown: at + 1,
        Home: 0,
        End: all.length - 1,
      }[event.key]
      if (event.key === 'Enter' || event.key === ' ') onSelect(number)
      else if (to === undefined) return
      else all[Math.min(all.length - 1, Math.max(0, to))]?.focus()
      event.preventDefault()
      event.stopPropagation()
    })
}

/** The whole comparison as one picture to take along: what the layers' colours are, the time axis, and a row a transport. */
import { select } from 'd3-selection'
import { drawCompareBar, drawCompareLadder } from './compare-draw.ts'
import {
  BAR_HEIGHT,
  type CompareLayout,
  type CompareRow,
  factsWords,
  LADDER_HEIGHT,
  PARTS,
  totalWords,
} from './compare-layout.ts'

const LEGEND = 30
const AXIS = 20
const HEAD = 24
const BETWEEN = 6
const ROW = HEAD + LADDER_HEIGHT + BETWEEN + BAR_HEIGHT + 18
/** A letter's width in the legend, about: px. */
const LETTER = 7

export function drawComparePicture({ width, rows, ticks }: CompareLayout): SVGSVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const svg = select(element)
    .attr('width', width)
    .attr('height', LEGEND + AXIS + rows.length * ROW)
  let x = 0
  for (const { part, name, osi } of PARTS) {
    const entry = svg
      .append('g')
      .attr('class', `compare__part compare__part--${part}`)
      .attr('data-layer', osi)
      .attr('transform', `translate(${x} 0)`)
    entry.append('rect').attr('class', 'compare__bytes').attr('width', 16).attr('height', 16).attr('rx', 3)
    entry
      .append('text')
      .attr('class', 'compare__number')
      .attr('x', 8)
      .attr('y', 12)
      .attr('text-anchor', 'middle')
      .text(osi)
    entry.append('text').attr('class', 'compare__said').attr('x', 22).attr('y', 12).text(name)
    x += 40 + name.length * LETTER
  }
  svg
    .selectAll('text.compare__tick')
    .data(ticks)
    .join('text')
    .attr('class', 'compare__tick')
    .attr('x', (tick) => tick.x)
    .attr('y', LEGEND + 10)
    .attr('text-anchor', (_, i) => (i === 0 ? 'start' : 'middle'))
    .text((tick) => tick.text)
  rows.forEach((row, i) => {
    const place = element.appendChild(document.createElementNS(element.namespaceURI, 'g') as SVGGElement)
    place.setAttribute('transform', `translate(0 ${LEGEND + AXIS + i * ROW})`)
    drawRow(place, row, ticks, width, i === 0)
  })
  return element
}

function drawRow(
  place: SVGGElement,
  row: CompareRow,
  ticks: CompareLayout['ticks'],
  width: number,
  first: boolean,
): void {
  const words = select(place).append('text').attr('class', 'compare__said').attr('y', 15)
  words.append('tspan').attr('class', 'compare__who').text(row.name)
  words.append('tspan').attr('dx', 14).text(factsWords(row))
  if (row.wire === null) return
  const picture = (y: number) => select(place).append('svg').attr('y', y).node() as SVGSVGElement
  drawCompareLadder(picture(HEAD), row, ticks, width, () => undefined, first)
  drawCompareBar(picture(HEAD + LADDER_HEIGHT + BETWEEN), row, width, totalWords(row.wire))
}

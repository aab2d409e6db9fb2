/** A chart as one SVG, to be saved: what stands on the canvas is drawn as paths, and the legend comes along. */
import { select } from 'd3-selection'
import { drawFrame, drawNotes, radiusOf } from './chart-draw.ts'
import { barPath, linePath, type Scene, shapePath, swatchPath } from './chart-scene.ts'

/** The whole chart as an SVG of its own, its legend below. */
export function sceneSvg(scene: Scene): SVGSVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const { plot, width, height, legend } = scene
  const rows = Math.ceil(legend.length / 2)
  drawFrame(element, scene)
  const svg = select(element)
  svg.attr('class', 'chart-saved').attr('height', height + 20 * rows)
  svg.attr('viewBox', `0 0 ${width} ${height + 20 * rows}`)
  const clip = svg.append('clipPath').attr('id', 'plot')
  clip
    .append('rect')
    .attr('x', plot.left - 1)
    .attr('y', plot.top - 1)
    .attr('width', plot.right - plot.left + 2)
    .attr('height', plot.bottom - plot.top + 2)
  const marks = svg.append('g').attr('clip-path', 'url(#plot)')
  marks
    .selectAll('path.chart-area')
    .data(scene.areas)
    .join('path')
    .attr('class', ({ ink }) => `chart-area chart-area--${ink}`)
    .attr('d', ({ points }) => linePath(points))
  marks
    .selectAll('path.chart-line')
    .data(scene.lines)
    .join('path')
    .attr('class', ({ ink }) => `chart-ink chart-line chart-ink--${ink}`)
    .attr('d', ({ points }) => linePath(points))
  marks
    .selectAll('path.chart-bar')
    .data(scene.bars)
    .join('path')
    .attr('class', ({ ink }) => `chart-ink chart-line chart-ink--${ink}`)
    .attr('d', barPath)
  marks
    .selectAll('path.chart-mark')
    .data(scene.marks)
    .join('path')
    .attr('class', ({ ink }) => `chart-ink chart-ink--${ink}`)
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
    .attr('d', ({ shape }) => shapePath(shape, radiusOf(shape)))
  drawNotes(element, scene)
  svg.select('g.chart-notes').raise()
  const entries = svg
    .selectAll('g.chart-entry')
    .data(legend)
    .join('g')
    .attr(
      'transform',
      (_, i) => `translate(${plot.left + (i % 2) * (width / 2)} ${height + 20 * Math.floor(i / 2)})`,
    )
  entries
    .append('path')
    .attr('class', ({ ink, shape }) =>
      shape === 'area'
        ? `chart-area chart-area--${ink}`
        : `chart-ink chart-ink--${ink}${shape === 'line' ? ' chart-line' : ''}`,
    )
    .attr('transform', 'translate(10 10)')
    .attr('d', ({ shape }) => swatchPath(shape))
  entries
    .append('text')
    .attr('class', 'chart-words')
    .attr('x', 28)
    .attr('y', 14)
    .text(({ text, own }) => (own === true ? `${text} (the sender’s own, never on the wire)` : text))
  return element
}

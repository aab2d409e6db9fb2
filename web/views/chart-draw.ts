/** Draws a chart: its frame as SVG, its marks on a canvas or, to be saved, as SVG as well. */
import { select } from 'd3-selection'
import {
  type Band,
  barPath,
  type EdgeNote,
  INKS,
  type Ink,
  linePath,
  type Reading,
  type Scene,
  type Shape,
  shapePath,
  type Tick,
} from './chart-scene.ts'

/** What the styles say of an ink. */
interface Look {
  readonly stroke: string
  readonly fill: string
  readonly area: string
  readonly width: number
  readonly dash: readonly number[]
}
export type Looks = ReadonlyMap<Ink, Look>

/** An element for each ink, from which its look is read; `holder` is on the page and shows nothing. */
export function readLooks(holder: SVGSVGElement): Looks {
  const probes = select(holder)
    .selectAll<SVGGElement, Ink>('g')
    .data(INKS)
    .join((enter) => {
      const probe = enter.append('g')
      probe.append('path').attr('class', (ink) => `chart-ink chart-ink--${ink}`)
      probe.append('path').attr('class', (ink) => `chart-area chart-area--${ink}`)
      return probe
    })
  const looks = new Map<Ink, Look>()
  probes.each(function (ink) {
    const [line, area] = this.children
    if (line === undefined || area === undefined) return
    const { stroke, fill, strokeWidth, strokeDasharray } = getComputedStyle(line)
    const dash = strokeDasharray === 'none' ? [] : strokeDasharray.split(',').map(Number.parseFloat)
    const width = Number.parseFloat(strokeWidth)
    looks.set(ink, { stroke, fill, area: getComputedStyle(area).fill, width, dash })
  })
  return looks
}

const MARK_RADIUS = 3.5
const DOT_RADIUS = 1.8
export const radiusOf = (shape: Shape) => (shape === 'dot' ? DOT_RADIUS : MARK_RADIUS)

const paths = new Map<string, Path2D>()
function pathOf(shape: Shape): Path2D {
  const known = paths.get(shape)
  if (known !== undefined) return known
  const made = new Path2D(shapePath(shape, radiusOf(shape)))
  paths.set(shape, made)
  return made
}

/** Paints what the marks are, within the plot. */
export function paintScene(canvas: HTMLCanvasElement, scene: Scene, looks: Looks, pixelRatio: number): void {
  const { width, height, plot } = scene
  canvas.width = Math.round(width * pixelRatio)
  canvas.height = Math.round(height * pixelRatio)
  const context = canvas.getContext('2d')
  if (context === null) return
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.save()
  context.beginPath()
  context.rect(plot.left - 1, plot.top - 1, plot.right - plot.left + 2, plot.bottom - plot.top + 2)
  context.clip()
  for (const { ink, points } of scene.areas) {
    context.fillStyle = looks.get(ink)?.area ?? 'none'
    context.fill(new Path2D(linePath(points)))
  }
  for (const { ink, points } of scene.lines) {
    dip(context, looks.get(ink))
    context.stroke(new Path2D(linePath(points)))
  }
  for (const [ink, bars] of grouped(scene.bars)) {
    dip(context, looks.get(ink))
    const path = new Path2D()
    for (const bar of bars) path.addPath(new Path2D(barPath(bar)))
    context.stroke(path)
  }
  for (const [ink, marks] of grouped(scene.marks)) {
    const look = looks.get(ink)
    dip(context, look)
    for (const { shape, x, y } of marks) {
      context.save()
      context.translate(x, y)
      if (look !== undefined && look.fill !== 'none') context.fill(pathOf(shape))
      if (look !== undefined && look.stroke !== 'none') context.stroke(pathOf(shape))
      context.restore()
    }
  }
  context.restore()
}

function dip(context: CanvasRenderingContext2D, look: Look | undefined): void {
  if (look === undefined) return
  context.strokeStyle = look.stroke
  context.fillStyle = look.fill
  context.lineWidth = look.width
  context.setLineDash([...look.dash])
  context.lineJoin = 'round'
}

function grouped<T extends { ink: Ink }>(list: readonly T[]): Map<Ink, T[]> {
  const groups = new Map<Ink, T[]>()
  for (const one of list) {
    const group = groups.get(one.ink)
    if (group === undefined) groups.set(one.ink, [one])
    else group.push(one)
  }
  return groups
}

/** Axes and bands, behind the marks. */
export function drawFrame(element: SVGSVGElement, scene: Scene): void {
  const { plot, width, height } = scene
  const svg = select(element)
  svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height)
  const layer = (name: string) =>
    svg
      .selectAll<SVGGElement, string>(`g.chart-${name}`)
      .data([name])
      .join((enter) => enter.append('g').attr('class', `chart-${name}`))

  layer('bands')
    .selectAll<SVGRectElement, Band>('rect')
    .data(scene.bands, (band) => band.key)
    .join('rect')
    .attr('class', ({ ink }) => `chart-area chart-area--${ink}`)
    .attr('x', (band) => band.x0)
    .attr('y', plot.top)
    .attr('width', (band) => band.x1 - band.x0)
    .attr('height', plot.bottom - plot.top)

  const ticks = (name: 'x' | 'y', marks: readonly Tick[], line: string) =>
    layer(name)
      .selectAll<SVGGElement, Tick>('g')
      .data(marks, (tick) => tick.label)
      .join((enter) => {
        const tick = enter.append('g')
        tick.append('line').attr('class', line)
        tick.append('text').attr('class', 'chart-words')
        return tick
      })
  ticks('y', scene.yTicks, 'chart-grid')
    .attr('transform', ({ at }) => `translate(0 ${at})`)
    .each(function ({ label }) {
      const one = select(this)
      one.select('line').attr('x1', plot.left).attr('x2', plot.right)
      one
        .select('text')
        .attr('x', plot.left - 8)
        .attr('y', 4)
        .attr('text-anchor', 'end')
        .text(label)
    })
  ticks('x', scene.xTicks, 'chart-tick')
    .attr('transform', ({ at }) => `translate(${at} ${plot.bottom})`)
    .each(function ({ label, at }) {
      const one = select(this)
      const edge = at > plot.right - 24 ? 'end' : 'middle'
      one.select('line').attr('y2', 4)
      one.select('text').attr('y', 17).attr('text-anchor', edge).text(label)
    })

  layer('base')
    .selectAll('line')
    .data([plot])
    .join('line')
    .attr('class', 'chart-tick')
    .attr('x1', plot.left)
    .attr('x2', plot.right)
    .attr('y1', plot.bottom)
    .attr('y2', plot.bottom)
}

/** What is written over the marks: names of bands, and what is above the picture. */
export function drawNotes(element: SVGSVGElement, { plot, bands, notes }: Scene): void {
  const words = select(element)
    .selectAll<SVGGElement, number>('g.chart-notes')
    .data([0])
    .join((enter) => enter.insert('g', ':first-child').attr('class', 'chart-notes'))
  words
    .selectAll<SVGTextElement, EdgeNote>('text.chart-note')
    .data(notes, ({ key }) => key)
    .join('text')
    .attr('class', 'chart-words chart-words--note chart-note')
    .attr('text-anchor', 'end')
    .attr('x', plot.right - 4)
    .attr('y', (_, i) => plot.top - 8 + 16 * i)
    .text(({ text }) => `↑ ${text}`)
  words
    .selectAll<SVGTextElement, Band>('text.chart-band-name')
    .data(
      bands.filter(({ label }) => label !== ''),
      (band) => band.key,
    )
    .join('text')
    .attr('class', 'chart-words chart-words--note chart-band-name')
    .attr('x', (band) => band.x0 + 4)
    .attr('y', plot.top + 13)
    .text(({ label }) => label)
}

export interface Pointing {
  /** Where the pointer is, seconds; null for nowhere. */
  readonly time: number | null
  /** The point that is pointed at. */
  readonly reading: Reading | null
  /** The packet that the page stands on. */
  readonly selected: Reading | null
  /** Where in time the page stands; null while it follows. */
  readonly cursor: number | null
  /** A range that is being drawn, seconds. */
  readonly range: readonly [number, number] | null
}

/** What follows the pointer, over the marks. */
export function drawPointing(element: SVGSVGElement, scene: Scene, pointing: Pointing): void {
  const { plot, span, width, height } = scene
  const x = (time: number) =>
    plot.left + ((time - span.from) / (span.to - span.from)) * (plot.right - plot.left)
  const within = (time: number | null): time is number =>
    time !== null && time >= span.from && time <= span.to
  const svg = select(element)
  svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height)

  const { cursor } = pointing
  const behind =
    cursor !== null && cursor < span.to ? [Math.max(plot.left, x(Math.max(cursor, span.from)))] : []
  svg
    .selectAll<SVGRectElement, number>('rect.chart-later')
    .data(behind)
    .join('rect')
    .attr('class', 'chart-later')
    .attr('x', (left) => left)
    .attr('y', plot.top)
    .attr('width', (left) => plot.right - left)
    .attr('height', plot.bottom - plot.top)
  const { range } = pointing
  svg
    .selectAll<SVGRectElement, readonly [number, number]>('rect.chart-range')
    .data(range === null ? [] : [range])
    .join('rect')
    .attr('class', 'chart-range')
    .attr('x', ([from, to]) => x(Math.min(from, to)))
    .attr('y', plot.top)
    .attr('width', ([from, to]) => Math.abs(x(to) - x(from)))
    .attr('height', plot.bottom - plot.top)
  svg
    .selectAll<SVGLineElement, readonly [string, number]>('line.chart-rule')
    .data(
      [['cursor', cursor] as const, ['pointer', pointing.time] as const].filter(
        (rule): rule is readonly ['cursor' | 'pointer', number] => within(rule[1]),
      ),
      ([name]) => name,
    )
    .join('line')
    .attr('class', ([name]) => `chart-rule chart-rule--${name}`)
    .attr('x1', ([, time]) => x(time))
    .attr('x2', ([, time]) => x(time))
    .attr('y1', plot.top)
    .attr('y2', plot.bottom)
  const rings = [['selected', pointing.selected] as const, ['pointed', pointing.reading] as const].filter(
    (ring): ring is readonly ['selected' | 'pointed', Reading] => ring[1] !== null,
  )
  svg
    .selectAll<SVGCircleElement, readonly [string, Reading]>('circle.chart-ring')
    .data(rings, ([name]) => name)
    .join('circle')
    .attr('class', ([name]) => `chart-ring chart-ring--${name}`)
    .attr('data-pointed', ([name, { number }]) => (name === 'pointed' && number !== null ? number : null))
    .attr('cx', ([, { x: at }]) => at)
    .attr('cy', ([, { y }]) => Math.min(plot.bottom, Math.max(plot.top, y)))
    .attr('r', ([name]) => (name === 'selected' ? 8 : 6))
}

/** Draws the map's layout, and on top of it the frames of one moment: D3 joins, classes and `data-layer`, no colours. */
import { type Selection, select } from 'd3-selection'
import type { FateShape } from '../lib/fate.ts'
import { addressFilters } from '../lib/filter-words.ts'
import { plural } from '../lib/format.ts'
import { clip } from './ladder-words.ts'
import type { MapLayout } from './map-layout.ts'
import {
  boxOf,
  CABLE_RADIUS,
  HOST_RADIUS,
  heightOf,
  type MapCable,
  type MapHost,
  type MapMark,
  neighbour,
  type Point,
  WORDS_AT,
} from './map-marks.ts'
import type { FrameMark, Moment } from './map-travel.ts'

export interface MapHandlers {
  /** Key of the cable whose settings are open. */
  readonly open: string | null
  readonly onHost: (host: MapHost) => void
  readonly onCable: (cable: MapCable) => void
}

type Group = Selection<SVGGElement, unknown, SVGSVGElement, unknown>

export function drawMap(svg: SVGSVGElement, layout: MapLayout, handlers: MapHandlers): void {
  const root = select(svg)
    .attr('viewBox', `0 0 ${layout.width} ${layout.height}`)
    .attr('width', layout.width)
    .attr('height', layout.height)
    .attr('role', 'group')
    .attr('aria-label', 'Hosts and cables of the lab network')
  drawPlainCables(layer(root, 'plain', true), layout)
  drawOutsides(layer(root, 'outside', true), layout)
  drawMarks(layer(root, 'marks', false), svg, layout, handlers)
  layer(root, 'frames', true)
}

function layer(
  root: Selection<SVGSVGElement, unknown, null, undefined>,
  name: string,
  hidden: boolean,
): Group {
  const group = root
    .selectAll<SVGGElement, string>(`g.map__${name}`)
    .data([name])
    .join('g')
    .attr('class', `map__${name}`)
  if (hidden) group.attr('aria-hidden', 'true')
  return group as unknown as Group
}

function path(points: readonly Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)},${round(y)}`).join('')
}

const round = (value: number) => Math.round(value * 10) / 10

function drawPlainCables(group: Group, layout: MapLayout): void {
  group
    .selectAll<SVGPathElement, MapCable>('path')
    .data(
      layout.cables.filter((cable) => cable.name === ''),
      (cable) => cable.key,
    )
    .join('path')
    .attr('class', 'map__cable map__cable--plain')
    .attr('data-of', (cable) => cable.of)
    .attr('data-host', (cable) => cable.of)
    .attr('d', (cable) => path(cable.points))
}

/** A program outside, the gateway where its socket ends, and the lab host that goes on for it. */
function drawOutsides(group: Group, layout: MapLayout): void {
  const parts = group
    .selectAll<SVGGElement, MapLayout['outsides'][number]>('g')
    .data(layout.outsides, (outside) => outside.key)
    .join((enter) => {
      const made = enter.append('g')
      made.append('path').attr('class', 'map__split')
      made.append('path').attr('class', 'map__gateway')
      made.append('text').attr('class', 'map__gateway-word')
      made.append('text').attr('class', 'map__program')
      return made
    })
  parts.select('.map__split').attr('d', ({ x, y1, y2, gatewayY }) => {
    const sign = Math.sign(y2 - y1)
    return `M${x},${y1}V${gatewayY - sign * 4}M${x},${gatewayY + sign * 4}V${y2}`
  })
  parts.select('.map__gateway').attr('d', ({ x, gatewayY }) => `M${x - 9},${gatewayY}h18`)
  parts
    .select('.map__gateway-word')
    .attr('x', ({ x }) => x + 14)
    .attr('y', ({ gatewayY }) => gatewayY + 4)
    .text(({ gatewayWords }) => gatewayWords)
  parts
    .select('.map__program')
    .attr('x', ({ x }) => x - 9)
    .attr('y', ({ wordsY }) => wordsY)
    .text(({ words, room }) => clip(words, room))
}

function drawMarks(group: Group, svg: SVGSVGElement, layout: MapLayout, handlers: MapHandlers): void {
  const order: MapMark[] = [
    ...layout.hosts.map((of): MapMark => ({ kind: 'host', of })),
    ...layout.cables.filter(({ name }) => name !== '').map((of): MapMark => ({ kind: 'cable', of })),
  ].sort((a, b) => heightOf(a) - heightOf(b))
  const stop = (order.find(({ of }) => of.key === svg.dataset.stop) ?? order[0])?.of.key
  const focused = group.node()?.contains(svg.ownerDocument.activeElement) === true
  const marks = group
    .selectAll<SVGGElement, MapMark>('g.map__mark')
    .data(order, ({ of }) => of.key)
    .join((enter) => {
      const made = enter.append('g')
      made.append('rect').attr('class', 'map__hit').attr('rx', 6)
      made.append('g').attr('class', 'map__drawing').attr('aria-hidden', 'true')
      return made
    })
    .order()
    .attr('class', ({ kind, of }) => `map__mark map__mark--${kind} ${shapeClass(kind, of)}`)
    .attr('data-of', ({ kind, of }) => (kind === 'host' ? of.key : null))
    .attr('data-filter', ({ kind, of }) =>
      kind === 'host' ? (addressFilters(of.address, 'addr')[0] ?? null) : null,
    )
    .attr('data-host', (mark) => hostsAt(mark, layout))
    .attr('data-cable', ({ kind, of }) => (kind === 'cable' ? of.key : null))
    .classed('is-cut', ({ kind, of }) => kind === 'cable' && (of as MapCable).cut)
    .classed('is-open', ({ of }) => of.key === handlers.open)
  marks.each(function (mark) {
    const content = JSON.stringify(mark.of)
    if (this.dataset.drawn === content) return
    this.dataset.drawn = content
    const node = select(this).select<SVGGElement>('.map__drawing')
    node.selectAll('*').remove()
    if (mark.kind === 'host') drawHost(node, mark.of)
    else drawCable(node, mark.of)
  })
  const act = ({ kind, of }: MapMark) => (kind === 'host' ? handlers.onHost(of) : handlers.onCable(of))
  marks
    .select<SVGRectElement>('.map__hit')
    .each(function (mark) {
      const box = boxOf(mark)
      for (const [name, value] of Object.entries(box)) this.setAttribute(name, String(value))
    })
    .attr('role', 'button')
    .attr('tabindex', ({ of }) => (of.key === stop ? 0 : -1))
    .attr('aria-label', ({ of }) => of.name)
    .on('click', (_event, mark) => act(mark))
    .on('focus', (_event, { of }) => {
      svg.dataset.stop = of.key
    })
    .on('keydown', (event: KeyboardEvent, mark) => {
      const next = neighbour(event.key, mark, order)
      if (event.key === 'Enter' || event.key === ' ') act(mark)
      else if (next === undefined) return
      else {
        svg.dataset.stop = next.of.key
        drawMarks(group, svg, layout, handlers)
        focusStop(group)
      }
      event.preventDefault()
      event.stopPropagation()
    })
  if (focused && group.node()?.contains(svg.ownerDocument.activeElement) === false) focusStop(group)
}

/** Addresses of those that a mark stands for; of a cable to a server the server's, since whatever it gets passes here. */
function hostsAt(mark: MapMark, { hosts, markOf }: MapLayout): string | null {
  const end = mark.kind === 'cable' ? mark.of.points.at(-1) : undefined
  const key =
    mark.kind === 'host'
      ? mark.of.key
      : hosts.find(({ shape, x, y }) => shape === 'server' && x === end?.x && y - HOST_RADIUS === end.y)?.key
  const addresses = [...markOf].filter(([, of]) => of === key).map(([address]) => address)
  return addresses.length === 0 ? null : addresses.join(' ')
}

function focusStop(group: Group): void {
  group.node()?.querySelector<SVGElement>('[tabindex="0"]')?.focus({ preventScroll: true })
}

function shapeClass(kind: MapMark['kind'], of: MapHost | MapCable): string {
  if (kind === 'cable') return (of as MapCable).impaired ? 'map__mark--impaired' : 'map__mark--trunk'
  const { shape, door } = of as MapHost
  return `map__mark--${shape} map__mark--${door ?? 'none'}`
}

type Drawing = Selection<SVGGElement, unknown, null | SVGGElement, unknown>

function line(node: Drawing, name: string, x: number, y: number, words: string, anchor = 'start'): void {
  node.append('text').attr('class', name).attr('x', x).attr('y', y).attr('text-anchor', anchor).text(words)
}

function drawHost(node: Drawing, host: MapHost): void {
  const { x, y, shape, words, room, door } = host
  if (shape === 'switch' || shape === 'router') {
    const icon = node.append('path').attr('class', `map__host map__host--${shape}`)
    // A router is round, as on every network diagram; a switch is a box.
    icon.attr(
      'd',
      shape === 'switch'
        ? `M${x - 30},${y - 11}h60v22h-60z`
        : `M${x - 11},${y}a11,11 0 1 0 22,0a11,11 0 1 0 -22,0z`,
    )
    line(node, 'map__inside', x, y + 4, words[0] ?? '', 'middle')
    return
  }
  const icon = node.append('path').attr('class', `map__host map__host--${shape}`)
  icon.attr(
    'd',
    shape === 'client' ? circle(x, y, HOST_RADIUS) : shape === 'server' ? box(x, y) : stack(x, y),
  )
  // The program is this host itself: a full mark. Something that stands for another is hollow.
  if (door === 'joined' || door === 'direct') {
    node
      .append('path')
      .attr('class', 'map__core')
      .attr('d', shape === 'client' ? circle(x, y, 5) : box(x, y, 5))
  }
  words.forEach((text, i) => {
    const under = words.length === 1 ? 4 : -2 + i * 14
    line(node, i === 0 ? 'map__name' : 'map__address', x + WORDS_AT, y + under, clip(text, room))
  })
}

const circle = (x: number, y: number, r: number) =>
  `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`
const box = (x: number, y: number, r = HOST_RADIUS) => `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`
const stack = (x: number, y: number) => `${circle(x + 4, y - 3, 7)}${circle(x - 1, y + 1, 7)}`

/** Half of what a cut takes out of a cable. */
const GAP = 14

function drawCable(node: Drawing, cable: MapCable): void {
  const { points, impaired, words, wordsAt } = cable
  const legs = cut(cable)
  if (impaired) drawTube(node, cable, legs)
  else node.append('path').attr('class', 'map__cable map__cable--trunk').attr('d', legs.map(path).join(''))
  const [a, b] = [points.at(-2), points.at(-1)]
  if (cable.cut && !impaired && a !== undefined && b !== undefined) {
    const at = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
    node
      .append('path')
      .attr('class', 'map__cut')
      .attr('d', `M${at.x - 7},${at.y - 4}l14,-4M${at.x - 7},${at.y + 8}l14,-4`)
  }
  const room = Math.floor((wordsAt.x - 4) / 6.4)
  words.forEach((text, i) => {
    const y = wordsAt.y + 5 + (i - (words.length - 1) / 2) * 14
    const name = i < words.length - 1 || words.length === 1 ? 'map__cable-name' : 'map__cable-like'
    line(node, name, wordsAt.x, y, clip(text, room), wordsAt.anchor)
  })
}

/** The line in one piece, or in two with a gap in the middle of its last part. */
function cut({ points, cut, impaired }: MapCable): Point[][] {
  const [a, b] = [points.at(-2), points.at(-1)]
  if (!cut || a === undefined || b === undefined) return [[...points]]
  const away = Math.max(1, Math.hypot(b.x - a.x, b.y - a.y))
  const gap = Math.min(0.4, (impaired ? GAP : 9) / away)
  const part = (t: number) => ({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t })
  return [
    [...points.slice(0, -1), part(0.5 - gap)],
    [part(0.5 + gap), b],
  ]
}

/**
 * A cable with an inside: two lanes with room for frames on their way. Where it comes from the side its first part is
 * a line only, since several would lie on each other there.
 */
function drawTube(node: Drawing, { points, cut }: MapCable, legs: readonly Point[][]): void {
  const bent = points.length > 2
  if (bent)
    node
      .append('path')
      .attr('class', 'map__cable')
      .attr('d', path(points.slice(0, 2)))
  const tube = legs.map((leg, i) => path(bent && i === 0 ? leg.slice(1) : leg)).join('')
  for (const part of ['wall', 'bore', 'lanes'])
    node.append('path').attr('class', `map__${part}`).attr('d', tube)
  if (!cut) return
  const tear = 'l9.5,-5l9.5,5l9.5,-5l9.5,5'
  const ends = [legs[0]?.at(-1), legs[1]?.[0]]
  const torn = ends.map((end) => (end === undefined ? '' : `M${end.x - CABLE_RADIUS},${end.y}${tear}`))
  node.append('path').attr('class', 'map__cut').attr('d', torn.join(''))
}

/** The frames of one moment, over everything else. */
export function drawFrames(svg: SVGSVGElement, moment: Moment): void {
  const group = select(svg).select<SVGGElement>('g.map__frames')
  if (group.empty()) return
  group
    .selectAll<SVGGElement, FrameMark>('g.map__frame')
    .data(moment.marks, (mark) => mark.key)
    .join((enter) => {
      const made = enter.append('g')
      made.append('path').attr('class', 'map__packet')
      made.append('circle').attr('class', 'map__ring').attr('r', 14)
      made.append('text').attr('class', 'map__layer').attr('text-anchor', 'middle').attr('y', 3.5)
      made.append('path').attr('class', 'map__harm')
      const label = made.append('text').attr('class', 'map__label')
      label.append('tspan').attr('class', 'map__what').attr('x', 0)
      label.append('tspan').attr('class', 'map__note').attr('x', 0).attr('y', 11)
      return made
    })
    .attr('class', ({ shape }) => `map__frame map__frame--${shape}`)
    .attr('data-layer', ({ osi }) => osi)
    .attr('data-packet', ({ key }) => Math.floor(key))
    .attr('opacity', ({ opacity }) => opacity)
    .attr('transform', ({ x, y }) => `translate(${round(x)} ${round(y)})`)
    .call((marks) => {
      marks
        .select('.map__packet')
        .attr('d', ({ shape }) => PACKETS[shape])
        .attr('transform', ({ turn }) => (turn === 0 ? null : `rotate(${round(turn)})`))
      marks.select('.map__layer').text(({ osi }) => osi)
      marks
        .select('.map__harm')
        .attr('d', ({ shape }) => (shape === 'lost' ? 'M-10,-10l20,20M10,-10l-20,20' : ''))
      marks
        .select('.map__label')
        .attr('text-anchor', ({ direction }) => (direction === 'up' ? 'end' : 'start'))
        .attr('transform', ({ direction, labelY }) => `translate(${direction === 'up' ? -14 : 14} ${labelY})`)
      marks
        .select('.map__what')
        .attr('y', ({ note }) => (note === '' ? 4 : -2))
        .text(({ label }) => label)
      marks.select('.map__note').text(({ label, note }) => (label === '' ? '' : note))
    })
  const dense = group
    .selectAll<SVGGElement, Moment['density'][number]>('g.map__density')
    .data(moment.density, ({ cable }) => cable)
    .join((enter) => {
      const made = enter.append('g').attr('class', 'map__density')
      made.append('path')
      made.append('text')
      return made
    })
    .attr('data-layer', ({ osi }) => osi)
  dense.select('path').attr('d', ({ points }) => path(points))
  dense
    .select('text')
    .attr('x', ({ points }) => (points.at(-1)?.x ?? 0) + CABLE_RADIUS + 8)
    .attr('y', ({ points }) => ((points.at(-2)?.y ?? 0) + (points.at(-1)?.y ?? 0)) / 2 + 4)
    .text(({ count }) => plural(count, 'frame'))
  select(svg)
    .selectAll<SVGElement, unknown>('[data-of]')
    .classed('is-speaking', function () {
      return moment.speaking.has(this.dataset.of ?? '')
    })
}

/** A square; with a bite; two, one behind the other; leaning forward; round as a clock. What is lost is crossed out. */
const PACKETS: Readonly<Record<FateShape, string>> = {
  plain: 'M-8,-8h16v16h-16z',
  lost: 'M-8,-8h16v16h-16z',
  corrupted: 'M-8,-8h7l2,5l4,-4h3v15h-16v-5l4,-3l-4,-3z',
  duplicated: 'M-8,-8h16v16h-16zM-4,-12h15v15h-3v-12h-12z',
  reordered: 'M-4,-8h16l-8,16h-16z',
  delayed: 'M-9,0a9,9 0 1 0 18,0a9,9 0 1 0 -18,0z',
}

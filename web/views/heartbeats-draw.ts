/** Draws one session's line of heartbeats. */
import { select } from 'd3-selection'
import { type BeatMark, type HeartbeatLine, LINE_HEIGHT } from './heartbeats-layout.ts'

export interface HeartbeatHandlers {
  readonly selected: number | null
  readonly onSelect: (packet: number) => void
}

const MIDDLE = LINE_HEIGHT / 2
/** Ping above the line, pong below it. */
const REACH = 8

export function drawHeartbeats(
  element: SVGSVGElement,
  line: HeartbeatLine,
  width: number,
  { selected, onSelect }: HeartbeatHandlers,
): void {
  const svg = select(element)
  const firstTime = svg.select('.heartbeats__line').empty()
  svg.attr('viewBox', `0 0 ${width} ${LINE_HEIGHT}`).attr('width', width).attr('height', LINE_HEIGHT)
  svg.attr('role', 'group').attr('aria-label', line.summary)

  drawLine(element, line)
  const marks = svg
    .selectAll<SVGGElement, BeatMark>('g.heartbeats__beat')
    .data(line.beats, (beat) => beat.key)
    .join((enter) => {
      const beat = enter
        .append('g')
        .attr('class', 'heartbeats__beat')
        .attr('role', 'button')
        .attr('data-layer', 5)
      beat
        .append('rect')
        .attr('class', 'heartbeats__hit')
        .attr('x', -12)
        .attr('width', 24)
        .attr('height', LINE_HEIGHT)
      beat.append('path').attr('class', 'heartbeats__stem')
      beat
        .append('circle')
        .attr('class', 'heartbeats__ping')
        .attr('cy', MIDDLE - REACH)
        .attr('r', 3.5)
      beat
        .append('circle')
        .attr('class', 'heartbeats__pong')
        .attr('cy', MIDDLE + REACH)
        .attr('r', 3.5)
      beat
        .append('path')
        .attr('class', 'heartbeats__cross')
        .attr('d', `M-3.5,${MIDDLE + REACH - 3.5}l7,7m0,-7l-7,7`)
      if (!firstTime) beat.classed('is-new', true)
      return beat
    })
  marks
    .attr('transform', (beat) => `translate(${beat.x} 0)`)
    .attr('aria-label', (beat) => beat.name)
    .attr('data-state', (beat) => beat.state)
    .classed('is-selected', (beat) => selected !== null && (beat.ping === selected || beat.pong === selected))
    .select('.heartbeats__stem')
    .attr('d', (beat) => stem(beat))

  const nodes = marks.nodes()
  const stop = Math.max(
    0,
    nodes.findIndex((node) => node.dataset.stop === 'here'),
  )
  const kept = nodes.some((node) => node.dataset.stop === 'here') ? stop : nodes.length - 1
  marks
    .attr('tabindex', (_, i) => (i === kept ? 0 : -1))
    .on('animationend', function () {
      this.classList.remove('is-new')
    })
    .on('click', (_event, beat) => onSelect(beat.ping))
    .on('focus', function () {
      for (const node of nodes) {
        delete node.dataset.stop
        node.setAttribute('tabindex', '-1')
      }
      this.dataset.stop = 'here'
      this.setAttribute('tabindex', '0')
    })
    .on('keydown', function (event: KeyboardEvent, beat) {
      const at = nodes.indexOf(this)
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: nodes.length - 1 }[event.key]
      if (event.key === 'Enter' || event.key === ' ') onSelect(beat.ping)
      else if (to === undefined) return
      else nodes[Math.min(nodes.length - 1, Math.max(0, to))]?.focus()
      event.preventDefault()
      event.stopPropagation()
    })
}

/** Only what time moves, for the frames between two beats. */
export function drawPresent(element: SVGSVGElement, line: HeartbeatLine): void {
  drawLine(element, line)
}

function drawLine(element: SVGSVGElement, line: HeartbeatLine): void {
  const late = line.due !== null && line.present > line.due ? line.due : line.present
  const parts = [
    { name: 'future', from: line.since, to: line.due === null ? line.since : line.end },
    { name: 'track', from: line.since, to: line.due ?? line.since },
    { name: 'past', from: line.lineFrom, to: line.since },
    { name: 'present', from: line.since, to: late },
    { name: 'late', from: late, to: line.present },
  ]
  const svg = select(element)
  svg
    .selectAll<SVGLineElement, (typeof parts)[number]>('line.heartbeats__line')
    .data(parts, (part) => part.name)
    .join((enter) => enter.insert('line', ':first-child').attr('aria-hidden', 'true'))
    .attr('class', (part) => `heartbeats__line heartbeats__line--${part.name}`)
    .attr('x1', (part) => part.from)
    .attr('x2', (part) => part.to)
    .attr('y1', MIDDLE)
    .attr('y2', MIDDLE)
  svg
    .selectAll<SVGCircleElement, number>('circle.heartbeats__due')
    .data(line.due === null ? [] : [line.due])
    .join((enter) => enter.insert('circle', 'g').attr('class', 'heartbeats__due').attr('aria-hidden', 'true'))
    .attr('cx', (x) => x)
    .attr('cy', MIDDLE)
    .attr('r', 4)
}

function stem(beat: BeatMark): string {
  const [top, bottom] = [MIDDLE - REACH + 3.5, MIDDLE + REACH - 3.5]
  if (beat.state === 'answered') return `M0,${top}V${bottom}`
  return beat.state === 'awaited'
    ? `M0,${top}V${MIDDLE}`
    : `M0,${top}V${MIDDLE - 2}M0,${MIDDLE + 3}V${bottom - 1}`
}

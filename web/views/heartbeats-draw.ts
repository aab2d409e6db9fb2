/** Draws one line of heartbeats: the server's marks stand above it, the client's below. */
import { select } from 'd3-selection'
import { type BeatMark, type HeartbeatLine, LINE_HEIGHT } from './heartbeats-layout.ts'
import type { Subject } from './heartbeats-subjects.ts'
import { oneTabStop } from './tab-stop.ts'

export interface HeartbeatHandlers {
  readonly selected: number | null
  readonly onSelect: (packet: number) => void
}

const MIDDLE = LINE_HEIGHT / 2
const REACH = 8

/** A shape for each layer that asks, about its own middle. */
const SHAPES: Readonly<Record<Subject['kind'], string>> = {
  'engine.io': 'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0Z',
  'engine.io-3': 'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0Z',
  websocket: 'M-3.2,-3.2h6.4v6.4h-6.4Z',
  tcp: 'M0,-4.4l4.4,4.4l-4.4,4.4l-4.4,-4.4Z',
}

/** The sign of a kind, for its name. */
export const shapeOf = (kind: Subject['kind']): string => SHAPES[kind]

export function drawHeartbeats(
  element: SVGSVGElement,
  line: HeartbeatLine,
  width: number,
  { selected, onSelect }: HeartbeatHandlers,
): void {
  const svg = select(element)
  const firstTime = svg.select('.heartbeats__line').empty()
  const { kind, layer, fromClient } = line.subject
  const [asks, answers] = fromClient ? [MIDDLE + REACH, MIDDLE - REACH] : [MIDDLE - REACH, MIDDLE + REACH]
  svg.attr('viewBox', `0 0 ${width} ${LINE_HEIGHT}`).attr('width', width).attr('height', LINE_HEIGHT)
  svg.attr('role', 'group').attr('aria-label', line.summary)

  drawTime(element, line)
  const marks = svg
    .selectAll<SVGGElement, BeatMark>('g.heartbeats__beat')
    .data(line.beats, (beat) => beat.key)
    .join((enter) => {
      const beat = enter
        .append('g')
        .attr('class', 'heartbeats__beat')
        .attr('role', 'button')
        .attr('data-layer', layer)
      beat
        .append('rect')
        .attr('class', 'heartbeats__hit')
        .attr('x', -12)
        .attr('width', 24)
        .attr('height', LINE_HEIGHT)
      beat.append('path').attr('class', 'heartbeats__stem')
      for (const [name, y] of [
        ['ping', asks],
        ['pong', answers],
      ] as const) {
        beat
          .append('path')
          .attr('class', `heartbeats__${name}`)
          .attr('transform', `translate(0 ${y})`)
          .attr('d', SHAPES[kind])
      }
      beat
        .append('path')
        .attr('class', 'heartbeats__cross')
        .attr('d', `M-3.5,${answers - 3.5}l7,7m0,-7l-7,7`)
      if (!firstTime) beat.classed('is-new', true)
      return beat
    })
  marks
    .attr('transform', (beat) => `translate(${beat.x} 0)`)
    .attr('aria-label', (beat) => beat.name)
    .attr('data-state', (beat) => beat.state)
    .classed('is-selected', (beat) => isOf(beat, selected))
    .attr('data-packet', (beat) => (beat.pong === null ? beat.ping : `${beat.ping} ${beat.pong}`))
    .select('.heartbeats__stem')
    .attr('d', (beat) => stem(beat, fromClient))

  const nodes = marks.nodes()
  oneTabStop(marks, nodes.length - 1)
  marks
    .on('animationend', function () {
      this.classList.remove('is-new')
    })
    .on('click', (_event, beat) => onSelect(beat.ping))
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

const isOf = (beat: BeatMark, packet: number | null) =>
  packet !== null && (beat.ping === packet || beat.pong === packet)

/** The line itself, and all that time moves on it: enough for the frames between two beats. */
export function drawTime(element: SVGSVGElement, line: HeartbeatLine): void {
  const late = line.due !== null && line.present > line.due ? line.due : line.present
  const gate = line.gates[0]?.x
  const reach = line.due ?? gate ?? line.since
  const parts = [
    { name: 'future', from: line.since, to: Math.max(reach, line.gates.at(-1)?.x ?? reach) },
    { name: 'track', from: line.since, to: reach },
    { name: 'past', from: line.lineFrom, to: line.since },
    { name: line.subject.interval === null ? 'past' : 'present', from: line.since, to: late },
    { name: 'late', from: late, to: line.present },
  ]
  const svg = select(element)
  svg
    .selectAll<SVGLineElement, (typeof parts)[number]>('line.heartbeats__line')
    .data(parts)
    .join((enter) => enter.insert('line', 'g').attr('aria-hidden', 'true'))
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
  svg
    .selectAll<SVGGElement, (typeof line.gates)[number]>('g.heartbeats__gate')
    .data(line.gates, (each) => each.who)
    .join((enter) => {
      const made = enter.append('g').attr('class', 'heartbeats__gate').attr('aria-hidden', 'true')
      made.append('path').attr('d', (each) => (each.who === 'server' ? ABOVE : BELOW))
      made
        .append('text')
        .attr('x', -4)
        .attr('y', (each) => (each.who === 'server' ? 10 : LINE_HEIGHT - 4))
        .text((each) => `${each.who} gives up`)
      made.append('title').text((each) => each.words)
      return made
    })
    .attr('transform', (each) => `translate(${each.x} 0)`)
    .classed('has-room', (each) => each.x - line.since > GATE_WORDS)
}

/** What the words at a bar take, so that they don't run into the last beat. */
const GATE_WORDS = 104
/** A bar on the side of the one that gives up. */
const ABOVE = `M0,2V${MIDDLE}`
const BELOW = `M0,${MIDDLE}V${LINE_HEIGHT - 2}`

function stem({ state }: BeatMark, fromClient: boolean): string {
  const way = fromClient ? -1 : 1
  const y = (below: number) => MIDDLE + way * below
  const [from, to] = [y(-REACH + 3.5), y(REACH - 3.5)]
  if (state === 'answered') return `M0,${from}V${to}`
  return state === 'awaited' ? `M0,${from}V${MIDDLE}` : `M0,${from}V${y(-2)}M0,${y(3)}V${y(REACH - 4.5)}`
}

/** The strip as one picture: a line under the other, each with its name. Null while there is none. */
export function heartbeatsPicture(pane: Element | null): SVGSVGElement | null {
  const lines = [...(pane?.querySelectorAll('.heartbeats__session') ?? [])]
  const first = lines[0]?.querySelector('svg.heartbeats__picture')
  if (!(first instanceof SVGSVGElement)) return null
  const width = NAME_WIDTH + first.viewBox.baseVal.width
  const whole = select(first.ownerDocument.createElementNS(first.namespaceURI ?? '', 'svg') as SVGSVGElement)
    .attr('class', 'heartbeats__whole')
    .attr('viewBox', `0 0 ${width} ${lines.length * LINE_HEIGHT}`)
  for (const [i, line] of lines.entries()) {
    const { state = '', kind = '' } = (line as HTMLElement).dataset
    const group = whole
      .append('g')
      .attr('class', 'heartbeats__session')
      .attr('data-state', state)
      .attr('data-kind', kind)
      .attr('transform', `translate(0 ${i * LINE_HEIGHT})`)
    const name = line.querySelector('.heartbeats__name')?.textContent ?? ''
    group
      .append('text')
      .attr('class', 'heartbeats__caption')
      .attr('y', MIDDLE + 4)
      .text(name)
    const picture = group.append('g').attr('transform', `translate(${NAME_WIDTH} 0)`)
    for (const part of line.querySelector('.heartbeats__picture')?.children ?? []) {
      picture.node()?.append(part.cloneNode(true))
    }
  }
  return whole.node()
}

const NAME_WIDTH = 190

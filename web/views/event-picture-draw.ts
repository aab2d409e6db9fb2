/** Draws one event: sender, hub, rooms and receivers. */
import { type BaseType, type Selection, select } from 'd3-selection'
import type { EventPicture, PictureArrow, PictureGroup, PictureReceiver } from './event-picture-layout.ts'
import { HEARD_MARKS } from './heard-marks.ts'

export interface EventPictureHandlers {
  readonly selected: number | null
  readonly onSelect: (packet: number) => void
}

export function drawEvent(
  element: SVGSVGElement,
  picture: EventPicture,
  { selected, onSelect }: EventPictureHandlers,
): void {
  const { width, height, hub, sender } = picture
  const svg = select(element)
    .attr('viewBox', `0 0 ${width} ${height}`)
    .attr('width', width)
    .attr('height', height)
    .attr('role', 'group')
    .attr('aria-label', picture.summary)
  const choose = (packet: number | null) => {
    if (packet !== null) onSelect(packet)
  }

  const groups = svg
    .selectAll<SVGGElement, PictureGroup>('g.event-picture__group')
    .data(picture.groups, (group) => group.key)
    .join((enter) => {
      const group = enter.append('g').attr('class', 'event-picture__group').attr('data-layer', 7)
      group.append('rect').attr('class', 'event-picture__hull').attr('rx', 12)
      group.append('text').attr('class', 'event-picture__room')
      group.append('text').attr('class', 'event-picture__heading')
      group.append('text').attr('class', 'event-picture__more')
      return group
    })
    .classed('is-chosen', (group) => group.chosen)
  groups
    .select('.event-picture__hull')
    .attr('visibility', (group) => (group.hull === null ? 'hidden' : null))
    .attr('x', (group) => group.hull?.x ?? 0)
    .attr('y', (group) => group.hull?.y ?? 0)
    .attr('width', (group) => group.hull?.width ?? 0)
    .attr('height', (group) => group.hull?.height ?? 0)
  groups
    .select('.event-picture__room')
    .attr('x', (group) => (group.hull === null ? 0 : group.hull.x + group.hull.width - 8))
    .attr('y', (group) => (group.hull === null ? 0 : group.hull.y + group.hull.height + 13))
    .text((group) => group.hull?.name ?? '')
  groups
    .select('.event-picture__heading')
    .attr('x', width - 8)
    .attr('y', (group) => group.headingY)
    .text((group) => group.heading)
  groups
    .select('.event-picture__more')
    .attr('x', (group) => (group.receivers[0]?.x ?? 0) + 14)
    .attr('y', (group) => group.moreY + 4)
    .text((group) => group.more)
  const receivers = groups
    .selectAll<SVGGElement, PictureReceiver>('g.event-picture__receiver')
    .data(
      (group) => group.receivers,
      (receiver) => receiver.key,
    )
    .join((enter) => {
      const receiver = enter.append('g').attr('class', 'event-picture__receiver')
      receiver.append('path').attr('class', 'event-picture__link')
      receiver.append('rect').attr('class', 'event-picture__hit').attr('height', 24).attr('rx', 6)
      receiver.append('path').attr('class', 'event-picture__line')
      receiver.append('path').attr('class', 'event-picture__solid')
      receiver.append('text').attr('class', 'event-picture__name').attr('x', 14).attr('dy', 4)
      return receiver
    })
  asButton(receivers, ({ packet }) => packet, choose)
  receivers
    .attr('data-heard', (receiver) => receiver.heard)
    .attr('aria-label', (receiver) => receiver.name)
    .classed('is-selected', (receiver) => receiver.packet !== null && receiver.packet === selected)
  receivers.select('.event-picture__link').attr('d', (receiver) => receiver.link)
  const place = (receiver: PictureReceiver) => `translate(${receiver.x} ${receiver.y})`
  receivers
    .select('.event-picture__hit')
    .attr('transform', place)
    .attr('x', -11)
    .attr('y', -12)
    .attr('width', (receiver) => Math.max(40, width - receiver.x - 2))
  receivers
    .select('.event-picture__line')
    .attr('transform', place)
    .attr('d', ({ heard }) => HEARD_MARKS[heard].line)
  receivers
    .select('.event-picture__solid')
    .attr('transform', place)
    .attr('d', ({ heard }) => HEARD_MARKS[heard].solid)
  receivers
    .select('.event-picture__name')
    .attr('transform', place)
    .html('')
    .each(function ({ label, words }) {
      const text = select(this)
      text.append('tspan').attr('class', 'event-picture__id').text(label)
      // With a space between: what is read is what is seen.
      text.append('tspan').attr('dx', 4).text(` ${words}`)
    })

  drawHub(svg, hub)
  drawSender(svg, sender)
  const arrows = [
    { key: 'ask', arrow: picture.ask, head: 1 },
    { key: 'answer', arrow: picture.answer, head: -1 },
  ].flatMap(({ key, arrow, head }) => (arrow === null ? [] : [{ key, head, ...arrow }]))
  drawArrows(svg, arrows, selected, choose)
}

type Root = Selection<SVGSVGElement, unknown, null, undefined>

function drawHub(svg: Root, hub: EventPicture['hub']): void {
  const made = svg
    .selectAll<SVGGElement, EventPicture['hub']>('g.event-picture__hub')
    .data([hub])
    .join((enter) => {
      const group = enter.append('g').attr('class', 'event-picture__hub')
      group.append('rect').attr('rx', 6)
      group.append('text').attr('class', 'event-picture__hub-name').attr('dy', -3)
      group.append('text').attr('class', 'event-picture__hub-heard').attr('dy', 13)
      return group
    })
    .classed('is-unheard', (one) => one.unheard)
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
  made
    .select('rect')
    .attr('x', ({ width }) => -width / 2)
    .attr('y', ({ height }) => -height / 2)
    .attr('width', ({ width }) => width)
    .attr('height', ({ height }) => height)
  made.select('.event-picture__hub-name').text(({ label }) => label)
  made.select('.event-picture__hub-heard').text(({ heard }) => heard)
}

function drawSender(svg: Root, sender: EventPicture['sender']): void {
  const made = svg
    .selectAll<SVGGElement, NonNullable<EventPicture['sender']>>('g.event-picture__sender')
    .data(sender === null ? [] : [sender])
    .join((enter) => {
      const group = enter.append('g').attr('class', 'event-picture__sender').attr('data-layer', 7)
      group.append('circle').attr('r', 12)
      group.append('path').attr('d', 'M-4,-5L5,0L-4,5Z')
      group.append('text').attr('class', 'event-picture__id').attr('dy', 28)
      group.append('text').attr('class', 'event-picture__port').attr('dy', 43)
      return group
    })
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`)
  made.select('.event-picture__id').text(({ label }) => label)
  made.select('.event-picture__port').text(({ port }) => port)
}

type Drawn = PictureArrow & { readonly key: string; readonly head: number }

function drawArrows(
  svg: Root,
  arrows: readonly Drawn[],
  selected: number | null,
  choose: (packet: number | null) => void,
): void {
  const made = svg
    .selectAll<SVGGElement, Drawn>('g.event-picture__arrow')
    .data(arrows, ({ key }) => key)
    .join((enter) => {
      const group = enter.append('g').attr('class', 'event-picture__arrow').attr('data-layer', 7)
      group.append('path').attr('class', 'event-picture__shaft')
      group.append('path').attr('class', 'event-picture__tip')
      group.append('text').attr('class', 'event-picture__label')
      group.append('text').attr('class', 'event-picture__under')
      return group
    })
    .attr('data-state', ({ state }) => state)
    .attr('aria-label', ({ label, under }) => `${label} ${under}`)
    .classed('is-selected', ({ packet }) => packet !== null && packet === selected)
  asButton(made, ({ packet }) => packet, choose)
  made.select('.event-picture__shaft').attr('d', ({ path }) => path)
  made.select('.event-picture__tip').attr('d', ({ path, head }) => {
    const [x = 0, y = 0] = [Number(/H(-?[\d.]+)/.exec(path)?.[1]), Number(/,(-?[\d.]+)/.exec(path)?.[1])]
    return `M${x - head * 7},${y - 4}L${x},${y}L${x - head * 7},${y + 4}Z`
  })
  const above = ({ key }: Drawn) => key === 'ask'
  made
    .select('.event-picture__label')
    .attr('x', ({ x }) => x)
    .attr('y', (arrow) => (above(arrow) ? arrow.y - 20 : arrow.y + 15))
    .text(({ label }) => label)
  made
    .select('.event-picture__under')
    .attr('x', ({ x }) => x)
    .attr('y', (arrow) => (above(arrow) ? arrow.y - 6 : arrow.y + 29))
    .text(({ under }) => under)
}

/** What has a packet opens it, by pointer and by key; the rest is there to be read. */
function asButton<Datum, Parent extends BaseType, ParentDatum>(
  marks: Selection<SVGGElement, Datum, Parent, ParentDatum>,
  packetOf: (datum: Datum) => number | null,
  choose: (packet: number | null) => void,
): void {
  marks
    .attr('role', (datum) => (packetOf(datum) === null ? 'img' : 'button'))
    .attr('tabindex', (datum) => (packetOf(datum) === null ? null : 0))
    .attr('data-packet', packetOf)
    .on('click', (_event, datum) => choose(packetOf(datum)))
    .on('keydown', (event: KeyboardEvent, datum) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      event.stopPropagation()
      choose(packetOf(datum))
    })
}

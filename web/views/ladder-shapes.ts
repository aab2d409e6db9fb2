/** How each of the ladder's marks is drawn into its own group, its y counted from the mark's top. */
import type { Selection } from 'd3-selection'
import { TIME_END } from './ladder-lanes.ts'
import {
  type EpisodeMark,
  type EventMark,
  eventWidth,
  type FoldMark,
  HEIGHT,
  type LadderMark,
  LETTER_RADIUS,
  type PacketMark,
  wordsWidth,
} from './ladder-marks.ts'

export type Content = Selection<SVGGElement, unknown, null | SVGGElement, unknown>

/** With `grounded` the words have a ground of their own: arrows pass behind them. */
export function drawMark(node: Content, mark: LadderMark, grounded: boolean): void {
  node.selectAll('*').remove()
  if (mark.kind !== 'episode') {
    text(node, 'when', TIME_END - 4, (mark.kind === 'packet' ? mark.y1 : mark.y) + 4, 'end', mark.when)
  }
  if (mark.kind === 'packet') drawPacket(node, mark, grounded)
  else if (mark.kind === 'event') drawEvent(node, mark, grounded)
  else if (mark.kind === 'fold') drawFold(node, mark)
  else drawEpisode(node, mark, grounded)
}

function text(node: Content, name: string, x: number, y: number, anchor: string, words: string) {
  return node
    .append('text')
    .attr('class', `ladder__${name}`)
    .attr('x', x)
    .attr('y', y)
    .attr('text-anchor', anchor)
    .text(words)
}

function drawPacket(node: Content, mark: PacketMark, grounded: boolean): void {
  const sign = mark.towards === 'right' ? 1 : -1
  const unseen = mark.unseen ? ' is-unseen' : ''
  const wire = node.append('g').attr('class', `ladder__wire ladder__wire--${mark.shape}${unseen}`)
  if (mark.shape !== 'aside') {
    // The arrow's shaft ends where its head begins, so that a thick shaft does not show at the tip.
    const tip = mark.shape === 'lost' || mark.shape === 'reset' ? 0 : 6
    wire
      .append('path')
      .attr('class', 'ladder__shaft')
      .attr('pathLength', mark.shape === 'again' ? null : 1)
      .attr('d', `M${mark.x1},${mark.y1}L${mark.x2 - sign * tip},${mark.y2}`)
    if (mark.y3 !== null) drawSecond(wire, mark, mark.y3, sign)
    wire.append('path').attr('class', 'ladder__tip').attr('d', tipPath(mark, sign))
    if (mark.shape === 'corrupted') drawHarm(wire, mark)
    drawTail(wire, mark)
  }
  if (grounded) drawGrounds(node, mark)
  const chipX = mark.anchor === 'start' ? mark.textX : mark.textX - 14
  if (mark.shape === 'ack') {
    const label = text(node, 'label', mark.textX, mark.labelY, mark.anchor, '')
    const words = [
      { name: 'ladder__quiet-label', words: mark.label },
      { name: 'ladder__says', words: mark.says.join(' ') },
    ].filter((part) => part.words !== '')
    // The label stands nearest to the sender's lane, whichever side that is.
    for (const [i, part] of (mark.anchor === 'start' ? words : words.reverse()).entries()) {
      label
        .append('tspan')
        .attr('class', part.name)
        .attr('dx', i === 0 ? 0 : 8)
        .text(part.words)
    }
    return
  }
  node
    .append('rect')
    .attr('class', 'ladder__chip')
    .attr('x', chipX)
    .attr('y', mark.labelY - 11.5)
    .attr('width', 14)
    .attr('height', 14)
    .attr('rx', 3)
  text(node, 'chip-number', chipX + 7, mark.labelY - 0.5, 'middle', String(mark.osi))
  const label = text(
    node,
    'label',
    mark.textX + (mark.anchor === 'start' ? 20 : -20),
    mark.labelY,
    mark.anchor,
    mark.label,
  )
  if (mark.tags !== '') label.append('tspan').attr('class', 'ladder__tags').attr('dx', 8).text(mark.tags)
  for (const [i, line] of mark.says.entries()) {
    text(node, 'says', mark.textX, mark.saysY + i * HEIGHT.line, mark.anchor, line)
  }
}

function drawGrounds(node: Content, mark: PacketMark): void {
  const { anchor, textX, labelY, saysY, says, shape } = mark
  const widths = wordsWidth(mark)
  const grounds = [
    { y: labelY - (shape === 'ack' ? 11 : 13), height: shape === 'ack' ? 14 : 18, width: widths.label },
  ]
  if (says.length > 0 && shape !== 'ack') {
    grounds.push({ y: saysY - 12, height: says.length * HEIGHT.line, width: widths.says })
  }
  for (const { y, height, width } of grounds) {
    drawGround(node, { x: anchor === 'start' ? textX - 2 : textX - width + 2, y, width, height })
  }
}

function drawGround(node: Content, box: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>): void {
  const ground = node.append('rect').attr('class', 'ladder__words-ground')
  for (const [name, value] of Object.entries(box)) ground.attr(name, value)
}

/** A duplicated frame arrives twice: a second, thinner arrow. */
function drawSecond(wire: Content, { x1, y1, x2 }: PacketMark, y3: number, sign: number): void {
  wire
    .append('path')
    .attr('class', 'ladder__second')
    .attr('d', `M${x1},${y1}L${x2},${y3}m${-sign * 7},-4l${sign * 7},4l${-sign * 7},4`)
}

/** Where a bit was turned over: a flash across the arrow. */
function drawHarm(wire: Content, { x1, y1, x2, y2 }: PacketMark): void {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2]
  wire
    .append('path')
    .attr('class', 'ladder__harm')
    .attr('d', `M${x + 3},${y - 9}l-7,8h8l-7,9`)
}

function drawTail(wire: Content, mark: PacketMark): void {
  const fromClient = mark.towards === 'right'
  const lettered = mark.letter !== '' && mark.shape !== 'ack'
  if (!lettered || !fromClient) {
    wire.append('circle').attr('class', 'ladder__tail').attr('cx', mark.x1).attr('cy', mark.y1).attr('r', 3)
  }
  // With several flows the letter stands at the client's end of each arrow, whichever way it goes.
  if (!lettered || (mark.shape === 'lost' && !fromClient)) return
  const x = (fromClient ? mark.x1 : mark.x2) - LETTER_RADIUS
  const y = fromClient ? mark.y1 : mark.y2
  wire.append('circle').attr('class', 'ladder__flow').attr('cx', x).attr('cy', y).attr('r', LETTER_RADIUS)
  text(wire, 'flow-letter', x, y + 3.5, 'middle', mark.letter)
}

/** A filled head; two for what is sent again; a cross where it was lost; a bar where it was refused. */
function tipPath({ x2, y2, shape }: PacketMark, sign: number): string {
  const head = (x: number) => `M${x},${y2}l${-sign * 9},-4.5v9z`
  switch (shape) {
    case 'ack':
      return `M${x2 - sign * 6},${y2 - 3.5}L${x2},${y2}L${x2 - sign * 6},${y2 + 3.5}`
    case 'again':
      return head(x2) + head(x2 - sign * 9)
    case 'lost':
      return `M${x2 - 5},${y2 - 5}l10,10m0,-10l-10,10`
    case 'reset':
      return `M${x2 - sign * 3},${y2 - 8}v16M${x2 - sign * 17},${y2 - 5}l10,10m0,-10l-10,10`
    default:
      return head(x2)
  }
}

function drawEvent(node: Content, mark: EventMark, grounded: boolean): void {
  if (grounded) {
    const width = eventWidth(mark)
    drawGround(node, { x: mark.textX - width + 2, y: mark.y - 9, width, height: 18 })
  }
  node
    .append('rect')
    .attr('class', `ladder__event${mark.unheard ? ' is-unheard' : ''}`)
    .attr('x', mark.x - 4.5)
    .attr('y', mark.y - 4.5)
    .attr('width', 9)
    .attr('height', 9)
    .attr('transform', `rotate(45 ${mark.x} ${mark.y})`)
  const words = text(node, 'call', mark.textX, mark.y + 4, 'end', mark.words)
  if (mark.detail !== '') words.append('tspan').attr('class', 'ladder__tags').attr('dx', 8).text(mark.detail)
}

function drawFold(node: Content, mark: FoldMark): void {
  node
    .append('path')
    .attr('class', 'ladder__disclosure')
    .attr('d', `M${mark.textX},${mark.y - 4}l6,4l-6,4z`)
  const words = text(node, 'episode-title', mark.textX + 14, mark.y + 4, 'start', mark.title)
  words.append('tspan').attr('class', 'ladder__episode-detail').attr('dx', 8).text(mark.detail)
  for (const glyph of mark.glyphs) {
    const sign = glyph.towards === 'right' ? 1 : -1
    node
      .append('path')
      .attr('class', 'ladder__glyph')
      .attr('data-layer', glyph.osi)
      .attr('d', `M${glyph.x - sign * 4},${mark.y}h${sign * 8}m${-sign * 3},-3l${sign * 3},3l${-sign * 3},3`)
  }
}

function drawEpisode(node: Content, mark: EpisodeMark, grounded: boolean): void {
  if (grounded && !mark.stacked) {
    const width = 26 + 6.6 * (mark.title.length + mark.detail.length)
    drawGround(node, { x: mark.textX - 2, y: mark.textY - 12, width, height: 17 })
  }
  node
    .append('path')
    .attr('class', 'ladder__bracket')
    .attr('d', `M${mark.x - 4},${mark.y1}h4V${mark.y2}h-4`)
  node
    .append('path')
    .attr('class', 'ladder__disclosure')
    .attr('d', `M${mark.textX},${mark.textY - 6}h8l-4,6z`)
  const title = text(node, 'episode-title', mark.textX + 14, mark.textY, 'start', mark.title)
  if (mark.stacked) text(node, 'episode-detail', mark.textX + 14, mark.textY + 16, 'start', mark.detail)
  else title.append('tspan').attr('class', 'ladder__episode-detail').attr('dx', 8).text(mark.detail)
}

/** The matrix as a picture to take along: its newest lines, and the sockets that were there. */
import { select } from 'd3-selection'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { emissionsOf } from '../lib/emissions.ts'
import { aimOf, cellOf, heardColumns, heardRows, IDLE } from '../lib/who-heard.ts'
import { HEARD_MARKS, SENT_MARK } from './heard-marks.ts'
import { COLUMN_WIDTH, ROW_HEIGHT } from './who-heard-layout.ts'

/** A picture of more could not be looked at. */
const MOST_ROWS = 60
const MOST_COLUMNS = 40
const LABELS = 320
const HEAD = 40

export function whoHeardPicture(
  document: Document,
  events: readonly EventNode[],
  sockets: readonly SocketNode[],
): SVGSVGElement | null {
  const rows = heardRows(emissionsOf(events).list).slice(0, MOST_ROWS)
  if (rows.length === 0) return null
  const oldest = rows.at(-1)?.id ?? 0
  const columns = heardColumns(sockets, oldest).slice(0, MOST_COLUMNS)
  const size = [LABELS + columns.length * COLUMN_WIDTH, HEAD + rows.length * ROW_HEIGHT]
  const svg = select(document.createElementNS('http://www.w3.org/2000/svg', 'svg'))
    .attr('class', 'who-heard__picture')
    .attr('viewBox', `0 0 ${size.join(' ')}`)
  for (const [i, { nsp, socket }] of columns.entries()) {
    const head = svg.append('g').attr('transform', `translate(${LABELS + (i + 0.5) * COLUMN_WIDTH} 14)`)
    head.append('text').attr('class', 'who-heard__picture-id').text(socket.slice(0, 4))
    head.append('text').attr('class', 'who-heard__picture-more').attr('y', 14).text(nsp)
  }
  for (const [i, row] of rows.entries()) {
    const line = svg.append('g').attr('transform', `translate(0 ${HEAD + (i + 0.5) * ROW_HEIGHT})`)
    const { emission, origin } = row
    const name =
      origin === null || origin === emission ? emission.event : `${origin.event} → ${emission.event}`
    line
      .append('text')
      .attr('class', 'who-heard__picture-event')
      .attr('y', 4)
      .text(`${name} to ${aimOf(emission)}`.slice(0, 52))
    for (const [j, socket] of columns.entries()) {
      const { heard, sent, brief } = cellOf(row, socket)
      const cell = line
        .append('g')
        .attr('class', 'heard-mark')
        .attr('data-heard', heard)
        .attr('data-layer', 7)
        .attr('transform', `translate(${LABELS + (j + 0.5) * COLUMN_WIDTH} 0)`)
      const mark = sent && (IDLE.has(heard) || heard === 'left-out') ? null : HEARD_MARKS[heard]
      cell
        .append('path')
        .attr('class', 'heard-mark__line')
        .attr('transform', 'translate(-14 0)')
        .attr('d', mark?.line ?? '')
      cell
        .append('path')
        .attr('class', 'heard-mark__solid')
        .attr('transform', 'translate(-14 0)')
        .attr('d', mark?.solid ?? '')
      if (sent)
        cell
          .append('path')
          .attr('class', 'heard-mark__solid')
          .attr('transform', 'translate(-14 0)')
          .attr('d', SENT_MARK)
      cell.append('text').attr('class', 'who-heard__picture-more').attr('x', 8).attr('y', 4).text(brief)
    }
  }
  return svg.node()
}

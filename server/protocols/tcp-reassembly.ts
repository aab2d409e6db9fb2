/**
 * How messages lie in segments: which bytes of this one belong to a message that began before it or ends behind it,
 * and of which segments a message that ends here was put together.
 */
import type { Message, Segment } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { bytes, frameReference, heading, uint } from './field.ts'
import type { NamedFields } from './protocol.ts'

export const REASSEMBLY_FIELDS = {
  segment_data: bytes('TCP segment data', {
    about: 'Bytes that are no message by themselves: its other parts travel in other segments.',
  }),
  reassembled_in: frameReference('Reassembled PDU in frame', {
    about: 'The packet that brings the rest of the message, where all of it is shown.',
  }),
  segments: heading('Reassembled TCP Segments', {
    about: 'The message that ends here came in several segments.',
  }),
  segment: frameReference('TCP Segment', { about: 'A packet that brought a part of it.' }),
  'segment.count': uint('Segment count', { about: 'In how many segments it came.' }),
  'reassembled.length': uint('Reassembled TCP length', {
    unit: 'bytes',
    about: 'How long the message is, put together.',
  }),
  'reassembled.data': bytes('Reassembled TCP Data', { about: 'The message, put together.' }),
  'pdu.size': uint('PDU Size', {
    unit: 'bytes',
    about: 'The length of a message as its own header states it: how a receiver finds the next.',
  }),
} as const

type Fields = NamedFields<typeof REASSEMBLY_FIELDS>

/** Protocols whose messages Wireshark cuts by their length alone, and says so. */
const CUT_BY_LENGTH = new Set(['websocket', 'dns'])

/** Records that of a segment whose messages are known, its payload being `length` bytes from `start` of this buffer. */
export function putReassembly(c: Cursor, f: Fields, segment: Segment, start: number, length: number): void {
  const { number } = c.packet
  const end = Math.min(c.bytes.length, start + length)
  if (end <= start) return
  // What was there before is not read again: nothing in a spurious one, and all of it one piece in another.
  if (segment.repeats !== 'no') {
    if (segment.repeats === 'awaited') putSegmentData(c, f, start, end)
    return
  }
  let at = start
  for (const message of segment.messages) {
    const last = message.pieces.at(-1)
    if (CUT_BY_LENGTH.has(message.protocol.id)) c.put(f['pdu.size'], message.length)
    if (last === undefined || last.number !== number) continue
    at = last.offset + last.length
    if (message.pieces.length === 1) continue
    putSegmentData(c, f, last.offset, at)
    putSegments(c, f, message)
  }
  if (at >= end || segment.awaits !== true) return
  const { reassembledIn } = segment
  if (reassembledIn !== undefined && reassembledIn !== number) c.put(f.reassembled_in, reassembledIn)
  putSegmentData(c, f, at, end)
}

function putSegmentData(c: Cursor, f: Fields, start: number, end: number): void {
  c.put(f.segment_data, c.bytes.subarray(start, end), start, end)
}

function putSegments(c: Cursor, f: Fields, message: Message): void {
  const whole = c.packet.surroundings.conversations.messageBytes(message)
  c.group(f.segments, '', () => {
    for (const { number } of message.pieces) c.put(f.segment, number)
    c.put(f['segment.count'], message.pieces.length)
    c.put(f['reassembled.length'], message.length)
    if (whole !== undefined) c.put(f['reassembled.data'], whole)
  })
}

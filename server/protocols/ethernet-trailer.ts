/**
 * What stands behind the payload of a frame: padding up to the smallest frame (IEEE 802.3 §3.2.8), a trailer that some
 * device has added, the frame check sequence. None of them says what it is; these are Wireshark's rules of thumb.
 */
import { UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { bytes, type Field, heading, hex32, uint } from './field.ts'
import type { Next } from './protocol.ts'

/** Shorter frames are padded to 60 bytes, 64 with the frame check sequence. */
const SMALLEST_FRAME = 60
const FCS = 4

export const padding = bytes('Padding', {
  spec: 'IEEE 802.3 §3.2.8',
  about:
    'Zeros that fill a short frame up to 60 bytes, so that a collision on old cables was always noticed.',
})
export const paddingBad = heading('Padding identification may be inaccurate', {
  spec: 'IEEE 802.3 §3.2.8',
  about: 'A short frame has a trailer: how much of it is padding, if any, is a guess.',
})
export const trailer = bytes('Trailer', { about: 'Bytes behind the payload that are not padding.' })
export const fcs = hex32('Frame check sequence', {
  spec: 'IEEE 802.3 §3.2.9',
  about: 'A CRC over the frame, by which the card finds damage; rarely handed on to a capture.',
})
export const fcsStatus = uint('FCS Status', {
  values: { 0: 'Bad', 1: 'Good', 2: 'Unverified' },
  about: 'What came out when the check sequence was computed here: it is not, since most are none.',
})

export interface TrailerFields {
  readonly padding: Field<Uint8Array>
  readonly padding_bad: Field<string>
  readonly trailer: Field<Uint8Array>
  /** Left out where the capture never has a frame check sequence. */
  readonly fcs?: Field<number>
  readonly fcsStatus?: Field<number>
}

/** Carries the payload that begins at the cursor, and shows what is left behind it. */
export function carryWithTrailer(c: Cursor, f: TrailerFields, next: Next, end = c.wireEnd): void {
  const start = c.pos
  const kept = Math.min(end, c.end)
  // Only the payload knows where it ends, unless the frame says it.
  const told = c.carryNext(next, start, kept)
  const payloadEnd = end < c.wireEnd ? end : told
  if (c.recording && payloadEnd < c.wireEnd) putTrailer(c, f, payloadEnd)
}

/** Shows the bytes from `start` to the frame's end. */
function putTrailer(c: Cursor, f: TrailerFields, start: number): void {
  const length = c.packet.originalLength
  let at = start
  // Padding fills the frame as a whole: tags and cooked headers count.
  const wanted = SMALLEST_FRAME - (length - (c.wireEnd - start))
  const mayPad = length >= SMALLEST_FRAME && wanted > 0
  if (mayPad && isZero(c.bytes, start, Math.min(start + wanted, c.end))) {
    // Whether the rest is padding as well can't be said of bytes that were not captured.
    if (start + wanted > c.end) return
    at = start + wanted
    c.put(f.padding, c.bytes.subarray(start, at), start, at)
  }
  // From 64 bytes on nothing needs padding: four bytes at the end are then the check sequence.
  const checked = f.fcs !== undefined && length >= SMALLEST_FRAME + FCS && c.wireEnd - at >= FCS
  const trailerEnd = Math.min(c.end, checked ? c.wireEnd - FCS : c.wireEnd)
  if (at < trailerEnd) {
    c.put(f.trailer, c.bytes.subarray(at, trailerEnd), at, trailerEnd)
    if (mayPad && at === start) c.put(f.padding_bad, '', at, trailerEnd)
  }
  if (checked && c.wireEnd <= c.end && f.fcs !== undefined) {
    c.put(f.fcs, c.view.getUint32(c.wireEnd - FCS), c.wireEnd - FCS, c.wireEnd)
    if (f.fcsStatus !== undefined) c.put(f.fcsStatus, UNVERIFIED, c.wireEnd - FCS, c.wireEnd)
  }
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false
  return true
}

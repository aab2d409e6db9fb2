/**
 * What IPv4 and IPv6 say alike of a packet that travels in fragments, and of the whole that is put together of them
 * (RFC 791 §3.2, RFC 8200 §4.5).
 */
import type { Reassembly, ReassemblyPiece } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { boolean, bytes, type Field, frameReference, heading, uint } from './field.ts'
import type { Next } from './protocol.ts'

const spec = 'RFC 791 §3.2, RFC 8200 §4.5'

/** Field declarations for one of the two, whose names they get there. */
export const fragmentSpecs = (name: string) => ({
  fragment: frameReference(`${name} Fragment`, { spec, about: 'A packet that carried a part of the whole.' }),
  error: frameReference('Defragmentation error', {
    spec,
    about: 'A packet whose part contradicts the others: two fragments claim the same bytes, or two the end.',
  }),
  overlap: boolean('Fragment overlap', {
    spec: 'RFC 5722',
    about: 'It covers bytes that another fragment had as well; IPv6 forbids that, since it served attacks.',
  }),
  conflict: boolean('Conflicting data in fragment overlap', {
    spec: 'RFC 5722',
    about: 'The bytes that both had are not the same: somebody wants two readers to see two packets.',
  }),
  multipleTails: boolean('Multiple tail fragments found', {
    spec,
    about: 'It says that it is the last, and ends elsewhere than the last one seen before.',
  }),
  tooLong: boolean('Fragment too long', { spec, about: 'It reaches past the end that the last one told.' }),
  count: uint('Fragment count', { spec, about: 'In how many fragments the packet travelled.' }),
  length: uint(`Reassembled ${name} length`, {
    spec,
    unit: 'bytes',
    about: 'Bytes of the payload that was put together.',
  }),
  data: bytes(`Reassembled ${name} data`, { spec, about: 'The payload that was put together.' }),
  reassembledIn: frameReference(`Reassembled ${name} in frame`, {
    spec,
    about: 'The packet in which the last missing fragment came: there the whole is read.',
  }),
})

/** Those of IPv4: the parent of the list is the bytes; IPv6's is a heading, as in Wireshark. */
export const ipv4Fragments = bytes('IPv4 Fragments', {
  spec,
  about: 'The fragments of which the payload was put together.',
})
export const ipv6Fragments = heading('IPv6 Fragments', {
  spec,
  about: 'The fragments of which the payload was put together.',
})

/** The declared fields by what they are for. */
export interface FragmentFields {
  readonly fragments: Field<Uint8Array> | Field<string>
  readonly fragment: Field<number>
  readonly error: Field<number>
  readonly overlap: Field<boolean>
  readonly conflict: Field<boolean>
  readonly multipleTails: Field<boolean>
  readonly tooLong: Field<boolean>
  readonly count: Field<number>
  readonly length: Field<number>
  readonly data: Field<Uint8Array>
  readonly reassembledIn: Field<number>
}

/** A fragment's place in the whole, as its header says. */
export interface FragmentHeader {
  readonly id: number
  /** What the whole is; not told apart in IPv6 (RFC 8200 §4.5). */
  readonly protocol: number
  readonly offset: number
  readonly length: number
  readonly more: boolean
}

/**
 * Takes the fragment in that begins at the cursor. In the packet that completes the whole it shows the fragments and
 * dissects the payload from a buffer of its own: true. Elsewhere the bytes are still to be shown: false.
 */
export function joinFragments(
  c: Cursor,
  f: FragmentFields,
  header: FragmentHeader,
  name: string,
  next: Next,
): boolean {
  const { packet } = c
  const { source, destination } = packet
  const reassembly = c.remember(() => {
    const { id, protocol, offset, length, more } = header
    const piece = { offset: c.pos, bytes: c.buffer === 0 ? undefined : c.bytes }
    return packet.surroundings.conversations.fragment(
      { number: packet.number, nanos: packet.nanos },
      { source, destination, protocol, id, offset, length, more, piece },
    )
  })
  const { bytes: whole, reassembledIn } = reassembly
  if (whole === undefined || reassembledIn === undefined) return false
  if (reassembledIn !== packet.number) {
    c.put(f.reassembledIn, reassembledIn)
    return false
  }
  const buffer = packet.addBuffer(name, whole)
  putFragments(c, f, reassembly, whole)
  const { fragmented } = packet
  packet.fragmented = false
  packet.nestNext(next, buffer, 0, whole.length)
  packet.fragmented = fragmented
  return true
}

function putFragments(c: Cursor, f: FragmentFields, reassembly: Reassembly, whole: Uint8Array): void {
  if (!c.recording) return
  const { pieces } = reassembly
  const list = () => {
    for (const piece of pieces) putPiece(c, f, piece)
    c.put(f.count, pieces.length)
    c.put(f.length, whole.length)
    c.put(f.data, whole)
  }
  const text = `${pieces.length} fragments, ${whole.length} bytes`
  if (f.fragments.type === 'bytes') c.group(f.fragments as Field<Uint8Array>, whole, list, text)
  else c.group(f.fragments as Field<string>, '', list, text)
}

function putPiece(c: Cursor, f: FragmentFields, piece: ReassemblyPiece): void {
  const { number, offset, length, overlap, conflict, multipleTails, tooLong } = piece
  const text = length === 0 ? `${number} (no data)` : `${number}, bytes ${offset} to ${offset + length - 1}`
  const wrong = conflict || multipleTails || tooLong
  c.group(
    wrong ? f.error : f.fragment,
    number,
    () => {
      if (overlap) c.put(f.overlap, true)
      if (conflict) c.put(f.conflict, true)
      if (multipleTails) c.put(f.multipleTails, true)
      if (tooLong) c.put(f.tooLong, true)
    },
    text,
  )
}

/** A stream protocol for tests: one byte of length, then that many bytes. */
import { bytes, u8 } from '../../server/protocols/field.ts'
import { streamProtocol } from '../../server/protocols/protocol.ts'

export const lengthPrefixed = streamProtocol({
  id: 'test',
  name: 'Length-prefixed messages',
  osi: 7,
  unit: 'message',
  spec: 'none',
  about: 'Made for tests.',
  fields: { len: u8('Length'), body: bytes('Body') },
  dissect(c, f) {
    const length = c.take(f.len)
    c.takeBytes(f.body, length)
    return undefined
  },
  frameLength: (held) => (held[0] === undefined ? undefined : 1 + held[0]),
})

/** A message of four bytes of length and a body, for bodies beyond what is kept. */
export const longPrefixed = streamProtocol({
  id: 'test',
  name: 'Length-prefixed messages',
  osi: 7,
  unit: 'message',
  spec: 'none',
  about: 'Made for tests.',
  fields: { body: bytes('Body') },
  dissect(c, f) {
    c.takeBytes(f.body, c.left)
    return undefined
  },
  frameLength: (held) =>
    held.length < 4 ? undefined : 4 + new DataView(held.buffer, held.byteOffset).getUint32(0),
})

/** Ends only with the stream, as the body of an HTTP/1.0 response. */
export const untilClose = streamProtocol({
  id: 'test',
  name: 'Until close',
  osi: 7,
  unit: 'message',
  spec: 'none',
  about: 'Made for tests.',
  fields: { body: bytes('Body') },
  dissect(c, f) {
    c.takeBytes(f.body, c.left)
    return undefined
  },
  frameLength: (held, { ended }) => (ended ? held.length : undefined),
})

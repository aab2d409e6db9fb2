/**
 * The hello of SSL 2, by which clients of the nineties offered later versions as well, RFC 5246 appendix E.2.
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |1|           Length            |  Message type |   Version …
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   … Version      |       Cipher spec length      |  Session id …
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   … length       |        Challenge length       |  specs, id, challenge
 */
import type { Cursor } from './cursor.ts'
import { list } from './tls-extensions.ts'
import type { TlsFields } from './tls-fields.ts'

export function dissectSsl2Hello(c: Cursor, f: TlsFields): undefined {
  // It is of no further use, but every first pass over a message remembers something.
  c.remember(() => null)
  if (!c.recording) return undefined
  c.packet.column = 'SSLv2'
  const start = c.pos
  const length = c.view.getUint16(start) & 0x7fff
  const body = () => {
    c.put(f['record.length'], length, start, start + 2)
    c.pos = start + 2
    c.group(f.handshake, '', () => hello(c, f), 'Handshake Protocol: Client Hello')
  }
  c.group(f.record, '', body, 'SSLv2 Record Layer: Client Hello')
  c.info('Client Hello')
  return undefined
}

function hello(c: Cursor, f: TlsFields): void {
  c.take(f['handshake.type'])
  c.take(f['handshake.version'])
  const ciphers = c.take(f['handshake.cipher_spec_len'])
  const session = c.glance(f['handshake.cipher_spec_len'])
  c.put(f['handshake.session_id_length'], session, c.pos, c.pos + 2)
  c.skip(2)
  const challenge = c.take(f['handshake.challenge_length'])
  list(c, c.pos + ciphers, f['handshake.ciphersuites'], undefined, () => c.take(f['handshake.cipherspec']))
  if (session > 0) c.takeBytes(f['handshake.session_id'], session)
  c.put(f['handshake.challenge'], '', c.pos, c.pos + challenge)
  c.skip(challenge, 'Challenge')
}

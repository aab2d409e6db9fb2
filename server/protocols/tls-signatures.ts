/** The code of a signature, which TLS 1.2 wrote in two bytes with a meaning each (RFC 5246 §7.4.1.4.1, RFC 8446 §4.2.3). */
import type { Cursor } from './cursor.ts'
import { SIGNATURE_HASHES, SIGNATURE_KINDS, SIGNATURE_SCHEMES } from './tls-crypto-values.ts'
import type { TlsFields } from './tls-fields.ts'

export function takeSignatureScheme(c: Cursor, f: TlsFields): void {
  const code = c.glance(f['handshake.sig_hash_alg'])
  const halves = () => {
    c.take(f['handshake.sig_hash_hash'])
    c.take(f['handshake.sig_hash_sig'])
  }
  c.group(f['handshake.sig_hash_alg'], code, halves, nameOf(code))
}

function nameOf(code: number): string {
  const hash = SIGNATURE_HASHES[(code >> 8) as keyof typeof SIGNATURE_HASHES] ?? 'Unknown'
  const kind = SIGNATURE_KINDS[(code & 0xff) as keyof typeof SIGNATURE_KINDS] ?? 'Unknown'
  return `${SIGNATURE_SCHEMES[code] ?? `${hash} ${kind}`} (0x${code.toString(16).padStart(4, '0')})`
}

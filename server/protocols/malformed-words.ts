/** What the error layer says of a dissection that came to an end too early. */
import { Malformed } from './cursor.ts'
import type { AnyProtocol } from './protocol.ts'

/** `undefined` where missing bytes are no error. */
export function explained(
  error: unknown,
  inner: AnyProtocol,
  packet: { readonly quoted: boolean; readonly fragmented: boolean },
): string | undefined {
  if (!(error instanceof Malformed)) return `defect in the ${inner.id} dissector: ${error}`
  if (error.reason === 'missing') {
    // An ICMP error need quote no more than the first 8 bytes behind the IP header (RFC 792).
    if (packet.quoted) return undefined
    if (packet.fragmented) return `${error.message}; the rest travels in other fragments`
  }
  return error.message
}

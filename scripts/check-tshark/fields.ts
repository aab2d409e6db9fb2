/** Which fields are compared: all that a protocol of ours declares and that this tshark knows by the same name. */
import type { AnyProtocol } from '../../server/protocols/protocol.ts'
import { PROTOCOLS } from '../../server/protocols/stack.ts'

export interface ComparedField {
  readonly name: string
  /** The protocol of ours that declares it. */
  readonly protocol: string
}

const IDS = new Set(PROTOCOLS.map(({ id }) => id))

/** Our fields and their aliases, each with the first protocol that declares it. */
export function declaredFields(protocols: readonly AnyProtocol[] = PROTOCOLS): ComparedField[] {
  const found = new Map<string, ComparedField>()
  for (const { id, fields } of protocols) {
    for (const { name, aliases = [] } of Object.values(fields)) {
      for (const each of [name, ...aliases]) {
        if (!found.has(each)) found.set(each, { name: each, protocol: id })
      }
    }
  }
  return [...found.values()]
}

/** Shown by tshark only where an option asks for it, which none does here. */
const ON_REQUEST: ReadonlySet<string> = new Set(['data.text'])

/**
 * Those that tshark has as well, and only of the wanted protocols if any are named. What begins with `_ws.` is
 * tshark's own talk about a packet, and no field of a protocol.
 */
export function comparedFields(known: ReadonlySet<string>, wanted: readonly string[] = []): ComparedField[] {
  return declaredFields().filter(
    ({ name, protocol }) =>
      known.has(name) &&
      !IDS.has(name) &&
      !ON_REQUEST.has(name) &&
      !name.startsWith('_ws.') &&
      (wanted.length === 0 || wanted.includes(protocol)),
  )
}

/** What tshark shows for a body or a note, and what names no protocol: none of these carries one that we know. */
const BODIES =
  /^(frame|ethertype|data-text-lines|media|xml|text|urlencoded-form|image-\w+|png|mime_multipart|x509\w*|pkix\w*|pkcs\w*|cms|ocsp|ntlmssp|spnego|gss-api|pkt_comment|fake-field-wrapper|_ws\..*)$/

/** What `frame.protocols` says of protocols that we don't cover. */
export interface Uncovered {
  /** Some bytes of the packet are read by tshark, and data for us. */
  readonly some: boolean
  /** Protocols that we do cover stand inside one that we don't: a tunnel. */
  readonly carrying: boolean
}

/** Judges tshark's `frame.protocols`, such as `eth:ethertype:ip:gre:ip:tcp`. */
export function uncovered(protocols: string): Uncovered {
  let some = false
  let carrying = false
  for (const name of protocols.split(':')) {
    if (BODIES.test(name)) continue
    if (!IDS.has(name)) some = true
    else if (some) carrying = true
  }
  return { some, carrying }
}

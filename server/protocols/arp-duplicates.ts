/** Two interfaces that claim the same address (RFC 5227 §2.4), found as Wireshark finds them: by what ARP says of each. */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'

/** What an ARP packet between Ethernet and IPv4 says. */
interface Said {
  readonly opcode: number
  readonly sender: string
  readonly senderMac: string
  readonly target: string
  readonly targetMac: string
}

interface Claim {
  readonly mac: string
  number: number
  /** Seconds since 1970. */
  second: number
}

interface DuplicateFields {
  readonly 'duplicate-address-detected': Field<string>
  readonly 'duplicate-address-frame': Field<number>
  readonly 'seconds-since-duplicate-address-frame': Field<number>
}

const REQUEST = 1
const REPLY = 2
/** Addresses remembered; the oldest go first. */
const MAX_CLAIMS = 10_000
const NOBODY = '00:00:00:00:00:00'
const SECOND = 1_000_000_000n

/** Takes what a packet says into account, and shows who said otherwise before. */
export function putDuplicates(c: Cursor, f: DuplicateFields, said: Said): void {
  if (said.opcode !== REQUEST && said.opcode !== REPLY) return
  const conflict = c.remember(() => conflictOf(c, said))
  if (conflict === undefined) return
  c.group(f['duplicate-address-detected'], '', () => {
    c.put(f['duplicate-address-frame'], conflict.number)
    c.put(f['seconds-since-duplicate-address-frame'], conflict.seconds)
  })
}

function conflictOf(c: Cursor, said: Said): { number: number; seconds: number } | undefined {
  const claims = c.packet.surroundings.conversations.shared<Map<string, Claim>>('arp', '', () => new Map())
  const { number, time } = c.packet
  const second = Number(time / SECOND)
  const note = (address: string, mac: string): Claim | undefined => {
    const known = claims.get(address)
    if (known !== undefined && known.mac !== mac) return known
    if (known !== undefined) Object.assign(known, { number, second })
    else {
      const [oldest] = claims.keys()
      if (claims.size >= MAX_CLAIMS && oldest !== undefined) claims.delete(oldest)
      claims.set(address, { mac, number, second })
    }
    return undefined
  }
  let found =
    isOne(said.senderMac) && said.sender !== '0.0.0.0' ? note(said.sender, said.senderMac) : undefined
  // In a request the target's address is what is asked for.
  if (found === undefined && said.opcode === REPLY && isOne(said.targetMac) && said.target !== '0.0.0.0')
    found = note(said.target, said.targetMac)
  return found === undefined ? undefined : { number: found.number, seconds: second - found.second }
}

/** Whether it is the address of one interface, not of a group, nor left open. */
function isOne(mac: string): boolean {
  return mac !== NOBODY && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0
}

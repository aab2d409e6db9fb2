/** Two interfaces that claim the same address (RFC 5227 §2.4), found as Wireshark finds them: by what ARP says of each. */
import type { ArpPacket } from './arp.ts'
import type { Conversations } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'

interface Claim {
  readonly mac: number
  number: number
  /** Seconds since 1970. */
  second: number
}

/** Who said otherwise before, and how long ago that was. */
interface Conflict {
  readonly number: number
  readonly seconds: number
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
const NOBODY = 0
const SECOND = 1_000_000_000n

/** Whether the packet says which interface has which address. */
export const claims = ({ opcode }: ArpPacket): boolean => opcode === REQUEST || opcode === REPLY

/** Takes what a packet says into account, and shows who said otherwise before. */
export function putDuplicates(c: Cursor, f: DuplicateFields, said: ArpPacket): void {
  if (!claims(said)) return
  const { surroundings, number, time } = c.packet
  const conflict = c.remember(() =>
    takeClaims(surroundings.conversations, said, number, Number(time / SECOND)),
  )
  if (conflict === undefined) return
  c.group(f['duplicate-address-detected'], '', () => {
    c.put(f['duplicate-address-frame'], conflict.number)
    c.put(f['seconds-since-duplicate-address-frame'], conflict.seconds)
  })
}

/** Takes what packet `number` says into account; `second` is when it came, since 1970. */
export function takeClaims(
  conversations: Conversations,
  said: ArpPacket,
  number: number,
  second: number,
): Conflict | undefined {
  const { opcode, senderAddress, senderMac, targetAddress, targetMac } = said
  const known = conversations.shared<Map<number, Claim>>('arp', '', () => new Map())
  let found =
    isOne(senderMac) && senderAddress !== 0
      ? note(known, senderAddress, senderMac, number, second)
      : undefined
  // In a request the target's address is what is asked for.
  if (found === undefined && opcode === REPLY && isOne(targetMac) && targetAddress !== 0)
    found = note(known, targetAddress, targetMac, number, second)
  return found === undefined ? undefined : { number: found.number, seconds: second - found.second }
}

/** Answers with the claim that contradicts this one. */
function note(
  claimed: Map<number, Claim>,
  address: number,
  mac: number,
  number: number,
  second: number,
): Claim | undefined {
  const known = claimed.get(address)
  if (known === undefined) {
    if (claimed.size >= MAX_CLAIMS) {
      const [oldest] = claimed.keys()
      if (oldest !== undefined) claimed.delete(oldest)
    }
    claimed.set(address, { mac, number, second })
    return undefined
  }
  if (known.mac !== mac) return known
  known.number = number
  known.second = second
  return undefined
}

/** Whether it is the address of one interface, not of a group, nor left open. */
const isOne = (mac: number): boolean => mac !== NOBODY && (Math.floor(mac / 2 ** 40) & 1) === 0

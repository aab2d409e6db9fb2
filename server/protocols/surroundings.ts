/** Everything around a packet that a dissector may need. */
import type { Conversations, Inflaters } from './conversation.ts'
import type { Stack } from './stack.ts'
import type { Ciphers, KeyLog } from './tls-keys.ts'

/** The protocols whose checksums are verified: tshark's `ip.check_checksum` and the like. ICMP's always are. */
export interface Verified {
  readonly ip?: boolean
  readonly tcp?: boolean
  readonly udp?: boolean
}

export interface Surroundings {
  readonly stack: Stack
  readonly conversations: Conversations
  readonly inflate: Inflaters
  /** For TLS; what is sealed stays so without them. */
  readonly ciphers?: Ciphers | undefined
  readonly secrets?: KeyLog | undefined
  /** Time of the capture's first packet. */
  readonly start?: bigint | undefined
  /** Whose checksums are verified although the frames may have met a card that finishes them later. */
  readonly verify?: Verified | undefined
  /** When another packet was captured, nanoseconds since 1970; undefined when it is not held. */
  timeOf?(number: number): bigint | undefined
}

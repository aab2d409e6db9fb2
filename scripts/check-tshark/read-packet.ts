/** What either reader says of one packet. */
export interface ReadPacket {
  readonly number: number
  /** tshark's `frame.protocols`; empty from our reader, which isn't judged by it. */
  readonly protocols: string
  /** Printed values by field, in the order in which they stand; fields without any are left out. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** The same of what rides in a protocol that tshark has not. */
  readonly inside?: ReadonlyMap<string, readonly string[]>
}

/** A packet and its values as tshark prints them with `-T fields`: several of one field have commas between them. */
export interface PrintedSample {
  readonly name: string
  /** Hex; on Ethernet, captured at START_TIME. */
  readonly bytes: string
  readonly printed: Readonly<Record<string, string>>
}

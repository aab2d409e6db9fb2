/** What a capture file says of a packet beside its time and bytes. */

export interface FileRecord {
  readonly interface: FileInterface
  /** What people and programs wrote beside it; not what Wirelab itself did. */
  readonly comments: readonly string[]
  /** Bytes that are held for this packet alone. */
  readonly kept: number
}

export interface FileInterface {
  /** Counted from 0 in its section. */
  readonly id: number
  /** Counted from 1 in its file. */
  readonly section: number
  readonly name: string | undefined
  readonly description: string | undefined
}

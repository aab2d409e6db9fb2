/** What the first pass finds out about a record: kept with the packet. */
import type { InnerStream, Message } from './conversation.ts'

/** A handshake message, or a part of one, among a record's content. Offsets are into that content. */
export type HandshakePart =
  | { readonly kind: 'whole'; readonly start: number; readonly end: number }
  /** Its end; the whole message is in `bytes`. */
  | {
      readonly kind: 'end'
      readonly start: number
      readonly end: number
      readonly bytes: Uint8Array
      readonly frames: readonly number[]
    }
  /** Not the end: that is in packet `place.frame`, 0 if it never came. */
  | {
      readonly kind: 'part'
      readonly start: number
      readonly end: number
      readonly place: { readonly frame: number }
    }
  /** Sealed, or broken. */
  | { readonly kind: 'unread'; readonly start: number; readonly end: number }

/** What a record carries of the stream inside. */
export interface InnerPart {
  readonly stream: InnerStream
  /** Those that this record completed. */
  readonly messages: Message[]
  /** What their dissectors remember: not among the packet's, since a record may be opened after its packet was read. */
  readonly memory: unknown[]
}

export class RecordFound {
  readonly fromClient: boolean
  /** What the connection speaks: as agreed, else as this record says. */
  version: number
  /** The suite agreed on; 0 while there is none. */
  suite = 0
  /** In TLS 1.3 not the header's, where the record could be opened. */
  content: number
  /** Its content can't be read as it stands. */
  sealed = false
  /** The content, where it was opened. */
  plain: Uint8Array | undefined
  /** The key log's label of the secret that opened it. */
  label = ''
  parts: readonly HandshakePart[] = NO_PARTS
  /** What travels inside, by ALPN. */
  protocol: string | undefined
  inner: InnerPart | undefined
  note: string | undefined

  constructor(fromClient: boolean, content: number, version: number) {
    this.fromClient = fromClient
    this.content = content
    this.version = version
  }

  /** Bytes kept here beside the frame. */
  get kept(): number {
    let kept = this.plain?.length ?? 0
    for (const part of this.parts) if (part.kind === 'end') kept += part.bytes.length
    if (this.inner === undefined) return kept
    for (const remembered of this.inner.memory) kept += BYTES_EACH + bytesKept(remembered)
    return kept + this.inner.messages.length * BYTES_EACH
  }
}

export const NO_PARTS: readonly HandshakePart[] = []
/** About what each remembered thing and each message takes. */
const BYTES_EACH = 128

function bytesKept(remembered: unknown): number {
  if (typeof remembered !== 'object' || remembered === null || !('kept' in remembered)) return 0
  return typeof remembered.kept === 'number' ? remembered.kept : 0
}

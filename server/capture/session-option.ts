/**
 * How what Wirelab tells lies in a capture file: as pcapng custom options of text, which may be copied by programs that
 * don't know them (draft-ietf-opsawg-pcapng §3.5.1, code 2988), on the packets that they are about.
 *
 *  | 2988 | length | 32473 (4 bytes) | `wirelab/1 ` and JSON |
 *
 * An item longer than an option holds goes on in the next: `wirelab/1+` and so much of its JSON for each but the last.
 * 32473 is RFC 5612's enterprise number for documentation, which anybody may use: the words behind it say whose it is.
 */
import { messageOf } from '../errors.ts'
import { asSessionItem, type SessionItem } from './session-item.ts'

export const ENTERPRISE = 32473
const WHOLE = new TextEncoder().encode('wirelab/1 ')
const PART = new TextEncoder().encode('wirelab/1+')
/** Of JSON in one option: its length has 16 bits, and is padded to 4. */
const MAX_PART = 60_000
/** Of JSON in one item. */
export const MAX_ITEM = 512 * 1024

/** The values of the options that hold an item, without their enterprise number. */
export function sessionTexts(item: SessionItem): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(item))
  const parts: Uint8Array[] = []
  for (let at = 0; at === 0 || at < json.length; at += MAX_PART) {
    const last = at + MAX_PART >= json.length
    parts.push(Buffer.concat([last ? WHOLE : PART, json.subarray(at, at + MAX_PART)]))
  }
  return parts
}

/** Puts items together again from options as they come; the text of others is none of ours. */
export class SessionTexts {
  readonly #onItem: (item: SessionItem) => void
  readonly #onProblem: (what: string) => void
  #parts: Uint8Array[] = []
  #length = 0

  constructor(onItem: (item: SessionItem) => void, onProblem: (what: string) => void) {
    this.#onItem = onItem
    this.#onProblem = onProblem
  }

  /** A value without its enterprise number; false when it isn't ours. The bytes are not kept beyond the item's end. */
  take(value: Uint8Array): boolean {
    const part = begins(value, PART)
    if (!part && !begins(value, WHOLE)) {
      if (begins(value, WHOLE.subarray(0, 8))) {
        this.#onProblem(`an item of another version: ${new TextDecoder().decode(value.subarray(0, 12))}`)
        return true
      }
      return false
    }
    const json = value.subarray(WHOLE.length)
    this.#length += json.length
    if (this.#length <= MAX_ITEM) this.#parts.push(json)
    else this.#parts = []
    if (!part) this.#conclude()
    return true
  }

  #conclude(): void {
    const item = this.#item()
    this.#parts = []
    this.#length = 0
    if (typeof item === 'string') this.#onProblem(item)
    else this.#onItem(item)
  }

  /** The item, or why there is none. */
  #item(): SessionItem | string {
    if (this.#length > MAX_ITEM) return `an item of ${this.#length} bytes, where ${MAX_ITEM} is the most`
    try {
      return asSessionItem(JSON.parse(Buffer.concat(this.#parts).toString()))
    } catch (error) {
      return `an item that is no JSON: ${messageOf(error)}`
    }
  }
}

function begins(value: Uint8Array, mark: Uint8Array): boolean {
  return value.length >= mark.length && mark.every((byte, at) => value[at] === byte)
}

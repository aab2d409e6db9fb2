/**
 * Text written as bytes: what a line of the packet list is made of on the fast path. A string of numbers and words is
 * half a dozen allocations, and is encoded once more when it is printed; this is neither.
 */

const ZERO = 0x30
const LETTER_A = 0x61
const LAST_ASCII = 0x7f
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** From one end to the other. */
export const TO = encoder.encode(' → ')

export class Ink {
  /** UTF-8, up to `at`. Another array when it had to grow. */
  bytes: Uint8Array
  at = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  /** Makes sure that so many bytes can be written without looking: the writers below rely on it. */
  room(length: number): void {
    if (this.at + length <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + length))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
  }

  byte(value: number): void {
    this.bytes[this.at++] = value
  }

  /** Text whose characters are all below U+0080. */
  ascii(text: string): void {
    const { bytes } = this
    let at = this.at
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
    this.at = at
  }

  /** Any text; makes its own room. */
  text(text: string): void {
    this.room(text.length)
    const { bytes, at: start } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > LAST_ASCII) {
        this.#encode(text)
        return
      }
      bytes[start + i] = code
    }
    this.at = start + text.length
  }

  #encode(text: string): void {
    const encoded = encoder.encode(text)
    this.room(encoded.length)
    this.bytes.set(encoded, this.at)
    this.at += encoded.length
  }

  /** Bytes that are UTF-8 already. */
  copy(from: Uint8Array, start = 0, end = from.length): void {
    const { bytes } = this
    let at = this.at
    for (let i = start; i < end; i++) bytes[at++] = from[i] ?? 0
    this.at = at
  }

  /** An integer from 0 up to 2^53, in decimal digits. */
  decimal(value: number): void {
    if (value >= 0x4000_0000) {
      const high = Math.floor(value / 1e9)
      this.decimal(high)
      this.digits(value - high * 1e9, 9)
      return
    }
    let width = 1
    for (let bound = 10; value >= bound && width < 10; bound *= 10) width++
    this.digits(value, width)
  }

  /** The last `width` decimal digits of an integer below 2^30, or 10^9 where nine are asked for. */
  digits(value: number, width: number): void {
    const { bytes } = this
    let rest = value | 0
    for (let at = this.at + width - 1; at >= this.at; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = ZERO + rest - tenth * 10
      rest = tenth
    }
    this.at += width
  }

  /** The last `width` hexadecimal digits of an integer of at most 32 bits. */
  hex(value: number, width: number): void {
    const { bytes } = this
    let rest = value
    for (let at = this.at + width - 1; at >= this.at; at--) {
      const digit = rest & 0xf
      bytes[at] = digit < 10 ? ZERO + digit : LETTER_A - 10 + digit
      rest >>>= 4
    }
    this.at += width
  }

  /** A number right-aligned in so many characters, or as many as it takes. */
  padded(value: number, width: number): void {
    let bound = 10
    let digits = 1
    while (value >= bound && digits < 16) {
      bound *= 10
      digits++
    }
    for (let i = digits; i < width; i++) this.bytes[this.at++] = 0x20
    this.decimal(value)
  }

  /** What was written from `start` on. */
  from(start: number): string {
    return decoder.decode(this.bytes.subarray(start, this.at))
  }
}

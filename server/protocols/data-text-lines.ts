/** Text that nobody reads further, line by line (Wireshark's `data-text-lines`): a body of HTTP, a WebSocket message. */
import { type Cursor, decodeText } from './cursor.ts'
import { text } from './field.ts'
import { protocol } from './protocol.ts'

/** What the carrier says of the text. */
export interface TextTold {
  /** As `Content-Type` names it; UTF-8 when left out. */
  readonly charset: string | undefined
}

/** No more lines than these are shown one by one; what is left is one piece. */
const MAX_LINES = 1000
const LF = 0x0a

export const dataTextLines = protocol({
  id: 'data-text-lines',
  name: 'Line-based text data',
  osi: 6,
  unit: 'data',
  spec: 'none',
  about: 'Characters as bytes, in an encoding that both sides know of.',
  fields: {
    line: text('Line', { about: 'One line, read in the charset that was named; UTF-8 where none was.' }),
  },
  dissect(c, f) {
    if (c.recording) {
      const decode = decoderOf(c)
      for (let shown = 1; c.left > 0; shown++) {
        const lf = c.bytes.subarray(c.pos, c.end).indexOf(LF)
        const end = lf < 0 || shown === MAX_LINES ? c.end : c.pos + lf + 1
        c.put(f.line, decode(c.bytes.subarray(c.pos, end)), c.pos, end)
        c.pos = end
      }
    }
    c.pos = c.end
    return undefined
  },
  wordy: true,
})

function decoderOf(c: Cursor): (bytes: Uint8Array) => string {
  const { charset } = (c.told as TextTold | undefined) ?? { charset: undefined }
  return textDecoder(charset)
}

/** Reads text in a charset by its name; UTF-8 when none is named, or none that is known. */
export function textDecoder(charset: string | undefined): (bytes: Uint8Array) => string {
  if (charset === undefined || /^utf-?8$/i.test(charset)) return decodeText
  try {
    const decoder = new TextDecoder(charset, { ignoreBOM: true })
    return (bytes) => decoder.decode(bytes)
  } catch {
    return decodeText
  }
}

/** A body of a type that no protocol here reads (Wireshark's `media`). */

import { isText } from './data.ts'
import type { TextTold } from './data-text-lines.ts'
import { textDecoder } from './data-text-lines.ts'
import { bytes, text } from './field.ts'
import { protocol } from './protocol.ts'

export const mediaType = protocol({
  id: 'media',
  name: 'Media Type',
  osi: 6,
  unit: 'data',
  spec: 'RFC 9110 §8.3.1',
  about: 'Content of the type that its header names: what it means, a program for that type knows.',
  fields: {
    type: bytes('Media type', { about: 'The content as it stands.' }),
    format: text('Format', { about: 'What its first bytes say it is, where that is a picture.' }),
    text: text('Text', { about: 'The same read in the charset that was named, where it is text.' }),
  },
  dissect(c, f) {
    const { pos, end, left } = c
    const format = c.recording ? pictureFormat(c.bytes.subarray(pos, end)) : undefined
    if (format !== undefined) {
      // Wireshark reads pictures of these formats, and shows no `media.type` of them.
      c.put(f.format, format, pos, end)
      c.pos = end
      return undefined
    }
    const content = c.takeBytes(f.type, left)
    if (c.recording && isText(content)) {
      const { charset } = (c.told as TextTold | undefined) ?? { charset: undefined }
      c.put(f.text, textDecoder(charset)(content), pos, c.pos)
    }
    return undefined
  },
  wordy: true,
})

/** By their signatures: PNG (RFC 2083 §3.1), GIF, JPEG. */
function pictureFormat(bytes: Uint8Array): string | undefined {
  const begin = Array.from(bytes.subarray(0, 6), (byte) => String.fromCharCode(byte)).join('')
  if (begin.startsWith('\x89PNG\r\n')) return 'PNG'
  if (/^GIF8[79]a/.test(begin)) return 'GIF'
  return begin.startsWith('\xff\xd8\xff') ? 'JPEG' : undefined
}

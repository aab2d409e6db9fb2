/** Bytes that no protocol here claims (Wireshark's `data`). */

import { decodeText } from './cursor.ts'
import { bytes, text, uint } from './field.ts'
import { protocol } from './protocol.ts'

export const data = protocol({
  id: 'data',
  name: 'Data',
  osi: 7,
  unit: 'data',
  spec: 'none',
  about: 'Bytes whose meaning only the two programs know.',
  fields: {
    '=data.data': bytes('Data', { about: 'The bytes as they stand.' }),
    text: text('Text', { about: 'The same bytes read as UTF-8, where they are text.' }),
    len: uint('Length', { unit: 'bytes', about: 'How many they are.' }),
  },
  dissect(c, f) {
    const start = c.pos
    const value = c.takeBytes(f['=data.data'], c.left)
    if (c.recording && isText(value)) c.put(f.text, decodeText(value), start, c.pos)
    c.put(f.len, value.length, start, c.pos)
    return undefined
  },
  wordy: true,
  skim: () => true,
})

/** Whether bytes read as UTF-8 text without control characters. */
export function isText(value: Uint8Array): boolean {
  for (const byte of value) if (byte === 0x7f || (byte < 0x20 && (byte < 0x08 || byte > 0x0d))) return false
  return value.length > 0 && !decodeText(value).includes('\ufffd')
}

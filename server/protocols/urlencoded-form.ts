/**
 * HTML Form URL Encoded (the URL standard's application/x-www-form-urlencoded): `name=value&name=value`, a space as
 * `+`, other bytes as `%XX`.
 */
import { type Cursor, decodeText } from './cursor.ts'
import { text } from './field.ts'
import { latin1 } from './http-head.ts'
import { protocol } from './protocol.ts'

const AMPERSAND = 0x26
const EQUALS = 0x3d
/** No more items than these are shown. */
const MAX_ITEMS = 10_000

export const urlencodedForm = protocol({
  id: 'urlencoded-form',
  name: 'HTML Form URL Encoded',
  osi: 6,
  unit: 'data',
  spec: 'URL Standard §5',
  about: 'What was filled into a form, as one line of text.',
  fields: {
    key: text('Key', { about: 'The name of an input of the form, its escapes undone.' }),
    value: text('Value', { about: 'What was filled in there, its escapes undone.' }),
  },
  dissect(c, f) {
    if (c.recording) {
      for (let shown = 0; c.left > 0 && shown < MAX_ITEMS; shown++) {
        const and = c.bytes.subarray(c.pos, c.end).indexOf(AMPERSAND)
        const end = and < 0 ? c.end : c.pos + and
        const equals = c.bytes.subarray(c.pos, end).indexOf(EQUALS)
        const keyEnd = equals < 0 ? end : c.pos + equals
        const valueAt = Math.min(end, keyEnd + 1)
        c.group(f.key, unescaped(c, c.pos, keyEnd), () => {
          c.put(f.value, unescaped(c, valueAt, end), valueAt, end)
          c.pos = end
        })
        c.pos = Math.min(c.end, end + 1)
      }
    }
    c.pos = c.end
    return undefined
  },
  wordy: true,
})

function unescaped(c: Cursor, start: number, end: number): string {
  const bytes: number[] = []
  const coded = latin1(c.bytes, start, end)
  for (let at = 0; at < coded.length; at++) {
    const hex = coded[at] === '%' ? /^[0-9A-Fa-f]{2}/.exec(coded.slice(at + 1, at + 3))?.[0] : undefined
    if (hex !== undefined) at += 2
    bytes.push(hex !== undefined ? Number.parseInt(hex, 16) : coded[at] === '+' ? SP : coded.charCodeAt(at))
  }
  return decodeText(Uint8Array.from(bytes))
}

const SP = 0x20

/** Notes of the dissector about bytes that break a rule and can be read all the same (Wireshark's expert info). */
import { text } from './field.ts'

/** For a protocol's field table, under the key `=_ws.expert.message`. */
export const expertMessage = text('Note', {
  about:
    'Something here is against the rules, or could not be shown: what, and what is expected of the two programs.',
  spec: 'none',
})

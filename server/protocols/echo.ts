/**
 * Echo, RFC 862: what a client sends comes back, byte for byte. Over TCP it is a stream without messages: a piece
 * here is whatever bytes a segment brought, which need not be what one `write` gave.
 */
import { decodeText } from './cursor.ts'
import { isText } from './data.ts'
import { boolean, bytes, text } from './field.ts'
import { streamProtocol } from './protocol.ts'

const ABOUT_SIDE = 'Not on the wire: told by who opened the conversation.'

export const echo = streamProtocol({
  id: 'echo',
  name: 'Echo',
  short: 'Echo',
  osi: 7,
  unit: 'data',
  spec: 'RFC 862',
  about:
    'The service sends back whatever it is sent: the simplest way to see both directions of a conversation.',
  fields: {
    request: boolean('Echo request', { about: `These bytes go to the service. ${ABOUT_SIDE}` }),
    response: boolean('Echo response', { about: `These bytes come back from the service. ${ABOUT_SIDE}` }),
    data: bytes('Echo data', {
      about: 'The bytes to be sent back, or those that came back: the service changes none.',
    }),
    text: text('Text', {
      about: 'The same bytes read as UTF-8, where they are text; netcat ends each line with \\n.',
      spec: 'RFC 3629',
    }),
  },
  dissect(c, f) {
    const start = c.pos
    const request = c.packet.fromClient ?? true
    c.put(request ? f.request : f.response, true, start)
    const value = c.takeBytes(f.data, c.left)
    if (!c.worded && !c.recording) return undefined
    const words = isText(value) ? decodeText(value) : undefined
    if (words !== undefined) c.put(f.text, words, start, c.pos)
    c.info(
      `Echo ${request ? 'request' : 'response'} ${words === undefined ? `${value.length} bytes` : quote(words)}`,
    )
    return undefined
  },
  wordy: true,
  frameLength: (bytes) => (bytes.length === 0 ? undefined : bytes.length),
})

const QUOTED = 60

/** Text for the info column: in quotes, control characters written out, cut after 60 characters. */
export function quote(words: string): string {
  return words.length > QUOTED ? `${JSON.stringify(words.slice(0, QUOTED))}…` : JSON.stringify(words)
}

/** The fields of Engine.IO, which Wireshark does not read. */
import { expertMessage } from './expert.ts'
import { boolean, duration, frameReference, text, uint } from './field.ts'

export const PACKET_TYPES = {
  0: 'open',
  1: 'close',
  2: 'ping',
  3: 'pong',
  4: 'message',
  5: 'upgrade',
  6: 'noop',
} as const

/** The server's refusals (engine.io, `Server.errors`). */
export const ERROR_CODES = {
  0: 'Transport unknown',
  1: 'Session ID unknown',
  2: 'Bad handshake method',
  3: 'Bad request',
  4: 'Forbidden',
  5: 'Unsupported protocol version',
} as const

export const ENGINE_IO_FIELDS = {
  type: uint('Type', {
    values: PACKET_TYPES,
    about:
      'What the packet is. The heartbeat is ping and pong: the server pings, the client pongs. 2probe and 3probe only test a transport.',
  }),
  transport: text('Transport', {
    about: 'What carries the session just here: HTTP requests one after the other, or a WebSocket.',
  }),
  sid: text('Session id', {
    about: 'Ties the TCP connections of one session together; whoever has it can speak in it.',
  }),
  version: uint('Protocol version', { about: 'What the client speaks; this server wants 4.' }),
  'open.ping_interval': uint('Ping interval', {
    unit: 'ms',
    about: 'How long after a pong the server sends its next ping.',
  }),
  'open.ping_timeout': uint('Ping timeout', {
    unit: 'ms',
    about:
      'How long the server waits for the pong. The client gives up this and the interval after the last ping.',
  }),
  'open.max_payload': uint('Max payload', {
    unit: 'bytes',
    about:
      'The most that the server takes in one request or message: the client splits what it sends by polling.',
  }),
  'open.upgrades': text('Upgrades', { about: 'Transports that the session may move to.' }),
  payload: text('Payload', { about: 'What follows the type.' }),
  binary: boolean('Binary', {
    about: 'Bytes, not text: over polling they are written as base64, a third longer.',
  }),
  response_in: frameReference('Response in', { about: 'The pong to this ping.' }),
  response_to: frameReference('Response to', { about: 'The ping that this answers.' }),
  rtt: duration('Round trip', {
    about: "From ping to pong: the network both ways, and the other program's event loop.",
  }),
  'error.code': uint('Error code', { values: ERROR_CODES, about: 'Why the server refuses the request.' }),
  'error.message': text('Error message', { about: 'The same in words.' }),
  '=_ws.expert.message': expertMessage,
}

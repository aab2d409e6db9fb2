/** The fields of a WebSocket frame under Wireshark's names. */
import { expertMessage } from './expert.ts'
import { bits, bytes, flag, frameReference, heading, text, u16, u64, uint } from './field.ts'

export const OPCODES = {
  0: 'Continuation',
  1: 'Text',
  2: 'Binary',
  8: 'Connection Close',
  9: 'Ping',
  10: 'Pong',
} as const

/** RFC 6455 §7.4.1 and the IANA registry. */
export const CLOSE_CODES: Readonly<Record<number, string>> = {
  1000: 'Normal Closure',
  1001: 'Going Away',
  1002: 'Protocol error',
  1003: 'Unsupported Data',
  1004: '---Reserved----',
  1005: 'No Status Rcvd',
  1006: 'Abnormal Closure',
  1007: 'Invalid frame payload data',
  1008: 'Policy Violation',
  1009: 'Message Too Big',
  1010: 'Mandatory Ext.',
  1011: 'Internal Server',
  1012: 'Service Restart',
  1013: 'Try Again Later',
  1014: 'Bad Gateway',
  1015: 'TLS handshake',
}

export const WEBSOCKET_FIELDS = {
  fin: flag('Fin', 1, 0x80, { about: 'Set on the last frame of a message; most messages are one frame.' }),
  rsv: {
    ...bits('Reserved', 1, 0x70, { about: 'For extensions; 0 unless one was agreed on in the handshake.' }),
    base: 'hex',
  },
  pmc: flag('Per-Message Compressed', 1, 0x40, {
    about: 'Set on the first frame of a message that permessage-deflate compressed.',
    spec: 'RFC 7692 §6',
  }),
  opcode: bits('Opcode', 1, 0x0f, {
    values: OPCODES,
    about: 'What the payload is: text, bytes, more of the last message, or a control frame (8 and up).',
  }),
  mask: flag('Mask', 1, 0x80, {
    about: 'Set on everything a client sends, never on what a server sends.',
    spec: 'RFC 6455 §5.1',
  }),
  payload_length: bits('Payload length', 1, 0x7f, {
    about: 'The length itself up to 125; 126 means that 2 bytes with the length follow, 127 that 8 do.',
  }),
  payload_length_ext_16: u16('Extended Payload length (16 bits)', {
    about: 'The length, when it is from 126 to 65,535.',
    unit: 'bytes',
  }),
  payload_length_ext_64: u64('Extended Payload length (64 bits)', {
    about: 'The length, when it is 65,536 or more.',
    unit: 'bytes',
  }),
  masking_key: bytes('Masking-Key', {
    about:
      'Random for each frame. Not encryption, the key is right here: it keeps a page from writing bytes of its choice that a proxy would take for HTTP.',
    spec: 'RFC 6455 §10.3',
  }),
  masked_payload: heading('Masked payload', {
    about: 'The payload as it travels: byte i is XORed with byte i mod 4 of the key.',
    spec: 'RFC 6455 §5.3',
  }),
  payload: heading('Payload', { about: 'What the program sent.' }),
  'payload.continue': bytes('Continue', {
    about: 'A part of a message that is neither its first nor its last.',
    spec: 'RFC 6455 §5.4',
  }),
  'payload.text': text('Text', {
    about: 'UTF-8; a receiver must fail the connection if it is not (1007).',
    spec: 'RFC 6455 §5.6',
  }),
  'payload.close': heading('Close', {
    about: 'The side that sends it sends nothing more; the other answers with its own.',
    spec: 'RFC 6455 §5.5.1',
  }),
  'payload.close.status_code': u16('Status code', {
    values: CLOSE_CODES,
    about: 'Why the connection is closed.',
    spec: 'RFC 6455 §7.4',
  }),
  'payload.close.reason': text('Reason', { about: 'The same for people.', spec: 'RFC 6455 §7.1.6' }),
  'payload.ping': bytes('Ping', {
    about: 'The pong must bear the same bytes. Scripts in a browser can neither send one nor see it.',
    spec: 'RFC 6455 §5.5.2',
  }),
  'payload.pong': bytes('Pong', {
    about: "The ping's bytes again; unasked for, it is a heartbeat one way.",
    spec: 'RFC 6455 §5.5.3',
  }),
  'payload.unknown': bytes('Unknown', { about: 'The payload of an opcode that is reserved.' }),
  fragments: heading('Reassembled websocket Fragments', {
    about: 'The parts that the message was sent in.',
    spec: 'RFC 6455 §5.4',
  }),
  fragment: frameReference('Websocket Fragment', {
    about: 'A packet that carried a part of this message.',
    spec: 'RFC 6455 §5.4',
  }),
  'fragment.count': uint('Fragment count', {
    about: 'How many frames the message was sent in.',
    spec: 'RFC 6455 §5.4',
  }),
  'reassembled.length': uint('Reassembled websocket Payload length', {
    unit: 'bytes',
    about: 'The fragments together.',
  }),
  'decompression.failed.expert': heading('Decompression failed', {
    about: 'The message does not inflate.',
    spec: 'RFC 7692 §7.2.2',
  }),
  '=_ws.expert.message': expertMessage,
} as const

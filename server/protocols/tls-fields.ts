/** The fields of TLS: of its records, its alerts and what goes with them. The handshake's are in their own files. */
import { expertMessage } from './expert.ts'
import { bytes, frameReference, heading, hex16, text, u8, u16, uint } from './field.ts'
import type { NamedFields } from './protocol.ts'
import { HEARTBEAT_TYPES } from './tls-crypto-values.ts'
import { TLS_EXTENSION_FIELDS } from './tls-extension-fields.ts'
import { TLS_HANDSHAKE_FIELDS } from './tls-handshake-fields.ts'
import { ALERT_LEVELS, ALERTS, CONTENT_TYPES, VERSIONS } from './tls-values.ts'

const RECORD = 'RFC 8446 §5.1'
const PROTECTED = 'RFC 8446 §5.2'
const ALERT = 'RFC 8446 §6'
const HEARTBEAT = 'RFC 6520 §4'

export const TLS_FIELDS = {
  record: heading('Record Layer', {
    about:
      'A piece of at most 16 kB of what TLS carries, with its kind and its length; sealed once keys are agreed on.',
    spec: RECORD,
  }),
  'record.content_type': u8('Content Type', {
    about:
      'What the record holds. In TLS 1.3 the true type of a sealed record is inside: seen only when it is opened.',
    spec: RECORD,
    values: CONTENT_TYPES,
  }),
  'record.opaque_type': u8('Opaque Type', {
    about:
      'In TLS 1.3 every sealed record says 23, application data, whatever it holds: middleboxes expect that.',
    spec: PROTECTED,
    values: CONTENT_TYPES,
  }),
  'record.version': hex16('Version', {
    about:
      'Frozen at 1.2, or 1.0 in the first ClientHello: middleboxes broke on anything newer. It decides nothing.',
    spec: RECORD,
    values: VERSIONS,
  }),
  'record.length': u16('Length', {
    about:
      'Bytes behind this header: at most 2^14 of content, and up to 256 more when sealed (2,048 before TLS 1.3).',
    spec: RECORD,
  }),
  app_data: bytes('Encrypted Application Data', {
    about:
      'What the programs say to each other, sealed: without the keys of this session nobody can read or change it.',
    spec: PROTECTED,
  }),
  app_data_proto: text('Application Data Protocol', {
    about: 'What is inside, by the protocol agreed on (ALPN) or the port: TLS itself does not say.',
    spec: 'RFC 7301',
  }),
  change_cipher_spec: heading('Change Cipher Spec Message', {
    about:
      'Up to TLS 1.2: from the next record on the new keys hold. In TLS 1.3 it means nothing, and pleases middleboxes.',
    spec: 'RFC 5246 §7.1',
  }),
  alert_message: heading('Alert Message', {
    about: 'Says that the connection ends, in order or because something is wrong.',
    spec: ALERT,
  }),
  'alert_message.level': u8('Level', {
    about: 'Fatal ends the connection at once. In TLS 1.3 the description alone decides.',
    spec: ALERT,
    values: ALERT_LEVELS,
  }),
  'alert_message.desc': u8('Description', {
    about: 'Close Notify is the orderly end: without it the stream may have been cut short by somebody.',
    spec: ALERT,
    values: ALERTS,
  }),
  heartbeat_message: heading('Heartbeat Message', {
    about:
      'Asks whether the other side is still there. OpenSSL once answered with more than it was sent: Heartbleed.',
    spec: HEARTBEAT,
  }),
  'heartbeat_message.type': u8('Type', {
    about: 'A request, or the answer that brings its payload back.',
    spec: HEARTBEAT,
    values: HEARTBEAT_TYPES,
  }),
  'heartbeat_message.payload_length': u16('Payload Length', {
    about: 'Must be no more than what is there; who believes it unseen gives away his memory.',
    spec: HEARTBEAT,
  }),
  'heartbeat_message.payload': bytes('Payload', { about: 'Any bytes; they come back.', spec: HEARTBEAT }),
  'heartbeat_message.padding': bytes('Padding', { about: 'At least 16 bytes, ignored.', spec: HEARTBEAT }),
  'segment.data': bytes('TLS segment data', {
    about: 'The decrypted bytes of this record, where their message began before it or goes on behind it.',
    spec: PROTECTED,
  }),
  segments: heading('Reassembled TLS segments', {
    about: 'A message of the application that came in several records: TLS keeps no boundaries but its own.',
    spec: PROTECTED,
  }),
  segment: frameReference('TLS segment', {
    about: 'A packet whose record brought a part of the message.',
    spec: PROTECTED,
  }),
  'segment.count': uint('Segment count', { about: 'Records that the message came in.', spec: PROTECTED }),
  'reassembled.length': uint('Reassembled PDU length', {
    about: 'Bytes of the whole message.',
    spec: PROTECTED,
  }),
  'reassembled.data': bytes('Reassembled PDU data', { about: 'The whole message.', spec: PROTECTED }),
  'record.decrypted_length': uint('Decrypted Length', {
    about: 'Bytes of content that the record held: without its tag, its nonce, its true type and padding.',
    spec: PROTECTED,
    unit: 'bytes',
  }),
  'record.decrypted_by': text('Decrypted by', {
    about: 'The line of the key log whose secret opened this record.',
    spec: 'NSS Key Log Format',
  }),
  ...TLS_HANDSHAKE_FIELDS,
  ...TLS_EXTENSION_FIELDS,
  'handshake.fragments': heading('Reassembled Handshake Fragments', {
    about: 'A handshake message that came in several records.',
    spec: RECORD,
  }),
  'handshake.fragment': frameReference('Handshake Fragment', {
    about:
      'A packet in which a part of this handshake message travelled: messages may be longer than a record.',
    spec: RECORD,
  }),
  'handshake.fragment.count': uint('Handshake Fragment count', {
    about: 'Records that the handshake message was spread over.',
    spec: RECORD,
  }),
  'handshake.reassembled_in': frameReference('Reassembled Handshake Message in frame', {
    about: 'The packet whose record completes the handshake message that this one has a part of.',
    spec: RECORD,
  }),
  '=_ws.expert.message': expertMessage,
}

export type TlsFields = NamedFields<typeof TLS_FIELDS>

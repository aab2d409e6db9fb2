/** The fields of HTTP/1.1 under Wireshark's names. */
import { expertMessage } from './expert.ts'
import { boolean, bytes, duration, type FieldSpec, frameReference, heading, text, uint } from './field.ts'
import { HEADERS } from './http-header-fields.ts'
import { STATUS_CODES } from './http-status.ts'

/** A mark without a value: that it is there says all. Wireshark's expert notes are such fields. */
const mark = (label: string, about: string, spec: string) => heading(label, { about, spec })

export const HTTP_FIELDS = {
  chat: mark(
    'Formatted text',
    'The start line; Wireshark lists those of a capture among its notes, as chats.',
    'RFC 9112 §2.1',
  ),
  request: boolean('Request', { about: 'This message asks.', spec: 'RFC 9112 §3' }),
  notification: boolean('Notification', {
    about: 'This message tells of an event, or asks to be told of events, as UPnP devices do.',
    spec: 'UPnP Device Architecture 2.0 §4',
  }),
  'request.method': text('Request Method', {
    about: 'What is to be done with the resource: GET fetches it, POST hands it something.',
    spec: 'RFC 9110 §9',
  }),
  'request.uri': text('Request URI', { about: 'What is asked for.', spec: 'RFC 9112 §3.2' }),
  'request.uri.path': text('Request URI Path', {
    about: 'The part before the question mark.',
    spec: 'RFC 3986 §3.3',
  }),
  'request.uri.query': text('Request URI Query', {
    about: 'The part behind the question mark.',
    spec: 'RFC 3986 §3.4',
  }),
  'request.uri.query.parameter': text('Request URI Query Parameter', {
    about: 'One name and value of the query; by convention they are joined by &.',
    spec: 'RFC 3986 §3.4',
  }),
  'request.version': text('Request Version', { about: 'What the client speaks.', spec: 'RFC 9112 §2.3' }),
  'request.full_uri': text('Full request URI', {
    about: 'Put together from Host and the request line.',
    spec: 'RFC 9112 §3.3',
  }),
  response: boolean('Response', { about: 'This message answers.', spec: 'RFC 9112 §4' }),
  'response.version': text('Response Version', { about: 'What the server speaks.', spec: 'RFC 9112 §2.3' }),
  'response.code': uint('Status Code', {
    about: 'How it went: 1xx go on, 2xx done, 3xx elsewhere, 4xx the client is at fault, 5xx the server is.',
    spec: 'RFC 9110 §15',
    values: STATUS_CODES,
  }),
  'response.code.desc': text('Status Code Description', {
    about: 'The registered meaning of the code.',
    spec: 'RFC 9110 §15',
  }),
  'response.phrase': text('Response Phrase', {
    about: 'The same for people: programs ignore it.',
    spec: 'RFC 9112 §4',
  }),
  'request.line': text('Request line', { about: 'One header, as it was sent.', spec: 'RFC 9112 §5' }),
  'response.line': text('Response line', { about: 'One header, as it was sent.', spec: 'RFC 9112 §5' }),
  ...HEADERS,
  content_length_header: text('Content-Length', {
    about: 'The size of the body in bytes: how the other side knows where the next message begins.',
    spec: 'RFC 9110 §8.6',
  }),
  content_length: uint('Content length', {
    about: 'The same as a number.',
    unit: 'bytes',
    spec: 'RFC 9110 §8.6',
  }),
  cookie_pair: text('Cookie pair', { about: 'One remembered name and value.', spec: 'RFC 6265 §4.2.1' }),
  authbasic: text('Credentials', {
    about: 'User and password as base64 spells them: that hides nothing, it only keeps the header ASCII.',
    spec: 'RFC 7617 §2',
  }),
  unknown_header: text('Unknown header', {
    about: 'A header of a notification that has no field of its own here.',
    spec: 'RFC 9110 §5.1',
  }),
  bad_header_name: mark(
    'Illegal characters found in header name',
    'A line whose name is none, or that has no colon. Servers that disagree on such lines can be set against each other.',
    'RFC 9112 §5.1',
  ),
  te_and_length: mark(
    'The Content-Length and Transfer-Encoding header must not be set together',
    'The length is ignored. Where one server reads it and the next one does not, a request can be smuggled between them.',
    'RFC 9112 §6.1',
  ),
  te_unknown: mark(
    'Unknown transfer coding name in Transfer-Encoding header',
    'A server that does not know a coding answers 501.',
    'RFC 9112 §6.1',
  ),
  leading_crlf: mark(
    'Leading CRLF previous message in the stream may have extra CRLF',
    'A server passes over empty lines before a request: some clients send one too many behind a body.',
    'RFC 9112 §2.2',
  ),
  tls_port: mark(
    'Unencrypted HTTP protocol detected over encrypted port',
    'Port 443 is for HTTP in TLS: here the bytes can be read by everybody on the way.',
    'RFC 9110 §4.2.2',
  ),
  request_number: uint('Request number', {
    about: 'How many this is on the connection: keep-alive lets many share one.',
  }),
  response_number: uint('Response number', {
    about: 'The number of the request that it answers; an interim response (1xx) has the same.',
  }),
  prev_request_in: frameReference('Prev request in frame', {
    about: 'The request before, on this connection.',
  }),
  next_request_in: frameReference('Next request in frame', {
    about: 'The request behind, on this connection.',
  }),
  prev_response_in: frameReference('Prev response in frame', {
    about: 'The answer to the request before.',
  }),
  next_response_in: frameReference('Next response in frame', {
    about: 'The answer to the request behind.',
  }),
  request_in: frameReference('Request in frame', {
    about:
      'Found by order: responses come in the order of the requests, and say nothing else of which they answer.',
    spec: 'RFC 9112 §9.3.2',
  }),
  response_in: frameReference('Response in frame', {
    about: 'The answer to this request.',
    spec: 'RFC 9112 §9.3.2',
  }),
  'response_for.uri': text('Request URI', { about: 'What this response answers.' }),
  time: duration('Time since request', {
    about: 'From the packet that ended the request to the one that ended the response.',
  }),
  chunk_size: uint('Chunk size', {
    about: 'Written in hex before each chunk; 0 ends the body.',
    unit: 'bytes',
    spec: 'RFC 9112 §7.1',
  }),
  chunk_data: bytes('Chunk data', { about: 'The next part of the body.', spec: 'RFC 9112 §7.1' }),
  chunk_boundary: bytes('Chunk boundary', { about: 'The CRLF behind the chunk.', spec: 'RFC 9112 §7.1' }),
  chunked_trailer_part: text('trailer-part', {
    about: 'Headers that were known only after the body.',
    spec: 'RFC 9112 §7.1.2',
  }),
  file_data: text('File Data', {
    about:
      'The body, its chunks joined and its compression undone. Read as ASCII and up to the first zero byte, as Wireshark has it; the layer behind shows it in its charset.',
    spec: 'RFC 9110 §6.4',
  }),
  decompression_failed: mark(
    'Decompression failed',
    'The body does not undo by the coding that its header names, or that coding is not known here.',
    'RFC 9110 §8.4',
  ),
  continuation: heading('Continuation or non-HTTP traffic', {
    about:
      'Bytes on an HTTP connection that are no beginning of a message: the rest of a body, or something else.',
  }),
  '=_ws.expert.message': expertMessage,
} satisfies Record<string, FieldSpec>

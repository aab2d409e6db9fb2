/** The fields of HTTP/1.1 under Wireshark's names, and which header is which. */

import { expertMessage } from './expert.ts'
import { boolean, bytes, duration, type FieldSpec, frameReference, heading, text, uint } from './field.ts'

/** Registered status codes (RFC 9110 §15 and the IANA registry). */
export const STATUS_CODES: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
}

const header = (label: string, about: string, spec = 'RFC 9110') => text(label, { about, spec })

/** Headers that have a field of their own: by lower-case name, the field's key. */
const HEADERS = {
  host: header(
    'Host',
    'Which of the sites at this address is meant: one server may serve many.',
    'RFC 9110 §7.2',
  ),
  user_agent: header('User-Agent', 'The program that asks, as it describes itself.', 'RFC 9110 §10.1.5'),
  accept: header('Accept', 'Media types that the client can use, and how gladly (q).', 'RFC 9110 §12.5.1'),
  accept_language: header('Accept-Language', 'Languages that the reader prefers.', 'RFC 9110 §12.5.4'),
  accept_encoding: header('Accept-Encoding', 'Compressions that the client can undo.', 'RFC 9110 §12.5.3'),
  authorization: header(
    'Authorization',
    'Credentials: anybody who sees the bytes has them too.',
    'RFC 9110 §11.6.2',
  ),
  proxy_authorization: header(
    'Proxy-Authorization',
    'Credentials for the proxy in between.',
    'RFC 9110 §11.7.2',
  ),
  proxy_authenticate: header(
    'Proxy-Authenticate',
    'How the proxy wants to be convinced.',
    'RFC 9110 §11.7.1',
  ),
  www_authenticate: header('WWW-Authenticate', 'How the server wants to be convinced.', 'RFC 9110 §11.6.1'),
  connection: header(
    'Connection',
    'Concerns this connection only: keep-alive or close, and which headers not to pass on. Upgrade asks to change the protocol.',
    'RFC 9110 §7.6.1',
  ),
  upgrade: header(
    'Upgrade',
    'The protocol that the client would like to go on with; after the 101 these bytes are no longer HTTP.',
    'RFC 9110 §7.8',
  ),
  content_type: header(
    'Content-Type',
    'What the body is: media type, and charset for text.',
    'RFC 9110 §8.3',
  ),
  content_encoding: header('Content-Encoding', 'How the body is compressed, end to end.', 'RFC 9110 §8.4'),
  transfer_encoding: header(
    'Transfer-Encoding',
    'How the body is framed on this connection: chunked, when its length is not known beforehand.',
    'RFC 9112 §6.1',
  ),
  cookie: header(
    'Cookie',
    'What the server once asked the browser to remember: how a protocol without state recognises a visitor.',
    'RFC 6265 §4.2',
  ),
  set_cookie: header(
    'Set-Cookie',
    'Asks the browser to send this back with every later request.',
    'RFC 6265 §4.1',
  ),
  referer: header(
    'Referer',
    'The page that led here; the misspelling is in the standard.',
    'RFC 9110 §10.1.3',
  ),
  origin: header(
    'Origin',
    'Scheme, host and port of the page that asks; browsers set it, scripts in them cannot. A server may refuse by it.',
    'RFC 6454 §7',
  ),
  date: header('Date', 'When the message was made, by the clock of its sender.', 'RFC 9110 §6.6.1'),
  server: header('Server', 'The program that answers, as it describes itself.', 'RFC 9110 §10.2.4'),
  location: header('Location', 'Where to go instead, or where the new thing is.', 'RFC 9110 §10.2.2'),
  cache_control: header('Cache-Control', 'Who may keep the answer, and for how long.', 'RFC 9111 §5.2'),
  last_modified: header(
    'Last-Modified',
    'When the content last changed: a client can ask again only if it did.',
    'RFC 9110 §8.8.2',
  ),
  etag: header(
    'ETag',
    'A name for this version of the content, to compare with If-None-Match.',
    'RFC 9110 §8.8.3',
  ),
  if_none_match: header(
    'If-None-Match',
    'Send the content only if its ETag is another; else 304.',
    'RFC 9110 §13.1.2',
  ),
  if_modified_since: header(
    'If-Modified-Since',
    'Send the content only if it changed since; else 304.',
    'RFC 9110 §13.1.3',
  ),
  keep_alive: header(
    'Keep-Alive',
    'How long the server will wait for the next request on this connection.',
    'RFC 2068 §19.7.1',
  ),
  vary: header(
    'Vary',
    'Request headers that the answer depends on: a cache must compare them.',
    'RFC 9110 §12.5.5',
  ),
  x_forwarded_for: header(
    'X-Forwarded-For',
    'The client in front of a proxy, as the proxy says.',
    'RFC 7239',
  ),
  access_control_allow_origin: header(
    'Access-Control-Allow-Origin',
    'Which pages a browser lets read the answer. The request has been served by then: CORS does not guard the server.',
    'Fetch §3.2.3',
  ),
  sec_websocket_key: header(
    'Sec-WebSocket-Key',
    '16 random bytes in base64: the answer must prove that the server read them and speaks WebSocket. No secret.',
    'RFC 6455 §4.1',
  ),
  sec_websocket_accept: header(
    'Sec-WebSocket-Accept',
    'Base64 of the SHA-1 of the key and 258EAFA5-E914-47DA-95CA-C5AB0DC85B11: no plain HTTP server would say it by accident.',
    'RFC 6455 §4.2.2',
  ),
  sec_websocket_version: header(
    'Sec-WebSocket-Version',
    '13 is the version that was standardised.',
    'RFC 6455 §4.1',
  ),
  sec_websocket_protocol: header(
    'Sec-WebSocket-Protocol',
    'What is spoken over the WebSocket: offered by the client, one chosen by the server.',
    'RFC 6455 §1.9',
  ),
  sec_websocket_extensions: header(
    'Sec-WebSocket-Extensions',
    'Offered by the client, accepted by the server or silently declined: permessage-deflate compresses messages.',
    'RFC 6455 §9.1',
  ),
  http2_settings: header(
    'HTTP2-Settings',
    'Settings for an upgrade to HTTP/2 without TLS.',
    'RFC 7540 §3.2.1',
  ),
} as const

export type HeaderKey = keyof typeof HEADERS

const KEY_OF = new Map<string, HeaderKey>(
  (Object.keys(HEADERS) as HeaderKey[]).map((key) => [key.replaceAll('_', '-'), key]),
)

/** The field's key for a header's lower-case name. */
export function headerKey(name: string): HeaderKey | undefined {
  return KEY_OF.get(name)
}

export const HTTP_FIELDS = {
  request: boolean('Request', { about: 'This message asks.', spec: 'RFC 9112 §3' }),
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
  unknown_header: text('Unknown header', {
    about: 'A header that has no field of its own here.',
    spec: 'RFC 9110 §5.1',
  }),
  bad_header_name: text('Illegal header line', {
    about:
      'A line without a name and a colon. Servers that disagree on such lines can be set against each other.',
    spec: 'RFC 9112 §5.1',
  }),
  request_number: uint('Request number', {
    about: 'How many this is on the connection: keep-alive lets many share one.',
  }),
  response_number: uint('Response number', { about: 'How many this is on the connection.' }),
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
  chunked_trailer_part: text('Trailer', {
    about: 'A header that was known only after the body.',
    spec: 'RFC 9112 §7.1.2',
  }),
  file_data: text('File Data', {
    about: 'The body as text, its chunks joined and its compression undone.',
    spec: 'RFC 9110 §6.4',
  }),
  continuation: heading('Continuation or non-HTTP traffic', {
    about:
      'Bytes on an HTTP connection that are no beginning of a message: the rest of a body, or something else.',
  }),
  '=_ws.expert.message': expertMessage,
} satisfies Record<string, FieldSpec>

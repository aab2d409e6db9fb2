/**
 * Headers that have a field of their own: Wireshark's where it has one; any other as `http.header.NAME`, which is what
 * Wireshark calls a header that its user has added to its list.
 */
import { text } from './field.ts'

const header = (label: string, about: string, spec = 'RFC 9110') => text(label, { about, spec })

/** By lower-case name, the field's key. */
export const HEADERS = {
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
  'header.origin': header(
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
  'header.etag': header(
    'ETag',
    'A name for this version of the content, to compare with If-None-Match.',
    'RFC 9110 §8.8.3',
  ),
  'header.if-none-match': header(
    'If-None-Match',
    'Send the content only if its ETag is another; else 304.',
    'RFC 9110 §13.1.2',
  ),
  'header.if-modified-since': header(
    'If-Modified-Since',
    'Send the content only if it changed since; else 304.',
    'RFC 9110 §13.1.3',
  ),
  'header.keep-alive': header(
    'Keep-Alive',
    'How long the server will wait for the next request on this connection.',
    'RFC 2068 §19.7.1',
  ),
  'header.vary': header(
    'Vary',
    'Request headers that the answer depends on: a cache must compare them.',
    'RFC 9110 §12.5.5',
  ),
  x_forwarded_for: header(
    'X-Forwarded-For',
    'The client in front of a proxy, as the proxy says.',
    'RFC 7239',
  ),
  'header.access-control-allow-origin': header(
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
  (Object.keys(HEADERS) as HeaderKey[]).map((key) => [
    key.replace(/^header\./, '').replaceAll('_', '-'),
    key,
  ]),
)

/** The field's key for a header's lower-case name. */
export function headerKey(name: string): HeaderKey | undefined {
  return KEY_OF.get(name)
}

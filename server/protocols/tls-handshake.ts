/**
 * The handshake's messages, RFC 8446 §4 (TLS 1.3) and RFC 5246 §7.4 (TLS 1.2).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Message type |                     Length                    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                         Message …                             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import type { Cursor } from './cursor.ts'
import { CIPHER_SUITES } from './tls-cipher-suites.ts'
import { dissectExtensions, list, within } from './tls-extensions.ts'
import type { TlsFields } from './tls-fields.ts'
import { type Hello, isRetry, ja3, readHello } from './tls-hello.ts'
import { takeSignatureScheme } from './tls-signatures.ts'
import { timeText } from './tls-time.ts'
import { HANDSHAKE, isTls13 } from './tls-values.ts'

/** What the connection had agreed on when the message came. */
export interface Agreed {
  readonly version: number
  /** 0 while none is chosen. */
  readonly suite: number
}

/** Reads a whole message that begins where the cursor stands. Leaves the cursor at `end`. */
export function dissectMessage(c: Cursor, f: TlsFields, end: number, agreed: Agreed): void {
  const type = c.take(f['handshake.type'])
  c.take(f['handshake.length'])
  within(c, end, (inner) => READERS[type]?.(c, f, inner, agreed))
  c.pos = end
}

type Reader = (c: Cursor, f: TlsFields, end: number, agreed: Agreed) => void

/** What is behind the header, by the message's type; others have nothing there, or nothing that is read. */
const READERS: Readonly<Record<number, Reader>> = {
  [HANDSHAKE.clientHello]: dissectHello,
  [HANDSHAKE.serverHello]: dissectHello,
  [HANDSHAKE.encryptedExtensions]: (c, f, end) =>
    dissectExtensions(c, f, end, { message: HANDSHAKE.encryptedExtensions, retry: false }),
  [HANDSHAKE.newSessionTicket]: ticket,
  [HANDSHAKE.certificate]: certificates,
  [HANDSHAKE.certificateRequest]: (c, f, end, agreed) =>
    isTls13(agreed.version) ? request13(c, f, end) : request12(c, f, end, agreed.version),
  [HANDSHAKE.serverKeyExchange]: serverKeys,
  [HANDSHAKE.clientKeyExchange]: clientKeys,
  [HANDSHAKE.certificateVerify]: (c, f, _end, { version }) => {
    if (hasSchemes(version)) takeSignatureScheme(c, f)
    c.takeBytes(f['handshake.client_cert_vrfy.sig'], c.take(f['handshake.client_cert_vrfy.sig_len']))
  },
  [HANDSHAKE.finished]: (c, f, end) => c.put(f['handshake.verify_data'], '', c.pos, end),
  [HANDSHAKE.certificateStatus]: (c, f) => {
    if (c.take(f['handshake.extensions_status_request_type']) !== 1) return
    c.takeBytes(f['handshake.ocsp_response'], c.take(f['handshake.ocsp_response_len']))
  },
  [HANDSHAKE.keyUpdate]: (c, f) => {
    c.take(f['handshake.key_update.request_update'])
  },
  [HANDSHAKE.compressedCertificate]: (c, f) => {
    c.take(f['compress_certificate.algorithm'])
    c.take(f['compress_certificate.uncompressed_length'])
    const length = c.take(f['compress_certificate.compressed_certificate_message.length'])
    c.takeBytes(f['compress_certificate.compressed_certificate_message'], length)
  },
  [HANDSHAKE.nextProtocol]: (c, f) => {
    c.takeText(f['handshake.npn_selected_protocol'], c.take(f['handshake.npn_selected_protocol_len']))
    c.takeBytes(f['handshake.npn_padding'], c.take(f['handshake.npn_padding_len']))
  },
}

/** Up to TLS 1.1 the kind of key alone said how it signs. */
const hasSchemes = (version: number) => version >= 0x0303

function dissectHello(c: Cursor, f: TlsFields, end: number, { version }: Agreed): void {
  const start = c.pos - 4
  const hello = readHello(c.bytes, start, end)
  const fromClient = c.bytes[start] === HANDSHAKE.clientHello
  c.take(f['handshake.version'])
  if (isTls13(version)) c.takeBytes(f['handshake.random'], RANDOM)
  else random(c, f)
  const session = c.take(f['handshake.session_id_length'])
  if (session > 0) c.takeBytes(f['handshake.session_id'], session)
  if (fromClient) {
    const suites = c.pos + 2 + c.take(f['handshake.cipher_suites_length'])
    list(c, suites, f['handshake.ciphersuites'], 'suite', () => c.take(f['handshake.ciphersuite']))
    const methods = c.pos + 1 + c.take(f['handshake.comp_methods_length'])
    list(c, methods, f['handshake.comp_methods'], '', () => c.take(f['handshake.comp_method']))
  } else {
    c.take(f['handshake.ciphersuite'])
    c.take(f['handshake.comp_method'])
  }
  const extensionsAt = c.pos
  const retry = hello !== undefined && isRetry(hello)
  if (end - c.pos >= 2) dissectExtensions(c, f, end, { message: c.bytes[start] ?? 0, retry })
  if (hello !== undefined) fingerprint(c, f, hello, extensionsAt)
}

const RANDOM = 32

function random(c: Cursor, f: TlsFields): void {
  const at = c.pos
  if (c.left < RANDOM) c.need('Random', RANDOM)
  const value = c.bytes.subarray(at, at + RANDOM)
  c.group(f['handshake.random'], value, () => {
    c.put(f['handshake.random_time'], timeText(c.view.getUint32(at) * 1000), at, at + 4)
    c.pos = at + 4
    c.takeBytes(f['handshake.random_bytes'], 28)
  })
}

function fingerprint(c: Cursor, f: TlsFields, hello: Hello, at: number): void {
  const full = ja3(hello)
  const hashed = c.packet.surroundings.ciphers?.md5(full)
  const client = hello.type === HANDSHAKE.clientHello
  c.put(client ? f['handshake.ja3_full'] : f['handshake.ja3s_full'], full, at, at)
  if (hashed !== undefined) c.put(client ? f['handshake.ja3'] : f['handshake.ja3s'], hashed, at, at)
}

function ticket(c: Cursor, f: TlsFields, end: number, { version }: Agreed): void {
  const tls13 = isTls13(version)
  c.take(f['handshake.session_ticket_lifetime_hint'])
  if (tls13) {
    c.take(f['handshake.session_ticket_age_add'])
    c.takeBytes(f['handshake.session_ticket_nonce'], c.take(f['handshake.session_ticket_nonce_length']))
  }
  const length = c.take(f['handshake.session_ticket_length'])
  if (length > 0) c.takeBytes(f['handshake.session_ticket'], length)
  if (tls13 && end - c.pos >= 2)
    dissectExtensions(c, f, end, { message: HANDSHAKE.newSessionTicket, retry: false })
}

function certificates(c: Cursor, f: TlsFields, end: number, { version }: Agreed): void {
  const tls13 = isTls13(version)
  if (tls13) context(c, f)
  const length = c.take(f['handshake.certificates_length'])
  if (length === 0) return
  const listEnd = Math.min(end, c.pos + length)
  const body = () => {
    while (listEnd - c.pos >= 3) {
      c.takeBytes(f['handshake.certificate'], c.take(f['handshake.certificate_length']))
      if (tls13 && listEnd - c.pos >= 2)
        dissectExtensions(c, f, listEnd, { message: HANDSHAKE.certificate, retry: false })
    }
  }
  c.group(f['handshake.certificates'], '', body, `Certificates (${length} bytes)`)
}

function context(c: Cursor, f: TlsFields): void {
  const length = c.take(f['handshake.certificate_request_context_length'])
  if (length > 0) c.takeBytes(f['handshake.certificate_request_context'], length)
}

function request13(c: Cursor, f: TlsFields, end: number): void {
  context(c, f)
  dissectExtensions(c, f, end, { message: HANDSHAKE.certificateRequest, retry: false })
}

function request12(c: Cursor, f: TlsFields, end: number, version: number): void {
  const kinds = c.pos + 1 + c.take(f['handshake.cert_types_count'])
  list(c, kinds, f['handshake.cert_types'], '', () => c.take(f['handshake.cert_type']))
  if (hasSchemes(version)) {
    const schemes = c.pos + 2 + c.take(f['handshake.sig_hash_alg_len'])
    list(c, schemes, f['handshake.sig_hash_algs'], 'algorithm', () => takeSignatureScheme(c, f))
  }
  const length = c.take(f['handshake.dnames_len'])
  if (length === 0) return
  list(c, Math.min(end, c.pos + length), f['handshake.dnames'], undefined, () => {
    const name = c.take(f['handshake.dname_len'])
    c.put(f['handshake.dname'], '', c.pos, Math.min(end, c.pos + name))
    c.skip(name, 'Distinguished Name')
  })
}

const ELLIPTIC = /^TLS_ECDHE?_/
const FINITE = /^TLS_DHE?_/
const SHARED = /PSK/
const RSA = /^TLS_RSA_/
/** Nobody signs: no certificate. */
const UNSIGNED = /PSK|_anon_/

function serverKeys(c: Cursor, f: TlsFields, end: number, { suite, version }: Agreed): void {
  const name = CIPHER_SUITES[suite] ?? ''
  if (SHARED.test(name)) {
    const length = c.take(f['handshake.hint_len'])
    if (length > 0) c.takeBytes(f['handshake.hint'], length)
  }
  if (ELLIPTIC.test(name)) {
    const kind = c.take(f['handshake.server_curve_type'])
    if (kind !== 3) return
    c.take(f['handshake.server_named_curve'])
    c.takeBytes(f['handshake.server_point'], c.take(f['handshake.server_point_len']))
  } else if (FINITE.test(name)) {
    c.takeBytes(f['handshake.p'], c.take(f['handshake.p_len']))
    c.takeBytes(f['handshake.g'], c.take(f['handshake.g_len']))
    c.takeBytes(f['handshake.ys'], c.take(f['handshake.ys_len']))
  } else return
  if (UNSIGNED.test(name) || c.pos >= end) return
  if (hasSchemes(version)) takeSignatureScheme(c, f)
  c.takeBytes(f['handshake.sig'], c.take(f['handshake.sig_len']))
}

function clientKeys(c: Cursor, f: TlsFields, end: number, { suite }: Agreed): void {
  const name = CIPHER_SUITES[suite] ?? ''
  if (SHARED.test(name)) {
    const length = c.take(f['handshake.identity_len'])
    if (length > 0) c.takeBytes(f['handshake.identity'], length)
  }
  if (c.pos >= end) return
  if (ELLIPTIC.test(name)) c.takeBytes(f['handshake.client_point'], c.take(f['handshake.client_point_len']))
  else if (FINITE.test(name)) c.takeBytes(f['handshake.yc'], c.take(f['handshake.yc_len']))
  else if (RSA.test(name)) c.takeBytes(f['handshake.epms'], c.take(f['handshake.epms_len']))
}

/** The extensions of TLS, RFC 8446 §4.2: type, length, and what each kind holds. */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'
import type { TlsFields } from './tls-fields.ts'
import { takeSignatureScheme } from './tls-signatures.ts'
import { timeText } from './tls-time.ts'
import { EXTENSION, EXTENSIONS, HANDSHAKE } from './tls-values.ts'

/** The message that they stand in: many mean something else, or nothing, elsewhere. */
export interface ExtensionPlace {
  /** The handshake message's type. */
  readonly message: number
  /** A ServerHello that asks the client to try again. */
  readonly retry: boolean
}

/** Reads what ends at `end` by its own length, whatever stands behind it. */
export function within(c: Cursor, end: number, body: (end: number) => void): void {
  const before = { end: c.end, wireEnd: c.wireEnd }
  c.end = Math.min(c.end, end)
  c.wireEnd = Math.min(c.wireEnd, end)
  try {
    body(c.end)
  } finally {
    Object.assign(c, before)
  }
}

/** Reads the list with its length. */
export function dissectExtensions(c: Cursor, f: TlsFields, end: number, place: ExtensionPlace): void {
  const length = c.take(f['handshake.extensions_length'])
  const listEnd = Math.min(end, c.pos + length)
  while (listEnd - c.pos >= 4) {
    const type = c.glance(f['handshake.extension.type'])
    const bytes = c.glance(f['handshake.extension.len'], 2)
    const name = EXTENSIONS[type] ?? `Unknown type ${type}`
    const body = () => {
      c.take(f['handshake.extension.type'])
      c.take(f['handshake.extension.len'])
      const bodyEnd = Math.min(listEnd, c.pos + bytes)
      const read = READERS[type] ?? raw
      within(c, bodyEnd, (inner) => read(c, f, inner, place))
      c.pos = bodyEnd
    }
    c.group(f['handshake.extension'], '', body, `${name} (len=${bytes})`)
  }
  c.pos = listEnd
}

/** Reads the data of one extension, which ends at `end`. */
type Reader = (c: Cursor, f: TlsFields, end: number, place: ExtensionPlace) => void

const SRP = 12
const CLIENT_CERTIFICATE_TYPE = 19
const SERVER_CERTIFICATE_TYPE = 20
const ENCRYPT_THEN_MAC = 22
const EXTENDED_MASTER_SECRET = 23
const POST_HANDSHAKE_AUTH = 49
const NEXT_PROTOCOL = 13_172
const ENCRYPTED_SERVER_NAME = 65_486

const isOffer = ({ message }: ExtensionPlace) => message === HANDSHAKE.clientHello

const raw: Reader = (c, f, end) => {
  c.takeBytes(f['handshake.extension.data'], end - c.pos)
}

/** What marks a thing by being there at all. */
const nothing: Reader = () => undefined

const signatures: Reader = (c, f, end) => {
  if (end === c.pos) return
  c.take(f['handshake.sig_hash_alg_len'])
  list(c, end, f['handshake.sig_hash_algs'], 'algorithm', () => takeSignatureScheme(c, f))
}

const certificateKinds: Reader = (c, f, end, place) => {
  if (isOffer(place)) c.take(f['handshake.cert_type.types_len'])
  list(c, end, f['handshake.cert_type.types'], undefined, () => c.take(f['handshake.cert_type.type']))
}

const READERS: Readonly<Record<number, Reader>> = {
  [EXTENSION.serverName]: serverNames,
  [EXTENSION.maxFragmentLength]: (c, f) => {
    c.take(f['handshake.max_fragment_length'])
  },
  [EXTENSION.statusRequest]: statusRequest,
  [EXTENSION.statusRequestV2]: statusRequests,
  [EXTENSION.supportedGroups]: (c, f, end) => {
    c.take(f['handshake.extensions_supported_groups_length'])
    const one = () => c.take(f['handshake.extensions_supported_group'])
    list(c, end, f['handshake.extensions_supported_groups'], 'group', one)
  },
  [EXTENSION.ecPointFormats]: (c, f, end) => {
    c.take(f['handshake.extensions_ec_point_formats_length'])
    const one = () => c.take(f['handshake.extensions_ec_point_format'])
    list(c, end, f['handshake.extensions_ec_point_formats'], '', one)
  },
  [SRP]: (c, f, end) => {
    const length = inside(c, end, c.take(f['handshake.extensions_srp_len']))
    c.takeText(f['handshake.extensions_srp_username'], length)
  },
  [EXTENSION.signatureAlgorithms]: signatures,
  [EXTENSION.signatureAlgorithmsCert]: signatures,
  [EXTENSION.delegatedCredentials]: signatures,
  [EXTENSION.heartbeat]: (c, f) => {
    c.take(f['handshake.extension.heartbeat.mode'])
  },
  [EXTENSION.alpn]: (c, f, end) => {
    c.take(f['handshake.extensions_alpn_len'])
    list(c, end, f['handshake.extensions_alpn_list'], undefined, () => {
      const length = inside(c, end, c.take(f['handshake.extensions_alpn_str_len']))
      c.takeText(f['handshake.extensions_alpn_str'], length)
    })
  },
  [EXTENSION.applicationSettings]: (c, f, end, place) => {
    if (!isOffer(place)) {
      raw(c, f, end, place)
      return
    }
    c.take(f['handshake.extensions_alps_len'])
    list(c, end, f['handshake.extensions_alps_alpn_list'], undefined, () => {
      const length = inside(c, end, c.take(f['handshake.extensions_alps_alpn_str_len']))
      c.takeText(f['handshake.extensions_alps_alpn_str'], length)
    })
  },
  [EXTENSION.certificateTimestamps]: timestamps,
  [CLIENT_CERTIFICATE_TYPE]: certificateKinds,
  [SERVER_CERTIFICATE_TYPE]: certificateKinds,
  [EXTENSION.padding]: (c, f, end) => {
    c.takeBytes(f['handshake.extensions_padding_data'], end - c.pos)
  },
  [ENCRYPT_THEN_MAC]: nothing,
  [EXTENDED_MASTER_SECRET]: nothing,
  [EXTENSION.compressCertificate]: (c, f, end) => {
    c.take(f['compress_certificate.algorithms_length'])
    while (end - c.pos >= 2) c.take(f['compress_certificate.algorithm'])
  },
  [EXTENSION.recordSizeLimit]: (c, f) => {
    c.take(f.record_size_limit)
  },
  [EXTENSION.preSharedKey]: preSharedKey,
  [EXTENSION.earlyData]: (c, f, end) => {
    if (end - c.pos >= 4) c.take(f['early_data.max_early_data_size'])
  },
  [EXTENSION.supportedVersions]: (c, f, end, place) => {
    if (isOffer(place)) c.take(f['handshake.extensions.supported_versions_len'])
    while (end - c.pos >= 2) c.take(f['handshake.extensions.supported_version'])
  },
  [EXTENSION.cookie]: (c, f, end) => {
    const length = inside(c, end, c.take(f['handshake.extensions.cookie_len']))
    c.takeBytes(f['handshake.extensions.cookie'], length)
  },
  [EXTENSION.pskModes]: (c, f, end) => {
    c.take(f['extension.psk_ke_modes_length'])
    while (c.pos < end) c.take(f['extension.psk_ke_mode'])
  },
  [POST_HANDSHAKE_AUTH]: nothing,
  [EXTENSION.keyShare]: keyShare,
  [NEXT_PROTOCOL]: (c, f, end) => {
    while (c.pos < end) {
      const length = inside(c, end, c.take(f['handshake.extensions_npn_str_len']))
      c.takeText(f['handshake.extensions_npn'], length)
    }
  },
  [ENCRYPTED_SERVER_NAME]: encryptedName,
  [EXTENSION.renegotiationInfo]: (c, f, end) => {
    const length = inside(c, end, c.take(f['handshake.extensions_reneg_info_len']))
    if (length > 0) c.takeBytes(f['handshake.extensions_reneg_info'], length)
  },
}

/** A length that a vector has, cut to what its extension holds. */
const inside = (c: Cursor, end: number, length: number) => Math.max(0, Math.min(length, end - c.pos))

/** The rest up to `end` as children of `heading`; `one` is what one of them is called in its text. */
export function list(
  c: Cursor,
  end: number,
  heading: Field<string>,
  one: string | undefined,
  each: () => unknown,
): void {
  const start = c.pos
  const body = () => {
    while (c.pos < end) each()
  }
  const width = one === '' ? 1 : 2
  const expected = Math.ceil((end - start) / width)
  const text =
    one === undefined
      ? undefined
      : one === ''
        ? `(${expected})`
        : `(${expected} ${one}${expected === 1 ? '' : 's'})`
  c.group(heading, '', body, text === undefined ? undefined : `${heading.label} ${text}`)
}

function serverNames(c: Cursor, f: TlsFields, end: number): void {
  // A server that used the name answers with nothing in it.
  if (end === c.pos) return
  c.take(f['handshake.extensions_server_name_list_len'])
  while (end - c.pos >= 3) {
    c.take(f['handshake.extensions_server_name_type'])
    const length = c.take(f['handshake.extensions_server_name_len'])
    c.takeText(f['handshake.extensions_server_name'], inside(c, end, length))
  }
}

function statusRequest(c: Cursor, f: TlsFields, end: number, { message }: ExtensionPlace): void {
  if (end === c.pos) return
  const type = c.take(f['handshake.extensions_status_request_type'])
  if (message === HANDSHAKE.certificate) {
    const length = inside(c, end, c.take(f['handshake.ocsp_response_len']))
    if (length > 0) c.takeBytes(f['handshake.ocsp_response'], length)
    return
  }
  if (type !== 1) return
  c.pos += inside(c, end, c.take(f['handshake.extensions_status_request_responder_ids_len']))
  c.pos += inside(c, end, c.take(f['handshake.extensions_status_request_exts_len']))
}

function preSharedKey(c: Cursor, f: TlsFields, end: number, place: ExtensionPlace): void {
  if (!isOffer(place)) {
    c.take(f['handshake.extensions.psk.identity.selected'])
    return
  }
  const length = c.take(f['handshake.extensions.psk.identities.length'])
  const identitiesEnd = Math.min(end, c.pos + length)
  while (identitiesEnd - c.pos >= 2) {
    const bytes = inside(c, identitiesEnd, c.take(f['handshake.extensions.psk.identity.identity_length']))
    c.takeBytes(f['handshake.extensions.psk.identity.identity'], bytes)
    c.take(f['handshake.extensions.psk.identity.obfuscated_ticket_age'])
  }
  c.pos = identitiesEnd
  if (end - c.pos < 2) return
  c.take(f['handshake.extensions.psk.binders_len'])
  c.put(f['handshake.extensions.psk.binders'], '', c.pos, end)
}

function keyShare(c: Cursor, f: TlsFields, end: number, { message, retry }: ExtensionPlace): void {
  if (retry) {
    c.take(f['handshake.extensions_key_share_selected_group'])
    return
  }
  if (message === HANDSHAKE.clientHello) c.take(f['handshake.extensions_key_share_client_length'])
  while (end - c.pos >= 4) share(c, f, end)
}

function share(c: Cursor, f: TlsFields, end: number): void {
  c.take(f['handshake.extensions_key_share_group'])
  const length = c.take(f['handshake.extensions_key_share_key_exchange_length'])
  c.takeBytes(f['handshake.extensions_key_share_key_exchange'], inside(c, end, length))
}

function encryptedName(c: Cursor, f: TlsFields, end: number, place: ExtensionPlace): void {
  if (!isOffer(place)) {
    raw(c, f, end, place)
    return
  }
  c.take(f['esni.suite'])
  share(c, f, end)
  c.takeBytes(f['esni.record_digest'], inside(c, end, c.take(f['esni.record_digest_length'])))
  c.takeBytes(f['esni.encrypted_sni'], inside(c, end, c.take(f['esni.encrypted_sni_length'])))
}

/** RFC 6961 §2.2: several of them, each with its length. */
function statusRequests(c: Cursor, f: TlsFields, end: number): void {
  if (end === c.pos) return
  c.take(f['handshake.extensions_status_request_list_len'])
  while (end - c.pos >= 3) {
    c.take(f['handshake.extensions_status_request_type'])
    const next = c.pos + 2 + inside(c, end, c.take(f['handshake.extensions_status_request_len']))
    c.pos += inside(c, end, c.take(f['handshake.extensions_status_request_responder_ids_len']))
    c.pos += inside(c, end, c.take(f['handshake.extensions_status_request_exts_len']))
    c.pos = Math.min(end, next)
  }
}

/** RFC 6962 §3.3: promises of public logs that the certificate is in them. */
function timestamps(c: Cursor, f: TlsFields, end: number): void {
  if (end === c.pos) return
  c.take(f['sct.scts_length'])
  while (end - c.pos >= 2) {
    const length = c.take(f['sct.sct_length'])
    const one = Math.min(end, c.pos + length)
    c.take(f['sct.sct_version'])
    c.takeBytes(f['sct.sct_logid'], inside(c, one, 32))
    if (one - c.pos >= 8) {
      const milliseconds = Number(c.view.getBigUint64(c.pos))
      c.put(f['sct.sct_timestamp'], timeText(milliseconds), c.pos, c.pos + 8)
      c.pos += 8
    }
    c.pos += inside(c, one, c.take(f['sct.sct_extensions_length']))
    takeSignatureScheme(c, f)
    c.takeBytes(f['sct.sct_signature'], inside(c, one, c.take(f['sct.sct_signature_length'])))
    c.pos = one
  }
}

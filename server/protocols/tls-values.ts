/** Codes of TLS and their names, as IANA registers them ("Transport Layer Security (TLS) Parameters" and "… Extensions"). */

export const CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const

export const CONTENT_TYPES = {
  20: 'Change Cipher Spec',
  21: 'Alert',
  22: 'Handshake',
  23: 'Application Data',
  24: 'Heartbeat',
  25: 'Connection ID',
} as const

export const HANDSHAKE = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
  keyUpdate: 24,
  compressedCertificate: 25,
  nextProtocol: 67,
} as const

export const HANDSHAKE_TYPES: Readonly<Record<number, string>> = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  3: 'Hello Verify Request',
  4: 'New Session Ticket',
  5: 'End of Early Data',
  6: 'Hello Retry Request',
  8: 'Encrypted Extensions',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
  21: 'Client Certificate URL',
  22: 'Certificate Status',
  23: 'Supplemental Data',
  24: 'Key Update',
  25: 'Compressed Certificate',
  67: 'Encrypted Extensions',
}

export const SSL2 = 0x0002
export const TLS10 = 0x0301
export const TLS12 = 0x0303
export const TLS13 = 0x0304

/** RFC 8701: 0x0a0a, 0x1a1a and so on: values that mean nothing, sent so that servers learn to pass over what they don't know. */
export function isGrease(code: number): boolean {
  return (code & 0x0f0f) === 0x0a0a && code >> 8 === (code & 0xff)
}

export function greaseNames(): Record<number, string> {
  const names: Record<number, string> = {}
  for (let i = 0; i < 16; i++) names[0x0a0a + i * 0x1010] = 'Reserved (GREASE)'
  return names
}

/** Whether a version means TLS 1.3, drafts of it included. */
export function isTls13(version: number): boolean {
  return version === TLS13 || version >> 8 === 0x7f || version >> 8 === 0xfb
}

function versions(): Record<number, string> {
  const names: Record<number, string> = {
    ...greaseNames(),
    [SSL2]: 'SSL 2.0',
    768: 'SSL 3.0',
    257: 'GMTLS',
    [TLS10]: 'TLS 1.0',
    770: 'TLS 1.1',
    [TLS12]: 'TLS 1.2',
    [TLS13]: 'TLS 1.3',
    65277: 'DTLS 1.2',
    65279: 'DTLS 1.0',
  }
  for (let draft = 14; draft <= 28; draft++) names[0x7f00 + draft] = `TLS 1.3 (draft ${draft})`
  return names
}

export const VERSIONS: Readonly<Record<number, string>> = versions()

/** What the packet list calls a connection of that version, as Wireshark does. */
export function protocolColumn(version: number): string {
  return isTls13(version) ? 'TLSv1.3' : (COLUMNS[version] ?? 'TLS')
}

const COLUMNS: Readonly<Record<number, string>> = {
  [SSL2]: 'SSLv2',
  768: 'SSLv3',
  257: 'GMTLSv1',
  [TLS10]: 'TLSv1',
  770: 'TLSv1.1',
  [TLS12]: 'TLSv1.2',
}

export const ALERT_LEVELS = { 1: 'Warning', 2: 'Fatal' } as const

export const ALERTS: Readonly<Record<number, string>> = {
  0: 'Close Notify',
  1: 'End of Early Data',
  10: 'Unexpected Message',
  20: 'Bad Record MAC',
  21: 'Decryption Failed',
  22: 'Record Overflow',
  30: 'Decompression Failure',
  40: 'Handshake Failure',
  41: 'No Certificate',
  42: 'Bad Certificate',
  43: 'Unsupported Certificate',
  44: 'Certificate Revoked',
  45: 'Certificate Expired',
  46: 'Certificate Unknown',
  47: 'Illegal Parameter',
  48: 'Unknown CA',
  49: 'Access Denied',
  50: 'Decode Error',
  51: 'Decrypt Error',
  60: 'Export Restriction',
  70: 'Protocol Version',
  71: 'Insufficient Security',
  80: 'Internal Error',
  86: 'Inappropriate Fallback',
  90: 'User Canceled',
  100: 'No Renegotiation',
  109: 'Missing Extension',
  110: 'Unsupported Extension',
  111: 'Certificate Unobtainable',
  112: 'Unrecognized Name',
  113: 'Bad Certificate Status Response',
  114: 'Bad Certificate Hash Value',
  115: 'Unknown PSK Identity',
  116: 'Certificate Required',
  120: 'No application Protocol',
  121: 'ECH Required',
}

/** The extensions that are read beyond their type and length. */
export const EXTENSION = {
  serverName: 0,
  maxFragmentLength: 1,
  statusRequest: 5,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  heartbeat: 15,
  alpn: 16,
  statusRequestV2: 17,
  certificateTimestamps: 18,
  padding: 21,
  compressCertificate: 27,
  recordSizeLimit: 28,
  delegatedCredentials: 34,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskModes: 45,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  applicationSettings: 17_513,
  renegotiationInfo: 65_281,
} as const

export const EXTENSIONS: Readonly<Record<number, string>> = {
  ...greaseNames(),
  0: 'server_name',
  1: 'max_fragment_length',
  2: 'client_certificate_url',
  3: 'trusted_ca_keys',
  4: 'truncated_hmac',
  5: 'status_request',
  6: 'user_mapping',
  7: 'client_authz',
  8: 'server_authz',
  9: 'cert_type',
  10: 'supported_groups',
  11: 'ec_point_formats',
  12: 'srp',
  13: 'signature_algorithms',
  14: 'use_srtp',
  15: 'heartbeat',
  16: 'application_layer_protocol_negotiation',
  17: 'status_request_v2',
  18: 'signed_certificate_timestamp',
  19: 'client_certificate_type',
  20: 'server_certificate_type',
  21: 'padding',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  24: 'token_binding',
  25: 'cached_info',
  27: 'compress_certificate',
  28: 'record_size_limit',
  34: 'delegated_credentials',
  35: 'session_ticket',
  40: 'Reserved (key_share)',
  41: 'pre_shared_key',
  42: 'early_data',
  43: 'supported_versions',
  44: 'cookie',
  45: 'psk_key_exchange_modes',
  46: 'Reserved (ticket_early_data_info)',
  47: 'certificate_authorities',
  48: 'oid_filters',
  49: 'post_handshake_auth',
  50: 'signature_algorithms_cert',
  51: 'key_share',
  52: 'transparency_info',
  53: 'connection_id (deprecated)',
  54: 'connection_id',
  55: 'external_id_hash',
  56: 'external_session_id',
  57: 'quic_transport_parameters',
  58: 'ticket_request',
  59: 'dnssec_chain',
  13172: 'next_protocol_negotiation',
  17513: 'application_settings',
  30031: 'channel_id_old',
  30032: 'channel_id',
  65037: 'encrypted_client_hello',
  65281: 'renegotiation_info',
  65445: 'quic_transport_parameters (drafts version)',
  65486: 'encrypted_server_name',
}

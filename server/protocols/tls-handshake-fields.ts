/** The fields of the handshake's messages. */
import { bytes, heading, hex8, hex16, text, u8, u16, u24, u32 } from './field.ts'
import { CIPHER_SUITES } from './tls-cipher-suites.ts'
import {
  CERTIFICATE_COMPRESSIONS,
  CERTIFICATE_TYPES,
  COMPRESSIONS,
  CURVE_TYPES,
  GROUPS,
  KEY_UPDATES,
  STATUS_TYPES,
} from './tls-crypto-values.ts'
import { HANDSHAKE_TYPES, VERSIONS } from './tls-values.ts'

const SHAKE = 'RFC 8446 §4'
const HELLO = 'RFC 8446 §4.1.2'
const CERTIFICATE = 'RFC 8446 §4.4.2'
const EXCHANGE = 'RFC 5246 §7.4.3'
const CURVES = 'RFC 8422 §5.4'
const CLIENT_EXCHANGE = 'RFC 5246 §7.4.7'
const TICKET = 'RFC 8446 §4.6.1'
const REQUEST = 'RFC 5246 §7.4.4'
const SSL2_HELLO = 'RFC 6101 appendix E'

export const TLS_HANDSHAKE_FIELDS = {
  handshake: heading('Handshake Protocol', {
    about: 'Who speaks, by which version and ciphers, and what the keys are made from.',
    spec: SHAKE,
  }),
  'handshake.type': u8('Handshake Type', {
    about: 'Which step of the handshake this is: the order is fixed.',
    spec: SHAKE,
    values: HANDSHAKE_TYPES,
  }),
  'handshake.length': u24('Length', {
    about: 'Bytes behind this field that belong to the message.',
    spec: SHAKE,
  }),
  'handshake.version': hex16('Version', {
    about:
      'The newest that the client speaks up to TLS 1.2; since 1.3 it stays at 1.2, and an extension tells.',
    spec: HELLO,
    values: VERSIONS,
  }),
  'handshake.random': bytes('Random', {
    about:
      '32 fresh bytes that go into the keys, so that no two sessions are alike. A key log finds a session by the client’s.',
    spec: HELLO,
  }),
  'handshake.random_time': text('GMT Unix Time', {
    about: 'Its first four bytes read as seconds since 1970: what they were once, and are no longer.',
    spec: 'RFC 5246 §7.4.1.2',
  }),
  'handshake.random_bytes': bytes('Random Bytes', {
    about: 'The 28 bytes behind those four.',
    spec: 'RFC 5246 §7.4.1.2',
  }),
  'handshake.session_id_length': u8('Session ID Length', { about: '0 to 32.', spec: HELLO }),
  'handshake.session_id': bytes('Session ID', {
    about: 'Up to TLS 1.2 names a session to resume; in 1.3 it is filled and echoed only to look like one.',
    spec: HELLO,
  }),
  'handshake.cipher_suites_length': u16('Cipher Suites Length', { about: 'Two bytes a suite.', spec: HELLO }),
  'handshake.ciphersuites': heading('Cipher Suites', {
    about: 'What the client can do, what it likes best first.',
    spec: HELLO,
  }),
  'handshake.ciphersuite': hex16('Cipher Suite', {
    about: 'A cipher with its hash; before TLS 1.3 also how keys are exchanged and who signs.',
    spec: 'RFC 8446 appendix B.4',
    values: CIPHER_SUITES,
  }),
  'handshake.comp_methods_length': u8('Compression Methods Length', {
    about: 'One byte a method.',
    spec: HELLO,
  }),
  'handshake.comp_methods': heading('Compression Methods', {
    about: 'Only null since CRIME: what compression saves gives away what was said.',
    spec: HELLO,
  }),
  'handshake.comp_method': u8('Compression Method', {
    about: 'Null: none. TLS 1.3 has no other.',
    spec: HELLO,
    values: COMPRESSIONS,
  }),
  'handshake.extensions_length': u16('Extensions Length', {
    about: 'Bytes of all the extensions behind it.',
    spec: 'RFC 8446 §4.2',
  }),
  'handshake.ja3_full': text('JA3 Fullstring', {
    about:
      'Version, suites, extensions, groups and point formats, in order: what one TLS library sends, and no other.',
    spec: 'JA3 (Salesforce, 2017)',
  }),
  'handshake.ja3': text('JA3', {
    about: 'The MD5 of that string: the fingerprint of the client’s TLS library.',
    spec: 'JA3 (Salesforce, 2017)',
  }),
  'handshake.ja3s_full': text('JA3S Fullstring', {
    about: 'The same of the server’s answer: version, suite, extensions.',
    spec: 'JA3S (Salesforce, 2019)',
  }),
  'handshake.ja3s': text('JA3S', { about: 'The MD5 of that string.', spec: 'JA3S (Salesforce, 2019)' }),
  'handshake.certificate_request_context_length': u8('Certificate Request Context Length', {
    about: '0 in the handshake; more where a certificate is asked for later.',
    spec: CERTIFICATE,
  }),
  'handshake.certificate_request_context': bytes('Certificate Request Context', {
    about: 'Which request this certificate answers.',
    spec: CERTIFICATE,
  }),
  'handshake.certificates_length': u24('Certificates Length', {
    about: 'Bytes of the whole chain.',
    spec: CERTIFICATE,
  }),
  'handshake.certificates': heading('Certificates', {
    about: 'The chain: the sender’s own first, each signed by the next.',
    spec: CERTIFICATE,
  }),
  'handshake.certificate_length': u24('Certificate Length', {
    about: 'Bytes of this one.',
    spec: CERTIFICATE,
  }),
  'handshake.certificate': bytes('Certificate', {
    about: 'X.509 in DER: a name, a public key, from when to when, and who vouches for it.',
    spec: 'RFC 5280 §4.1',
  }),
  'handshake.server_curve_type': hex8('Curve Type', {
    about: 'A curve by name is the only way left.',
    spec: CURVES,
    values: CURVE_TYPES,
  }),
  'handshake.server_named_curve': hex16('Named Curve', {
    about: 'The curve of the server’s key share.',
    spec: CURVES,
    values: GROUPS,
  }),
  'handshake.server_point_len': u8('Pubkey Length', { about: 'Bytes of the point.', spec: CURVES }),
  'handshake.server_point': bytes('Pubkey', {
    about: 'The server’s half of Diffie–Hellman: made for this session and thrown away after it.',
    spec: CURVES,
  }),
  'handshake.client_point_len': u8('Pubkey Length', { about: 'Bytes of the point.', spec: 'RFC 8422 §5.7' }),
  'handshake.client_point': bytes('Pubkey', {
    about: 'The client’s half: with the server’s it makes the secret that never travels.',
    spec: 'RFC 8422 §5.7',
  }),
  'handshake.p_len': u16('p Length', { about: 'Bytes of the prime.', spec: EXCHANGE }),
  'handshake.p': bytes('p', { about: 'The prime of the finite-field exchange.', spec: EXCHANGE }),
  'handshake.g_len': u16('g Length', { about: 'Bytes of the generator.', spec: EXCHANGE }),
  'handshake.g': bytes('g', { about: 'The generator.', spec: EXCHANGE }),
  'handshake.ys_len': u16('Pubkey Length', { about: 'Bytes of the server’s public value.', spec: EXCHANGE }),
  'handshake.ys': bytes('Pubkey', { about: 'The server’s public value.', spec: EXCHANGE }),
  'handshake.yc_len': u16('Pubkey Length', {
    about: 'Bytes of the client’s public value.',
    spec: CLIENT_EXCHANGE,
  }),
  'handshake.yc': bytes('Pubkey', { about: 'The client’s public value.', spec: CLIENT_EXCHANGE }),
  'handshake.hint_len': u16('Hint Length', { about: 'Bytes of the hint.', spec: 'RFC 4279 §2' }),
  'handshake.hint': bytes('Hint', { about: 'Which shared key the server has in mind.', spec: 'RFC 4279 §2' }),
  'handshake.identity_len': u16('Identity Length', { about: 'Bytes of the identity.', spec: 'RFC 4279 §2' }),
  'handshake.identity': bytes('Identity', {
    about: 'Which shared key the client uses.',
    spec: 'RFC 4279 §2',
  }),
  'handshake.epms_len': u16('Encrypted PreMaster length', {
    about: 'Bytes of the sealed secret.',
    spec: 'RFC 5246 §7.4.7.1',
  }),
  'handshake.epms': bytes('Encrypted PreMaster', {
    about:
      'The secret itself, sealed for the server’s RSA key: whoever gets that key later reads everything.',
    spec: 'RFC 5246 §7.4.7.1',
  }),
  'handshake.sig_len': u16('Signature Length', { about: 'Bytes of the signature.', spec: EXCHANGE }),
  'handshake.sig': bytes('Signature', {
    about: 'Over both randoms and the key share: shows that the share is from the owner of the certificate.',
    spec: EXCHANGE,
  }),
  'handshake.client_cert_vrfy.sig_len': u16('Signature length', {
    about: 'Bytes of the signature.',
    spec: 'RFC 8446 §4.4.3',
  }),
  'handshake.client_cert_vrfy.sig': bytes('Signature', {
    about: 'Over the whole handshake so far: shows that the sender has the certificate’s private key.',
    spec: 'RFC 8446 §4.4.3',
  }),
  'handshake.cert_types_count': u8('Certificate types count', { about: 'How many follow.', spec: REQUEST }),
  'handshake.cert_types': heading('Certificate types', {
    about: 'Kinds that the server takes.',
    spec: REQUEST,
  }),
  'handshake.cert_type': u8('Certificate type', {
    about: 'A kind of client certificate that the server takes.',
    spec: REQUEST,
    values: CERTIFICATE_TYPES,
  }),
  'handshake.dnames_len': u16('Distinguished Names Length', { about: 'Bytes of the list.', spec: REQUEST }),
  'handshake.dnames': heading('Distinguished Names', {
    about: 'Authorities whose certificates the server takes.',
    spec: REQUEST,
  }),
  'handshake.dname_len': u16('Distinguished Name Length', { about: 'Bytes of the name.', spec: REQUEST }),
  'handshake.dname': heading('Distinguished Name', { about: 'An authority’s name, in DER.', spec: REQUEST }),
  'handshake.session_ticket_lifetime_hint': u32('Session Ticket Lifetime Hint', {
    about: 'How long the ticket may be used.',
    spec: TICKET,
    unit: 'seconds',
  }),
  'handshake.session_ticket_age_add': u32('Session Ticket Age Add', {
    about:
      'Added to the ticket’s age when it is used, so that an observer cannot tie the two sessions together.',
    spec: TICKET,
  }),
  'handshake.session_ticket_nonce_length': u8('Session Ticket Nonce Length', {
    about: 'Bytes of the nonce.',
    spec: TICKET,
  }),
  'handshake.session_ticket_nonce': bytes('Session Ticket Nonce', {
    about: 'Makes the keys of each ticket differ.',
    spec: TICKET,
  }),
  'handshake.session_ticket_length': u16('Session Ticket Length', {
    about: 'Bytes of the ticket.',
    spec: TICKET,
  }),
  'handshake.session_ticket': bytes('Session Ticket', {
    about:
      'What the server wants to be reminded of, sealed by itself: the client keeps it and shows it next time.',
    spec: TICKET,
  }),
  'handshake.verify_data': heading('Verify Data', {
    about:
      'A MAC over the whole handshake: had anybody changed a bit of it, the two sides would differ here.',
    spec: 'RFC 8446 §4.4.4',
  }),
  'handshake.key_update.request_update': u8('Key Update Request', {
    about: 'The sender’s keys change behind this; and whether the other side’s shall, too.',
    spec: 'RFC 8446 §4.6.3',
    values: KEY_UPDATES,
  }),
  'handshake.extensions_status_request_type': u8('Certificate Status Type', {
    about: 'How the server may show that its certificate was not revoked.',
    spec: 'RFC 6066 §8',
    values: STATUS_TYPES,
  }),
  'handshake.ocsp_response_len': u24('OCSP Response Length', {
    about: 'Bytes of the response.',
    spec: 'RFC 6066 §8',
  }),
  'handshake.ocsp_response': bytes('OCSP Response', {
    about: 'What the authority said of the certificate a short while ago, signed.',
    spec: 'RFC 6960',
  }),
  'compress_certificate.algorithm': u16('Algorithm', {
    about: 'How certificates may be compressed, or this one is.',
    spec: 'RFC 8879 §3',
    values: CERTIFICATE_COMPRESSIONS,
  }),
  'compress_certificate.uncompressed_length': u24('Uncompressed Length', {
    about: 'Bytes that come out.',
    spec: 'RFC 8879 §4',
  }),
  'compress_certificate.compressed_certificate_message.length': u24('Length', {
    about: 'Bytes of the compressed message.',
    spec: 'RFC 8879 §4',
  }),
  'compress_certificate.compressed_certificate_message': bytes('Compressed Certificate Message', {
    about: 'A Certificate message, compressed.',
    spec: 'RFC 8879 §4',
  }),
  'handshake.npn_selected_protocol_len': u8('Selected Protocol Length', {
    about: 'Bytes of the name.',
    spec: 'draft-agl-tls-nextprotoneg-04',
  }),
  'handshake.npn_selected_protocol': text('Selected Protocol', {
    about: 'What the client chose, before ALPN took its place.',
    spec: 'draft-agl-tls-nextprotoneg-04',
  }),
  'handshake.npn_padding_len': u8('Padding Length', {
    about: 'Bytes of padding.',
    spec: 'draft-agl-tls-nextprotoneg-04',
  }),
  'handshake.npn_padding': bytes('Padding', {
    about: 'Hides how long the name is.',
    spec: 'draft-agl-tls-nextprotoneg-04',
  }),
  'handshake.cipher_spec_len': u16('Cipher Spec Length', {
    about: 'Three bytes a cipher.',
    spec: SSL2_HELLO,
  }),
  'handshake.challenge_length': u16('Challenge Length', { about: '16 to 32.', spec: SSL2_HELLO }),
  'handshake.cipherspec': u24('Cipher Spec', {
    about: 'A cipher in three bytes, as SSL 2 wrote them; those of later versions begin with 0.',
    spec: SSL2_HELLO,
    values: CIPHER_SUITES,
    base: 'hex',
  }),
  'handshake.challenge': heading('Challenge', { about: 'The client’s random bytes.', spec: SSL2_HELLO }),
}

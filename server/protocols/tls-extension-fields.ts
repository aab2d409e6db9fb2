/** The fields of the extensions by which the two hellos agree on everything else. */
import { bytes, heading, hex8, hex16, text, u8, u16, u32 } from './field.ts'
import { CIPHER_SUITES } from './tls-cipher-suites.ts'
import {
  FRAGMENT_LENGTHS,
  GROUPS,
  HEARTBEAT_MODES,
  POINT_FORMATS,
  PSK_MODES,
  SIGNATURE_HASHES,
  SIGNATURE_KINDS,
  SIGNATURE_SCHEMES,
} from './tls-crypto-values.ts'
import { EXTENSIONS, VERSIONS } from './tls-values.ts'

const EXTENSION = 'RFC 8446 §4.2'
const SNI = 'RFC 6066 §3'
const STATUS = 'RFC 6066 §8'
const GROUP = 'RFC 8446 §4.2.7'
const POINTS = 'RFC 8422 §5.1.2'
const SIGNATURES = 'RFC 8446 §4.2.3'
const ALPN = 'RFC 7301 §3.1'
const SHARE = 'RFC 8446 §4.2.8'
const PSK = 'RFC 8446 §4.2.11'
const MODES = 'RFC 8446 §4.2.9'
const RENEGOTIATION = 'RFC 5746 §3.2'
const ESNI = 'draft-ietf-tls-esni-02'
const NPN = 'draft-agl-tls-nextprotoneg-04'

export const TLS_EXTENSION_FIELDS = {
  'handshake.extension': heading('Extension', {
    about: 'One more thing that the two sides may agree on; who does not know it passes over it.',
    spec: EXTENSION,
  }),
  'handshake.extension.type': u16('Type', {
    about: 'Which extension; a server answers only to those that it was offered.',
    spec: EXTENSION,
    values: EXTENSIONS,
  }),
  'handshake.extension.len': u16('Length', { about: 'Bytes of its data.', spec: EXTENSION }),
  'handshake.extension.data': bytes('Data', { about: 'As it travels.', spec: EXTENSION }),

  'handshake.extensions_server_name_list_len': u16('Server Name list length', {
    about: 'Bytes of the list.',
    spec: SNI,
  }),
  'handshake.extensions_server_name_type': u8('Server Name Type', {
    about: 'A host name: there is no other.',
    spec: SNI,
    values: { 0: 'host_name' },
  }),
  'handshake.extensions_server_name_len': u16('Server Name length', {
    about: 'Bytes of the name.',
    spec: SNI,
  }),
  'handshake.extensions_server_name': text('Server Name', {
    about:
      'Whom the client wants to reach, in the clear: one address serves many, and needs it to choose a certificate.',
    spec: SNI,
  }),
  'handshake.max_fragment_length': u8('Maximum Fragment Length', {
    about: 'The longest record that the client can take.',
    spec: 'RFC 6066 §4',
    values: FRAGMENT_LENGTHS,
  }),
  'handshake.extensions_status_request_responder_ids_len': u16('Responder ID list Length', {
    about: 'Bytes of the list; usually none.',
    spec: STATUS,
  }),
  'handshake.extensions_status_request_exts_len': u16('Request Extensions Length', {
    about: 'Bytes of the extensions; usually none.',
    spec: STATUS,
  }),
  'handshake.extensions_status_request_list_len': u16('Certificate Status List Length', {
    about: 'Bytes of the list.',
    spec: 'RFC 6961 §2.2',
  }),
  'handshake.extensions_status_request_len': u16('Certificate Status Length', {
    about: 'Bytes of this request.',
    spec: 'RFC 6961 §2.2',
  }),
  'handshake.extensions_supported_groups_length': u16('Supported Groups List Length', {
    about: 'Two bytes a group.',
    spec: GROUP,
  }),
  'handshake.extensions_supported_groups': heading('Supported Groups', {
    about: 'Curves and fields that the sender can exchange keys in, what it likes best first.',
    spec: GROUP,
  }),
  'handshake.extensions_supported_group': hex16('Supported Group', {
    about: 'A curve, or a finite field, for Diffie–Hellman.',
    spec: GROUP,
    values: GROUPS,
  }),
  'handshake.extensions_ec_point_formats_length': u8('EC point formats Length', {
    about: 'One byte a format.',
    spec: POINTS,
  }),
  'handshake.extensions_ec_point_formats': heading('Elliptic curves point formats', {
    about: 'How points of a curve may be written.',
    spec: POINTS,
  }),
  'handshake.extensions_ec_point_format': u8('EC point format', {
    about: 'Uncompressed is what everybody uses; TLS 1.3 has no choice here.',
    spec: POINTS,
    values: POINT_FORMATS,
  }),
  'handshake.sig_hash_alg_len': u16('Signature Hash Algorithms Length', {
    about: 'Two bytes each.',
    spec: SIGNATURES,
  }),
  'handshake.sig_hash_algs': heading('Signature Hash Algorithms', {
    about: 'Signatures that the sender can verify.',
    spec: SIGNATURES,
  }),
  'handshake.sig_hash_alg': hex16('Signature Algorithm', {
    about: 'The kind of a signature, with its hash.',
    spec: SIGNATURES,
    values: SIGNATURE_SCHEMES,
  }),
  'handshake.sig_hash_hash': u8('Signature Hash Algorithm Hash', {
    about: 'The first byte, which was the hash before TLS 1.3 made the two one code.',
    spec: 'RFC 5246 §7.4.1.4.1',
    values: SIGNATURE_HASHES,
  }),
  'handshake.sig_hash_sig': u8('Signature Hash Algorithm Signature', {
    about: 'The second byte, which was the kind of key.',
    spec: 'RFC 5246 §7.4.1.4.1',
    values: SIGNATURE_KINDS,
  }),
  'handshake.extension.heartbeat.mode': u8('Mode', {
    about: 'Whether the sender answers heartbeats.',
    spec: 'RFC 6520 §2',
    values: HEARTBEAT_MODES,
  }),
  'handshake.extensions_alpn_len': u16('ALPN Extension Length', { about: 'Bytes of the list.', spec: ALPN }),
  'handshake.extensions_alpn_list': heading('ALPN Protocol', {
    about:
      'What the client would like to speak inside, best first; the server answers with the one it chose.',
    spec: ALPN,
  }),
  'handshake.extensions_alpn_str_len': u8('ALPN string length', { about: 'Bytes of the name.', spec: ALPN }),
  'handshake.extensions_alpn_str': text('ALPN Next Protocol', {
    about: 'A protocol by its registered name: http/1.1, h2.',
    spec: ALPN,
  }),
  'handshake.extensions_padding_data': bytes('Padding Data', {
    about: 'Zeros: some servers hang on hellos of 256 to 511 bytes.',
    spec: 'RFC 7685 §3',
  }),
  'compress_certificate.algorithms_length': u8('Algorithms Length', {
    about: 'Two bytes each.',
    spec: 'RFC 8879 §3',
  }),
  record_size_limit: u16('Record Size Limit', {
    about: 'The longest record that the sender can take.',
    spec: 'RFC 8449 §4',
    unit: 'bytes',
  }),
  'handshake.extensions.psk.identities.length': u16('Identities Length', {
    about: 'Bytes of the list.',
    spec: PSK,
  }),
  'handshake.extensions.psk.identity.identity_length': u16('Identity Length', {
    about: 'Bytes of the identity.',
    spec: PSK,
  }),
  'handshake.extensions.psk.identity.identity': bytes('Identity', {
    about: 'A ticket from an earlier session, or the name of a key both sides have.',
    spec: PSK,
  }),
  'handshake.extensions.psk.identity.obfuscated_ticket_age': u32('Obfuscated Ticket Age', {
    about: 'Milliseconds since the ticket came, plus the secret number that came with it.',
    spec: PSK,
  }),
  'handshake.extensions.psk.binders_len': u16('PSK Binders length', {
    about: 'Bytes of the list.',
    spec: PSK,
  }),
  'handshake.extensions.psk.binders': heading('PSK Binders', {
    about: 'For each identity a MAC over this very hello: shows that the client has the key.',
    spec: PSK,
  }),
  'handshake.extensions.psk.identity.selected': u16('Selected Identity', {
    about: 'The one that the server takes, counted from 0.',
    spec: PSK,
  }),
  'early_data.max_early_data_size': u32('Maximum Early Data Size', {
    about: 'Bytes that may come with the first flight when this ticket is used.',
    spec: 'RFC 8446 §4.2.10',
    unit: 'bytes',
  }),
  'handshake.extensions.supported_versions_len': u8('Supported Versions length', {
    about: 'Two bytes a version.',
    spec: 'RFC 8446 §4.2.1',
  }),
  'handshake.extensions.supported_version': hex16('Supported Version', {
    about: 'The true version: what the client can speak, or what the server chose.',
    spec: 'RFC 8446 §4.2.1',
    values: VERSIONS,
  }),
  'handshake.extensions.cookie_len': u16('Cookie length', {
    about: 'Bytes of the cookie.',
    spec: 'RFC 8446 §4.2.2',
  }),
  'handshake.extensions.cookie': bytes('Cookie', {
    about: 'Given with a Hello Retry Request, and brought back: the server need remember nothing meanwhile.',
    spec: 'RFC 8446 §4.2.2',
  }),
  'extension.psk_ke_modes_length': u8('PSK Key Exchange Modes Length', {
    about: 'One byte a mode.',
    spec: MODES,
  }),
  'extension.psk_ke_mode': u8('PSK Key Exchange Mode', {
    about: 'Whether a resumed session exchanges fresh keys as well: then a stolen ticket opens nothing old.',
    spec: MODES,
    values: PSK_MODES,
  }),
  'handshake.extensions_key_share_client_length': u16('Client Key Share Length', {
    about: 'Bytes of all shares.',
    spec: SHARE,
  }),
  'handshake.extensions_key_share_group': u16('Group', {
    about:
      'The group of this share; a client guesses which one the server will take, and saves a round trip.',
    spec: SHARE,
    values: GROUPS,
  }),
  'handshake.extensions_key_share_key_exchange_length': u16('Key Exchange Length', {
    about: 'Bytes of the share.',
    spec: SHARE,
  }),
  'handshake.extensions_key_share_key_exchange': bytes('Key Exchange', {
    about: 'The sender’s half of Diffie–Hellman: public, and useless without the private one.',
    spec: SHARE,
  }),
  'handshake.extensions_key_share_selected_group': u16('Selected Group', {
    about: 'The client guessed wrong: the server asks for a share in this group.',
    spec: SHARE,
    values: GROUPS,
  }),
  'handshake.extensions_alps_len': u16('ALPS Extension Length', {
    about: 'Bytes of the list.',
    spec: 'draft-vvv-tls-alps-01',
  }),
  'handshake.extensions_alps_alpn_list': heading('Supported ALPN List', {
    about: 'Protocols whose settings may travel with the handshake.',
    spec: 'draft-vvv-tls-alps-01',
  }),
  'handshake.extensions_alps_alpn_str_len': u8('Supported ALPN Length', {
    about: 'Bytes of the name.',
    spec: 'draft-vvv-tls-alps-01',
  }),
  'handshake.extensions_alps_alpn_str': text('Supported ALPN', {
    about: 'A protocol by its registered name.',
    spec: 'draft-vvv-tls-alps-01',
  }),
  'handshake.extensions_reneg_info_len': u8('Renegotiation info extension length', {
    about: '0 in a first handshake.',
    spec: RENEGOTIATION,
  }),
  'handshake.extensions_reneg_info': bytes('Renegotiation info', {
    about: 'Ties a second handshake to the first, so that nobody can put his own words before yours.',
    spec: RENEGOTIATION,
  }),
  'sct.scts_length': u16('Serialized SCT List Length', {
    about: 'Bytes of the list.',
    spec: 'RFC 6962 §3.3',
  }),
  'sct.sct_length': u16('Serialized SCT Length', { about: 'Bytes of this one.', spec: 'RFC 6962 §3.2' }),
  'sct.sct_version': u8('SCT Version', { about: '0 for version 1.', spec: 'RFC 6962 §3.2' }),
  'sct.sct_logid': bytes('Log ID', {
    about: 'Which public log has seen the certificate.',
    spec: 'RFC 6962 §3.2',
  }),
  'sct.sct_timestamp': text('Timestamp', { about: 'When the log saw it.', spec: 'RFC 6962 §3.2' }),
  'sct.sct_signature_length': u16('Signature Length', {
    about: 'Bytes of the signature.',
    spec: 'RFC 6962 §3.2',
  }),
  'sct.sct_signature': bytes('Signature', { about: 'The log’s.', spec: 'RFC 6962 §3.2' }),
  'sct.sct_extensions_length': u16('Extensions length', { about: 'Usually 0.', spec: 'RFC 6962 §3.2' }),
  'esni.suite': hex16('Cipher Suite', {
    about: 'How the name is sealed.',
    spec: ESNI,
    values: CIPHER_SUITES,
  }),
  'esni.record_digest_length': u16('Record Digest Length', { about: 'Bytes of the digest.', spec: ESNI }),
  'esni.record_digest': bytes('Record Digest', {
    about: 'Of the key that the server has published in DNS.',
    spec: ESNI,
  }),
  'esni.encrypted_sni_length': u16('Encrypted SNI Length', {
    about: 'Bytes of the sealed name.',
    spec: ESNI,
  }),
  'esni.encrypted_sni': bytes('Encrypted SNI', {
    about: 'The server’s name, sealed: a first try, which Encrypted Client Hello has replaced.',
    spec: ESNI,
  }),
  'handshake.extensions_npn_str_len': u8('Protocol string length', {
    about: 'Bytes of the name.',
    spec: NPN,
  }),
  'handshake.extensions_npn': text('Next Protocol', {
    about: 'What the server can speak inside, before ALPN took its place.',
    spec: NPN,
  }),
  'handshake.extensions_srp_len': u8('SRP username length', {
    about: 'Bytes of the name.',
    spec: 'RFC 5054 §2.8.1',
  }),
  'handshake.extensions_srp_username': text('SRP username', {
    about: 'Who logs in, in the clear.',
    spec: 'RFC 5054 §2.8.1',
  }),
  'handshake.cert_type.types_len': u8('Certificate Type List Length', {
    about: 'One byte a type.',
    spec: 'RFC 7250 §3',
  }),
  'handshake.cert_type.types': heading('Certificate Type List', {
    about: 'Kinds of certificate that the sender can take.',
    spec: 'RFC 7250 §3',
  }),
  'handshake.cert_type.type': hex8('Certificate Type', {
    about: 'X.509, or a bare public key.',
    spec: 'RFC 7250 §3',
    values: { 0: 'X.509', 1: 'OpenPGP', 2: 'Raw Public Key' },
  }),
}

/** Codes of TLS that name keys, curves and signatures (IANA, "TLS Supported Groups", "TLS SignatureScheme" and others). */
import { greaseNames } from './tls-values.ts'

const ELLIPTIC = `sect163k1 sect163r1 sect163r2 sect193r1 sect193r2 sect233k1 sect233r1 sect239k1 sect283k1 sect283r1
  sect409k1 sect409r1 sect571k1 sect571r1 secp160k1 secp160r1 secp160r2 secp192k1 secp192r1 secp224k1 secp224r1
  secp256k1 secp256r1 secp384r1 secp521r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 x25519 x448`

/** Curves from 1 on, finite fields (RFC 7919) from 256 on, and those that hold a key of each of two kinds. */
export const GROUPS: Readonly<Record<number, string>> = {
  ...greaseNames(),
  ...Object.fromEntries(ELLIPTIC.split(/\s+/).map((name, i) => [i + 1, name])),
  31: 'brainpoolP256r1tls13',
  32: 'brainpoolP384r1tls13',
  33: 'brainpoolP512r1tls13',
  41: 'curveSM2',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  258: 'ffdhe4096',
  259: 'ffdhe6144',
  260: 'ffdhe8192',
  512: 'MLKEM512',
  513: 'MLKEM768',
  514: 'MLKEM1024',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
  25497: 'X25519Kyber768Draft00',
  65281: 'arbitrary_explicit_prime_curves',
  65282: 'arbitrary_explicit_char2_curves',
}

export const SIGNATURE_SCHEMES: Readonly<Record<number, string>> = {
  ...greaseNames(),
  513: 'rsa_pkcs1_sha1',
  515: 'ecdsa_sha1',
  1025: 'rsa_pkcs1_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  1800: 'sm2sig_sm3',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
}

/** The two halves that such a code was made of before TLS 1.3 (RFC 5246 §7.4.1.4.1). */
export const SIGNATURE_HASHES = {
  0: 'None',
  1: 'MD5',
  2: 'SHA1',
  3: 'SHA224',
  4: 'SHA256',
  5: 'SHA384',
  6: 'SHA512',
  7: 'SM3',
} as const

export const SIGNATURE_KINDS = { 0: 'Anonymous', 1: 'RSA', 2: 'DSA', 3: 'ECDSA', 4: 'SM2' } as const

export const CURVE_TYPES = { 1: 'explicit_prime', 2: 'explicit_char2', 3: 'named_curve' } as const

export const POINT_FORMATS = {
  0: 'uncompressed',
  1: 'ansiX962_compressed_prime',
  2: 'ansiX962_compressed_char2',
} as const

export const COMPRESSIONS = { 0: 'null', 1: 'DEFLATE', 64: 'LZS' } as const

export const CERTIFICATE_TYPES = {
  1: 'RSA Sign',
  2: 'DSS Sign',
  3: 'RSA Fixed DH',
  4: 'DSS Fixed DH',
  21: 'GOST R 34.10-94',
  22: 'GOST R 34.10-2001',
  64: 'ECDSA Sign',
  65: 'RSA Fixed ECDH',
  66: 'ECDSA Fixed ECDH',
  80: 'IBC Params',
} as const

export const FRAGMENT_LENGTHS = { 1: '512', 2: '1024', 3: '2048', 4: '4096' } as const

export const PSK_MODES = {
  0: 'PSK-only key establishment (psk_ke)',
  1: 'PSK with (EC)DHE key establishment (psk_dhe_ke)',
} as const

export const STATUS_TYPES = { 1: 'OCSP', 2: 'OCSP Multi' } as const

export const CERTIFICATE_COMPRESSIONS = { 1: 'zlib', 2: 'brotli', 3: 'zstd' } as const

export const HEARTBEAT_MODES = {
  1: 'Peer allowed to send requests',
  2: 'Peer not allowed to send requests',
} as const

export const HEARTBEAT_TYPES = { 1: 'Request', 2: 'Response' } as const

export const KEY_UPDATES = { 0: 'update_not_requested', 1: 'update_requested' } as const

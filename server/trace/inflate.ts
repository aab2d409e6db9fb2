/** Decompression for the dissectors, always bounded: a few hostile bytes must not become a gigabyte. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import type { Inflaters } from '../protocols/conversation.ts'

/** 1 MiB, as much as is kept of one message. */
export const INFLATED_LIMIT = 1 << 20

/** What broke off is given as far as it goes: the capture may have missed the rest. */
const options = { maxOutputLength: INFLATED_LIMIT, finishFlush: constants.Z_SYNC_FLUSH }
const brotliOptions = {
  maxOutputLength: INFLATED_LIMIT,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
}

/** What a sender leaves out behind each message (RFC 7692 §7.2.1). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff)
/** Zlib takes its output in pieces of this size: small for a small message, since each call makes one. */
const SMALLEST_PIECE = 1024
const LARGEST_PIECE = 65_536

function attempt(inflate: () => Uint8Array): Uint8Array | undefined {
  try {
    return inflate()
  } catch {
    return undefined
  }
}

function message(bytes: Uint8Array, window: Uint8Array | undefined): Uint8Array | undefined {
  const whole = new Uint8Array(bytes.length + TAIL.length)
  whole.set(bytes)
  whole.set(TAIL, bytes.length)
  const chunkSize = Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, bytes.length * 4))
  return attempt(() =>
    inflateRawSync(whole, { ...options, chunkSize, ...(window !== undefined && { dictionary: window }) }),
  )
}

/** A header and a trailer, with nothing between them (RFC 1952 §2.3). */
const SMALLEST_GZIP = 18

export const inflaters: Inflaters = {
  gzip: (bytes) => (bytes.length < SMALLEST_GZIP ? undefined : attempt(() => gunzipSync(bytes, options))),
  /** HTTP's `deflate` is zlib's format (RFC 9110 §8.4.1.2), yet some servers send it bare. */
  deflate: (bytes) =>
    attempt(() => inflateSync(bytes, options)) ?? attempt(() => inflateRawSync(bytes, options)),
  brotli: (bytes) => attempt(() => brotliDecompressSync(bytes, brotliOptions)),
  message,
}

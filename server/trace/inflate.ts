/** Decompression for the dissectors, always bounded: a few hostile bytes must not become a gigabyte. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import type { Inflaters } from '../protocols/conversation.ts'

/** 1 MiB, as much as is kept of one message. */
export const INFLATED_LIMIT = 1 << 20

const options = { maxOutputLength: INFLATED_LIMIT }

function attempt(inflate: () => Uint8Array): Uint8Array | undefined {
  try {
    return inflate()
  } catch {
    return undefined
  }
}

export const inflaters: Inflaters = {
  gzip: (bytes) => attempt(() => gunzipSync(bytes, options)),
  /** HTTP's `deflate` is zlib's format (RFC 9110 §8.4.1.2), yet some servers send it bare. */
  deflate: (bytes) =>
    attempt(() => inflateSync(bytes, options)) ?? attempt(() => inflateRawSync(bytes, options)),
  brotli: (bytes) => attempt(() => brotliDecompressSync(bytes, options)),
}

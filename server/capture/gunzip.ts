/** Capture files as they come, unpacked on the way where they are packed with gzip (RFC 1952). */
import { PassThrough, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CaptureError, messageOf, systemCode } from '../errors.ts'

/** What one step of unpacking gives at most: what is not taken yet is not unpacked either. */
const CHUNK_BYTES = 64 * 1024
const MAGIC = [0x1f, 0x8b]
/** Other ways of packing, by how they begin. */
const OTHERS: readonly (readonly [name: string, magic: readonly number[], remedy: string])[] = [
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd], 'unpack it first, with unzstd'],
  ['lz4', [0x04, 0x22, 0x4d, 0x18], 'unpack it first, with unlz4'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58], 'unpack it first, with unxz'],
  ['zip', [0x50, 0x4b, 0x03, 0x04], 'unpack it first, with unzip'],
]

/**
 * The bytes, or those that are packed in them: several members one after the other are one file, as gzip has it. Of a
 * file that was cut short all that is there comes, then `onCut` is called. Throws a CaptureError for bytes that are
 * damaged, and for other kinds of packing.
 */
export async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  onCut: () => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await beginning(chunks)
  for (const [name, magic, remedy] of OTHERS) {
    if (begins(first, magic)) throw new CaptureError(`this capture is packed with ${name}: ${remedy}`, 0)
  }
  const rest = restOf(first, chunks)
  if (begins(first, MAGIC)) yield* gunzipped(rest, onCut)
  else yield* rest
}

async function* gunzipped(source: AsyncIterable<Uint8Array>, onCut: () => void): AsyncGenerator<Uint8Array> {
  const packed = new PassThrough({ highWaterMark: CHUNK_BYTES })
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // What goes wrong is met by whoever reads below.
  const packing = pipeline(source, packed, gunzip, () => undefined)
  try {
    for await (const chunk of packing) yield chunk
  } catch (error) {
    const code = systemCode(error)
    if (code === 'Z_BUF_ERROR') return onCut()
    if (code?.startsWith('Z_')) {
      throw new CaptureError(`damaged: what is packed with gzip can't be unpacked (${messageOf(error)})`, 0)
    }
    throw error
  }
}

/** Enough to tell how it is packed, or all there is. */
async function beginning(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0)
  while (bytes.length < 4) {
    const { value, done } = await chunks.next()
    if (done) break
    bytes = bytes.length === 0 ? value : Buffer.concat([bytes, value])
  }
  return bytes
}

async function* restOf(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first
    for (;;) {
      const { value, done } = await chunks.next()
      if (done) return
      yield value
    }
  } finally {
    await chunks.return?.()
  }
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte)
}

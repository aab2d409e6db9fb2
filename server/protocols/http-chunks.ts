/**
 * A chunked body, RFC 9112 §7.1: recorded chunk by chunk, and its data joined.
 *
 *   chunked-body = *( chunk-size [ ";" ext ] CRLF data CRLF ) "0" CRLF *( trailer CRLF ) CRLF
 */
import { type Cursor, decodeText } from './cursor.ts'
import type { HttpFields } from './http-body.ts'
import { chunkSize } from './http-framing.ts'
import { asciiText } from './http-head.ts'

/** A chunked body may have a chunk a byte; no more than these are shown one by one. */
const MAX_CHUNKS_SHOWN = 10_000
const CR = 0x0d
const LF = 0x0a

/** Reads the chunks from where `c` stands and returns their data; stops where a size can't be read. */
export function joinChunks(c: Cursor, f: HttpFields): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  let shown = 0
  while (c.left > 0) {
    const lf = c.bytes.indexOf(LF, c.pos)
    const lineEnd = lf < 0 || lf >= c.end ? c.end : lf
    const size = chunkSize(c.bytes, c.pos, lineEnd)
    if (size === undefined) {
      const found = JSON.stringify(decodeText(c.bytes.subarray(c.pos, Math.min(lineEnd, c.pos + 20))))
      c.put(f['=_ws.expert.message'], `Chunk size: expected hex digits, found ${found}`, c.pos, lineEnd)
      break
    }
    const dataAt = Math.min(c.end, lineEnd + 1)
    const dataEnd = Math.min(c.end, dataAt + size)
    // As much as is there, as Wireshark has it: a body that broke off has a last chunk that is shorter than it says.
    if (++shown <= MAX_CHUNKS_SHOWN) c.put(f.chunk_size, dataEnd - dataAt, c.pos, dataAt)
    c.pos = dataAt
    if (size === 0) {
      trailers(c, f)
      break
    }
    if (dataEnd - dataAt < size) {
      const here = dataEnd - dataAt
      c.put(f['=_ws.expert.message'], `Chunk: ${size} bytes announced, ${here} here`, dataAt, dataEnd)
    }
    const data = c.bytes.subarray(dataAt, dataEnd)
    parts.push(data)
    length += data.length
    if (shown <= MAX_CHUNKS_SHOWN) c.put(f.chunk_data, data, dataAt, dataEnd)
    c.pos = dataEnd
    const boundary = c.bytes[c.pos] === CR ? 2 : c.bytes[c.pos] === LF ? 1 : 0
    const end = Math.min(c.end, c.pos + boundary)
    if (shown <= MAX_CHUNKS_SHOWN && end > c.pos) {
      c.put(f.chunk_boundary, c.bytes.subarray(c.pos, end), c.pos, end)
    }
    c.pos = end
  }
  return joined(parts, length)
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Headers behind the last chunk, up to an empty line: all of them are one field in Wireshark. */
function trailers(c: Cursor, f: HttpFields): void {
  const start = c.pos
  let end = start
  while (c.left > 0) {
    const lf = c.bytes.indexOf(LF, c.pos)
    const next = lf < 0 || lf >= c.end ? c.end : lf + 1
    const empty = next - c.pos <= 2 && (c.bytes[c.pos] === CR || c.bytes[c.pos] === LF)
    c.pos = next
    if (empty) break
    end = next
  }
  if (end > start) c.put(f.chunked_trailer_part, asciiText(c.bytes.subarray(start, end)), start, end)
}

/** MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), as much of it as an encoder written by hand may use. */

export type Packed =
  | { readonly value: unknown; readonly end: number }
  /** `problem` says what was expected, and where. */
  | { readonly problem: string }

/** Reads one value that must fill the bytes. */
export function unpack(bytes: Buffer): Packed {
  try {
    const { value, end } = read(bytes, 0)
    if (end === bytes.length) return { value, end }
    return { problem: `the value ends at byte ${end}, and ${bytes.length} have come` }
  } catch (error) {
    if (error instanceof RangeError) return { problem: `${error.message}` }
    throw error
  }
}

interface Read {
  readonly value: unknown
  readonly end: number
}

function read(bytes: Buffer, at: number): Read {
  const first = need(bytes, at, 1).readUInt8()
  if (first < 0x80) return { value: first, end: at + 1 }
  if (first < 0x90) return readMap(bytes, at + 1, first & 0x0f)
  if (first < 0xa0) return readArray(bytes, at + 1, first & 0x0f)
  if (first < 0xc0) return readText(bytes, at + 1, first & 0x1f)
  if (first >= 0xe0) return { value: first - 0x100, end: at + 1 }
  const reader = READERS[first]
  if (reader !== undefined) return reader(bytes, at + 1)
  throw new RangeError(`byte ${at} is 0x${first.toString(16)}, which begins nothing that is known here`)
}

type Reader = (bytes: Buffer, at: number) => Read

const fixed =
  (size: number, take: (bytes: Buffer) => unknown): Reader =>
  (bytes, at) => ({ value: take(need(bytes, at, size)), end: at + size })

/** A length of so many bytes, then what has that length. */
const counted =
  (size: number, then: (bytes: Buffer, at: number, count: number) => Read): Reader =>
  (bytes, at) =>
    then(bytes, at + size, need(bytes, at, size).readUIntBE(0, size))

const READERS: Readonly<Record<number, Reader>> = {
  192: (_bytes, at) => ({ value: null, end: at }),
  194: (_bytes, at) => ({ value: false, end: at }),
  195: (_bytes, at) => ({ value: true, end: at }),
  196: counted(1, readBytes),
  197: counted(2, readBytes),
  202: fixed(4, (b) => b.readFloatBE()),
  203: fixed(8, (b) => b.readDoubleBE()),
  204: fixed(1, (b) => b.readUInt8()),
  205: fixed(2, (b) => b.readUInt16BE()),
  206: fixed(4, (b) => b.readUInt32BE()),
  207: fixed(8, (b) => Number(b.readBigUInt64BE())),
  208: fixed(1, (b) => b.readInt8()),
  209: fixed(2, (b) => b.readInt16BE()),
  210: fixed(4, (b) => b.readInt32BE()),
  211: fixed(8, (b) => Number(b.readBigInt64BE())),
  217: counted(1, readText),
  218: counted(2, readText),
  220: counted(2, readArray),
  222: counted(2, readMap),
}

function readBytes(bytes: Buffer, at: number, count: number): Read {
  return { value: need(bytes, at, count), end: at + count }
}

function readText(bytes: Buffer, at: number, count: number): Read {
  return { value: need(bytes, at, count).toString(), end: at + count }
}

function readArray(bytes: Buffer, at: number, count: number): Read {
  const value: unknown[] = []
  let end = at
  for (let i = 0; i < count; i++) {
    const item = read(bytes, end)
    value.push(item.value)
    end = item.end
  }
  return { value, end }
}

function readMap(bytes: Buffer, at: number, count: number): Read {
  const value: [string, unknown][] = []
  let end = at
  for (let i = 0; i < count; i++) {
    const key = read(bytes, end)
    const item = read(bytes, key.end)
    value.push([String(key.value), item.value])
    end = item.end
  }
  return { value: Object.fromEntries(value), end }
}

function need(bytes: Buffer, at: number, count: number): Buffer {
  if (at + count <= bytes.length) return bytes.subarray(at, at + count)
  const there = Math.max(0, bytes.length - at)
  throw new RangeError(`at byte ${at} the length is ${count}, and ${there} bytes are left`)
}

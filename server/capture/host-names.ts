/**
 * Names of hosts in a capture file: the Name Resolution Block (draft-ietf-opsawg-pcapng §4.5), records one after the
 * other, then options.
 *
 *  | type 2 | length 2 | address, then names, each ended by a zero; padded to 4 |   the type 0 ends them
 */
import { padding } from './pcapng-blocks.ts'

/** One host's; the address as text. */
export interface HostName {
  readonly address: string
  readonly name: string
}

const END = 0
const IPV4 = 1
const IPV6 = 2
const MAX_NAME = 255

/** The names in a block's body; a damaged record ends it. */
export function readHostNames(body: Uint8Array, littleEndian: boolean): HostName[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const found: HostName[] = []
  for (let at = 0; at + 4 <= body.length; ) {
    const type = view.getUint16(at, littleEndian)
    const length = view.getUint16(at + 2, littleEndian)
    if (type === END || at + 4 + length > body.length) break
    const value = body.subarray(at + 4, at + 4 + length)
    const size = type === IPV4 ? 4 : type === IPV6 ? 16 : undefined
    if (size !== undefined && length > size) {
      const address = type === IPV4 ? value.subarray(0, 4).join('.') : ipv6Text(value.subarray(0, 16))
      for (const name of new TextDecoder().decode(value.subarray(size)).split('\0')) {
        if (name !== '') found.push({ address, name: name.slice(0, MAX_NAME) })
      }
    }
    at += 4 + length + padding(length)
  }
  return found
}

/** A block's body, little-endian, for hosts with IPv4 addresses; others are left out. */
export function writeHostNames(names: readonly HostName[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { address, name } of names) {
    const numbers = address.split('.').map(Number)
    if (numbers.length !== 4 || !numbers.every((each) => each >= 0 && each < 256)) continue
    const value = Buffer.concat([Buffer.from(numbers), Buffer.from(`${name.replaceAll('\0', '')}\0`)])
    const record = Buffer.alloc(4 + value.length + padding(value.length))
    record.writeUInt16LE(IPV4, 0)
    record.writeUInt16LE(value.length, 2)
    record.set(value, 4)
    parts.push(record)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

/** RFC 5952: groups without leading zeros, the longest run of zeros as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0))
  let best = { from: 0, length: 0 }
  for (let from = 0; from < 8; from++) {
    let length = 0
    while (from + length < 8 && groups[from + length] === 0) length++
    if (length > best.length) best = { from, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.length < 2) return hex.join(':')
  return `${hex.slice(0, best.from).join(':')}::${hex.slice(best.from + best.length).join(':')}`
}

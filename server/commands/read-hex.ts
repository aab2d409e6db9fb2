/** Bytes in hex and as text, sixteen a line, as tshark's `-x` and `follow,…,hex` write them. */
import type { Packet } from '../protocols/packet.ts'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Every buffer of a packet; named where there are several. */
export function packetDump(packet: Packet): string {
  const { buffers } = packet
  let out = ''
  for (const { name, bytes } of buffers) {
    if (buffers.length > 1) out += `${name} (${bytes.length} byte${bytes.length === 1 ? '' : 's'}):\n`
    out += `${dump(bytes)}\n`
  }
  return out
}

function dump(bytes: Uint8Array): string {
  const width = bytes.length > 0xffff ? 8 : 4
  let out = ''
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16)
    const hex = Array.from(line, (byte) => HEX[byte] ?? '').join(' ')
    out += `${at.toString(16).padStart(width, '0')}  ${hex.padEnd(47)}   ${shown(line)}\n`
  }
  return out
}

/** As in `tshark -z follow,tcp,hex`: eight digits, a gap in the middle; `from` is the first byte's place. */
export function followDump(bytes: Uint8Array, from: number, indent: string): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16)
    const digits = Array.from(line, (byte) => HEX[byte] ?? '')
    const hex = `${digits.slice(0, 8).join(' ')}  ${digits.slice(8).join(' ')}`
    const text = shown(line)
    const words = text.length > 8 ? `${text.slice(0, 8)} ${text.slice(8)}` : text
    out += `${indent}${(from + at).toString(16).padStart(8, '0')}  ${hex.padEnd(48)}  ${words}\n`
  }
  return out
}

/** One character a byte; a dot for what can't be printed. */
function shown(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? byte : 0x2e)))
}

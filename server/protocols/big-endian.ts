/**
 * Numbers in network byte order, for the hot paths: plain loads and stores, no DataView to make first. Whoever calls
 * has checked that the bytes are there; bytes beyond the end read as 0.
 */

export const at8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

export const at16 = (bytes: Uint8Array, at: number): number => (at8(bytes, at) << 8) | at8(bytes, at + 1)

export const at32 = (bytes: Uint8Array, at: number): number =>
  ((at8(bytes, at) << 24) | (at8(bytes, at + 1) << 16) | (at8(bytes, at + 2) << 8) | at8(bytes, at + 3)) >>> 0

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** 48 bits: a MAC address. */
export const at48 = (bytes: Uint8Array, at: number): number => at16(bytes, at) * 2 ** 32 + at32(bytes, at + 2)

export function put48(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, value / 2 ** 32)
  put32(bytes, at + 2, value)
}

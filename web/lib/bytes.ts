/** Bytes as the byte view writes them. */

export function decodeBase64(text: string): Uint8Array {
  const binary = atob(text)
  const out = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) out[at] = binary.charCodeAt(at)
  return out
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function hexByte(byte: number): string {
  return HEX[byte] ?? '??'
}

/** At least four digits, so that lines stand under each other. */
export function hexOffset(offset: number): string {
  return offset.toString(16).padStart(4, '0')
}

/** The ASCII character, or undefined for those that have no shape. */
export function printable(byte: number): string | undefined {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined
}

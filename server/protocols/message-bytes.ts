/** Where the bytes of a stream's message stand in the packet that completed it. */
import type { Message } from './conversation.ts'
import type { Packet } from './packet.ts'

/**
 * The range of one of the packet's buffers, for a message that came in several pieces of a new one called `name`;
 * undefined when some pieces are no longer kept.
 */
export function bytesOf(
  message: Message,
  packet: Packet,
  name: string,
): { buffer: number; start: number; end: number } | undefined {
  const only = message.pieces[0]
  if (message.pieces.length === 1 && only?.number === packet.number) {
    const { offset, length, bytes } = only
    return { buffer: bytes === undefined ? 0 : placeOf(bytes, packet), start: offset, end: offset + length }
  }
  const bytes = packet.surroundings.conversations.messageBytes(message)
  if (bytes === undefined) return undefined
  return { buffer: packet.addBuffer(name, bytes), start: 0, end: bytes.length }
}

/** The place of a buffer that a layer has added; of one that nobody shows, it is added now. */
function placeOf(bytes: Uint8Array, packet: Packet): number {
  const known = packet.buffers.findIndex((buffer) => buffer.bytes === bytes)
  return known < 0 ? packet.addBuffer('Decrypted TLS', bytes) : known
}

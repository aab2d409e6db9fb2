/**
 * Memory for frames. A frame that is handed to a cable belongs to whoever receives it, for as long as it likes, so
 * frames are cut off large buffers one after the other and never used again; the garbage collector frees a buffer
 * when nobody holds any of its frames. To make one ArrayBuffer for each frame would cost more than to fill it.
 */
import { ETHERNET_HEADER } from '../protocols/ethernet.ts'

const SLAB_BYTES = 256 * 1024
/** Longer ones would waste too much of a slab's end. */
const LONGEST_CUT = SLAB_BYTES / 8

/**
 * Two bytes before the frame, so that what follows the 14 bytes of Ethernet's header stands at a multiple of 4, as
 * in the kernels that know NET_IP_ALIGN: checksums are then summed a word at a time.
 */
const ALIGN = (4 - (ETHERNET_HEADER % 4)) % 4

let slab = new ArrayBuffer(SLAB_BYTES)
let next = ALIGN

/** `length` bytes of zeros, the Ethernet header included. All hosts share the slabs: an idle one holds none. */
export function allocateFrame(length: number): Uint8Array {
  if (length > LONGEST_CUT) return new Uint8Array(new ArrayBuffer(length + ALIGN), ALIGN, length)
  if (next + length > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES)
    next = ALIGN
  }
  const frame = new Uint8Array(slab, next, length)
  next = ((next - ALIGN + length + 3) & ~3) + ALIGN
  return frame
}

/** Writes pcapng (draft-ietf-opsawg-pcapng): little-endian, times in nanoseconds. */
import type { Frame } from '../protocols/packet.ts'
import { transitComment } from './transit-comment.ts'

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6

const OPT_COMMENT = 1
const SHB_USERAPPL = 4
const IF_NAME = 2
const IF_DESCRIPTION = 3
const IF_TSRESOL = 9
/** Longest text an option holds: its length is 16 bits, padded to 4. */
const MAX_OPTION = 65_532

const encoder = new TextEncoder()

/** The section's header: what a pcapng file begins with. `application` is the program that writes it. */
export function fileHeader(application = 'Wirelab'): Uint8Array {
  const options = joined([option(SHB_USERAPPL, encoder.encode(application)), END_OF_OPTIONS])
  return block(SECTION_HEADER, 16 + options.length, (view, bytes) => {
    view.setUint32(0, 0x1a2b3c4d, true)
    view.setUint16(4, 1, true)
    view.setUint16(6, 0, true)
    // Length of the section: not known, since it may still be growing.
    view.setBigInt64(8, -1n, true)
    bytes.set(options, 16)
  })
}

/** Describes one interface; they are numbered from 0 in the order in which they stand in the file. */
export function interfaceBlock(linkType: number, name?: string, description?: string): Uint8Array {
  const options = joined([
    ...(name === undefined ? [] : [option(IF_NAME, encoder.encode(name))]),
    ...(description === undefined ? [] : [option(IF_DESCRIPTION, encoder.encode(description))]),
    option(IF_TSRESOL, Uint8Array.of(9)),
    END_OF_OPTIONS,
  ])
  return block(INTERFACE_DESCRIPTION, 8 + options.length, (view, bytes) => {
    view.setUint16(0, linkType, true)
    // Snapshot length 0: no limit.
    view.setUint32(4, 0, true)
    bytes.set(options, 8)
  })
}

/** One packet, with a comment that Wireshark shows above it. */
export function packetBlock(frame: Frame, interfaceId: number, comment?: string): Uint8Array {
  const options =
    comment === undefined
      ? NO_OPTIONS
      : joined([option(OPT_COMMENT, encoder.encode(comment)), END_OF_OPTIONS])
  const { bytes: captured } = frame
  const padded = captured.length + padding(captured.length)
  return block(ENHANCED_PACKET, 20 + padded + options.length, (view, bytes) => {
    view.setUint32(0, interfaceId, true)
    view.setUint32(4, Number((frame.time >> 32n) & 0xffff_ffffn), true)
    view.setUint32(8, Number(frame.time & 0xffff_ffffn), true)
    view.setUint32(12, captured.length, true)
    view.setUint32(16, frame.originalLength, true)
    bytes.set(captured, 20)
    bytes.set(options, 20 + padded)
  })
}

/** A whole capture, block by block: describes an interface whenever a link type is met for the first time. */
export class PcapngWriter {
  readonly #interfaces = new Map<number, number>()
  readonly #interfaceName: string | undefined
  readonly #description: string | undefined
  #begun = false

  /** What Wireshark shows of where the packets are from: a name such as `lo`, and words. */
  constructor(interfaceName?: string, description?: string) {
    this.#interfaceName = interfaceName
    this.#description = description
  }

  /** The file's header and, so that a file without packets is a capture too, an interface of this link type. */
  begin(linkType = 1): Uint8Array {
    this.#begun = true
    this.#interfaces.set(linkType, this.#interfaces.size)
    return joined([fileHeader(), this.#describe(linkType)])
  }

  /** The bytes that add this packet to the file, with a comment; of the lab network's frames that is their fate. */
  packet(frame: Frame, comment = frame.transit && transitComment(frame.transit, frame.bytes)): Uint8Array {
    const parts: Uint8Array[] = []
    if (!this.#begun) parts.push(this.begin(frame.linkType))
    let id = this.#interfaces.get(frame.linkType)
    if (id === undefined) {
      id = this.#interfaces.size
      this.#interfaces.set(frame.linkType, id)
      parts.push(this.#describe(frame.linkType))
    }
    const packet = packetBlock(frame, id, comment)
    return parts.length === 0 ? packet : joined([...parts, packet])
  }

  #describe(linkType: number): Uint8Array {
    return interfaceBlock(linkType, this.#interfaceName, this.#description)
  }
}

const NO_OPTIONS = new Uint8Array(0)
const END_OF_OPTIONS = new Uint8Array(4)

function padding(length: number): number {
  return (4 - (length % 4)) % 4
}

function option(code: number, value: Uint8Array): Uint8Array {
  const held = value.length > MAX_OPTION ? value.subarray(0, MAX_OPTION) : value
  const bytes = new Uint8Array(4 + held.length + padding(held.length))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, held.length, true)
  bytes.set(held, 4)
  return bytes
}

function block(
  type: number,
  bodyLength: number,
  fill: (view: DataView, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array(12 + bodyLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, bytes.length, true)
  view.setUint32(bytes.length - 4, bytes.length, true)
  fill(new DataView(bytes.buffer, 8, bodyLength), bytes.subarray(8, 8 + bodyLength))
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** For frames of the lab network: says in the file how they are known, and at which end they were seen. */
export function labWriter(at: 'client' | 'server'): PcapngWriter {
  return new PcapngWriter(
    'lab',
    `provenance=lab at=${at}: real frames of Wirelab's lab network, as seen there`,
  )
}

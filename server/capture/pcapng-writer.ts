/** Writes pcapng (draft-ietf-opsawg-pcapng): little-endian, times in nanoseconds. */
import type { Frame } from '../protocols/packet.ts'
import { type HostName, writeHostNames } from './host-names.ts'
import {
  BYTE_ORDER_MAGIC,
  DECRYPTION_SECRETS,
  ENHANCED_PACKET,
  ENVELOPE,
  IF_DESCRIPTION,
  IF_NAME,
  IF_TSRESOL,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  ISB_IFDROP,
  NAME_RESOLUTION,
  OPT_COMMENT,
  OPT_CUSTOM_TEXT,
  padding,
  SECTION_HEADER,
  SHB_HARDWARE,
  SHB_OS,
  SHB_USERAPPL,
} from './pcapng-blocks.ts'
import type { SessionItem } from './session-item.ts'
import { ENTERPRISE, sessionTexts } from './session-option.ts'
import { transitComment } from './transit-comment.ts'

/** Longest text an option holds: its length is 16 bits, padded to 4. */
const MAX_OPTION = 65_532
/** `TLSK`: an NSS key log (draft-ietf-opsawg-pcapng §4.7). */
const TLS_KEY_LOG = 0x544c534b

const encoder = new TextEncoder()

/** What is written beside a packet: for people, and for Wirelab itself. */
export interface Beside {
  readonly comments?: readonly string[]
  readonly items?: readonly SessionItem[]
}

/** What a section says of itself: of what it is, and of the machine that made it. */
export interface SectionAbout extends Beside {
  /** The program that writes it. */
  readonly application?: string
  readonly hardware?: string | undefined
  readonly os?: string | undefined
}

/** The section's header: what a pcapng file begins with. */
export function fileHeader(about: SectionAbout = {}): Uint8Array {
  const { application = 'Wirelab', hardware, os } = about
  const options = optionList([
    ...besideOptions(about),
    ...(hardware === undefined ? [] : [textOption(SHB_HARDWARE, hardware)]),
    ...(os === undefined ? [] : [textOption(SHB_OS, os)]),
    textOption(SHB_USERAPPL, application),
  ])
  return block(SECTION_HEADER, 16 + options.length, (view, bytes) => {
    view.setUint32(0, BYTE_ORDER_MAGIC, true)
    view.setUint16(4, 1, true)
    view.setUint16(6, 0, true)
    // Length of the section: not known, since it may still be growing.
    view.setBigInt64(8, -1n, true)
    bytes.set(options, 16)
  })
}

/** Describes one interface; they are numbered from 0 in the order in which they stand in the file. */
export function interfaceBlock(linkType: number, name?: string, description?: string): Uint8Array {
  const options = optionList([
    ...(name === undefined ? [] : [textOption(IF_NAME, name)]),
    ...(description === undefined ? [] : [textOption(IF_DESCRIPTION, description)]),
    option(IF_TSRESOL, Uint8Array.of(9)),
  ])
  return block(INTERFACE_DESCRIPTION, 8 + options.length, (view, bytes) => {
    view.setUint16(0, linkType, true)
    // Snapshot length 0: no limit.
    view.setUint32(4, 0, true)
    bytes.set(options, 8)
  })
}

/** One packet, with what stands beside it: comments are shown above it by Wireshark. */
export function packetBlock(frame: Frame, interfaceId: number, beside: Beside = {}): Uint8Array {
  const options = optionList(besideOptions(beside))
  const { bytes: captured } = frame
  const padded = captured.length + padding(captured.length)
  return block(ENHANCED_PACKET, 20 + padded + options.length, (view, bytes) => {
    view.setUint32(0, interfaceId, true)
    setTime(view, frame.time)
    view.setUint32(12, captured.length, true)
    view.setUint32(16, frame.originalLength, true)
    bytes.set(captured, 20)
    bytes.set(options, 20 + padded)
  })
}

/** What is told at a time when there is no packet to tell it with; `dropped` counts since the file's beginning. */
export function statisticsBlock(time: bigint, beside: Beside, dropped?: number): Uint8Array {
  const lost = Buffer.alloc(8)
  lost.writeBigUInt64LE(BigInt(dropped ?? 0))
  const options = optionList([
    ...besideOptions(beside),
    ...(dropped === undefined ? [] : [option(ISB_IFDROP, lost)]),
  ])
  return block(INTERFACE_STATISTICS, 12 + options.length, (view, bytes) => {
    view.setUint32(0, 0, true)
    setTime(view, time)
    bytes.set(options, 12)
  })
}

/** Names for addresses, as Wireshark shows them when asked to resolve names. */
export function namesBlock(names: readonly HostName[]): Uint8Array {
  const body = writeHostNames(names)
  return block(NAME_RESOLUTION, body.length, (_view, bytes) => bytes.set(body))
}

/** Lines of an NSS key log, for the packets behind it. */
export function secretsBlock(keyLog: string): Uint8Array {
  const text = encoder.encode(keyLog)
  return block(DECRYPTION_SECRETS, 8 + text.length + padding(text.length), (view, bytes) => {
    view.setUint32(0, TLS_KEY_LOG, true)
    view.setUint32(4, text.length, true)
    bytes.set(text, 8)
  })
}

/** How a frame's interface is called, and what is said of it. */
export type InterfaceOf = (frame: Frame) => {
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** A whole capture, block by block: describes an interface whenever one is met for the first time. */
export class PcapngWriter {
  readonly #interfaces = new Map<string, number>()
  readonly #interfaceOf: InterfaceOf
  readonly #about: SectionAbout
  #begun = false

  /** What Wireshark shows of where the packets are from: a name such as `lo`, and words. */
  constructor(interfaceName?: string | InterfaceOf, description?: string, about: SectionAbout = {}) {
    this.#interfaceOf =
      typeof interfaceName === 'function' ? interfaceName : () => ({ name: interfaceName, description })
    this.#about = about
  }

  /** The file's header and, so that a file without packets is a capture too, an interface of this link type. */
  begin(linkType = 1): Uint8Array {
    const frame: Frame = { time: 0n, bytes: new Uint8Array(0), originalLength: 0, linkType }
    return this.#begin(frame)
  }

  /** The bytes that add this packet to the file, with a comment; of the lab network's frames that is their fate. */
  packet(
    frame: Frame,
    comment = frame.transit && transitComment(frame.transit, frame.bytes),
    beside: Beside = {},
  ): Uint8Array {
    const parts: Uint8Array[] = []
    if (!this.#begun) parts.push(this.#begin(frame))
    const key = this.#key(frame)
    let id = this.#interfaces.get(key)
    if (id === undefined) {
      id = this.#interfaces.size
      parts.push(this.#describe(frame))
    }
    const comments = [...(comment === undefined ? [] : [comment]), ...(beside.comments ?? [])]
    parts.push(packetBlock(frame, id, { ...beside, comments }))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts)
  }

  #begin(frame: Frame): Uint8Array {
    this.#begun = true
    return joined([fileHeader(this.#about), this.#describe(frame)])
  }

  #describe(frame: Frame): Uint8Array {
    this.#interfaces.set(this.#key(frame), this.#interfaces.size)
    const { name, description } = this.#interfaceOf(frame)
    return interfaceBlock(frame.linkType, name, description)
  }

  #key(frame: Frame): string {
    return `${frame.linkType} ${this.#interfaceOf(frame).name ?? ''}`
  }
}

/** The cable that impairments hold for, and the first interface of every file of a lab. */
const SERVERS_CABLE = 'server'

/** For frames of the lab network: says in the file how they are known, on which cable, and at which end of it. */
export function labWriter(at: 'client' | 'server', about: SectionAbout = {}): PcapngWriter {
  const words = new Map<string, ReturnType<InterfaceOf>>()
  const interfaceOf: InterfaceOf = ({ transit }) => {
    const cable = transit?.cable ?? SERVERS_CABLE
    const known = words.get(cable)
    if (known !== undefined) return known
    const made = {
      name: `lab-${cable}`,
      description: `provenance=lab at=${at} cable=${cable}: real frames of Wirelab's lab network, as seen at its ${at}s' end`,
    }
    words.set(cable, made)
    return made
  }
  return new PcapngWriter(interfaceOf, undefined, about)
}

const NO_OPTIONS = new Uint8Array(0)
const END_OF_OPTIONS = new Uint8Array(4)

function setTime(view: DataView, time: bigint): void {
  view.setUint32(4, Number((time >> 32n) & 0xffff_ffffn), true)
  view.setUint32(8, Number(time & 0xffff_ffffn), true)
}

function optionList(options: readonly Uint8Array[]): Uint8Array {
  return options.length === 0 ? NO_OPTIONS : joined([...options, END_OF_OPTIONS])
}

function besideOptions({ comments = [], items = [] }: Beside): Uint8Array[] {
  return [
    ...comments.map((comment) => textOption(OPT_COMMENT, comment)),
    ...items.flatMap((item) => sessionTexts(item).map(customOption)),
  ]
}

function customOption(text: Uint8Array): Uint8Array {
  const value = new Uint8Array(4 + text.length)
  new DataView(value.buffer).setUint32(0, ENTERPRISE, true)
  value.set(text, 4)
  return option(OPT_CUSTOM_TEXT, value)
}

/** Cut where it is longer than an option holds, and never inside a character. */
function textOption(code: number, text: string): Uint8Array {
  let value = encoder.encode(text)
  if (value.length > MAX_OPTION) {
    let end = MAX_OPTION
    while (((value[end] ?? 0) & 0xc0) === 0x80) end--
    value = value.subarray(0, end)
  }
  return option(code, value)
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + value.length + padding(value.length))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, value.length, true)
  bytes.set(value, 4)
  return bytes
}

function block(
  type: number,
  bodyLength: number,
  fill: (view: DataView, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE + bodyLength)
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

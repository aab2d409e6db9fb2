/**
 * An Ethernet switch: learns on which port each hardware address lives, and sends what is for one address out of
 * that port alone; what it doesn't know and what is for everyone goes out of all (IEEE 802.1D §7.7 to §7.9).
 */
import type { Clock } from './clock.ts'

export interface SwitchPort {
  /** The IPv4 address behind it. */
  readonly address: number
  /** The cable behind it is an impaired one. */
  readonly impaired: boolean
  /**
   * A frame leaves the switch. Of the copies of a flooded frame one port alone is the `witness`, where the frame is
   * recorded: else one broadcast would look like many.
   */
  out(frame: Uint8Array, from: SwitchPort, witness: boolean): void
}

interface Entry {
  port: SwitchPort
  /** When the address was last seen as a source. */
  seen: number
}

/** 802.1D's recommended ageing time. */
const AGEING_MS = 300_000
/** Addresses known at once: a host that makes them up must not fill the memory, only the table. */
const MOST_ADDRESSES = 1024

const HEADER = 14
const ARP = 0x0806
/** Where an ARP packet in a frame holds the address that it asks for (RFC 826). */
const ARP_TARGET = HEADER + 24

export class Switch {
  readonly #clock: Clock
  readonly #ports = new Set<SwitchPort>()
  readonly #table = new Map<number, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get ports(): ReadonlySet<SwitchPort> {
    return this.#ports
  }

  /** Hardware addresses that it knows now. */
  get known(): number {
    return this.#table.size
  }

  plug(port: SwitchPort): void {
    this.#ports.add(port)
  }

  /** Takes the port away, and forgets who lived there. */
  unplug(port: SwitchPort): void {
    this.#ports.delete(port)
    for (const [mac, entry] of this.#table) if (entry.port === port) this.#table.delete(mac)
  }

  receive(from: SwitchPort, frame: Uint8Array): void {
    if (frame.length < HEADER) return
    const now = this.#clock.now()
    // What was on the cable when its end was unplugged still comes, but nobody lives there any more.
    if (this.#ports.has(from)) this.#learn(mac(frame, 6), from, now)
    const destination = mac(frame, 0)
    const entry = isGroup(destination) ? undefined : this.#table.get(destination)
    if (entry === undefined || now - entry.seen > AGEING_MS) this.#flood(from, frame)
    // On the port that it came from it has been already.
    else if (entry.port !== from) entry.port.out(frame, from, true)
  }

  #learn(source: number, port: SwitchPort, now: number): void {
    if (isGroup(source)) return
    const entry = this.#table.get(source)
    if (entry !== undefined) {
      entry.port = port
      entry.seen = now
      return
    }
    if (this.#table.size >= MOST_ADDRESSES) this.#forgetOld(now)
    if (this.#table.size < MOST_ADDRESSES) this.#table.set(source, { port, seen: now })
  }

  #forgetOld(now: number): void {
    for (const [address, { seen }] of this.#table) if (now - seen > AGEING_MS) this.#table.delete(address)
  }

  #flood(from: SwitchPort, frame: Uint8Array): void {
    const witness = this.#witness(from, frame)
    for (const port of this.#ports) if (port !== from) port.out(frame, from, port === witness)
  }

  /** Where an ARP request asks; else an impaired cable, the first; else the first port. */
  #witness(from: SwitchPort, frame: Uint8Array): SwitchPort | undefined {
    const target = u16(frame, 12) === ARP ? u32(frame, ARP_TARGET) : undefined
    let witness: SwitchPort | undefined
    for (const port of this.#ports) {
      if (port === from) continue
      if (port.address === target) return port
      if (witness === undefined || (port.impaired && !witness.impaired)) witness = port
    }
    return witness
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0
const mac = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2)

/** The lowest bit of the first byte: a multicast address, or everyone's. */
const isGroup = (address: number): boolean => (Math.floor(address / 2 ** 40) & 1) === 1

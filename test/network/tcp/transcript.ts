/**
 * Conversations with one TCP, written down as they look on the wire:
 *
 *     >> S 0:0(0) <mss 1460>      it sends this
 *     << S. 0:0(0) ack 1          it gets this
 *     !! connected                its user is told this
 *     .. 40                       so many milliseconds pass
 *
 * Flags and ranges as packetdrill and tcpdump have them (`.` is ACK), numbers counted from each side's first. What a line
 * doesn't mention (window, options) is not looked at, but for SACK blocks. Nothing may happen that isn't written.
 */
import assert from 'node:assert/strict'
import { SimulatedClock } from '../../../server/network/clock.ts'
import { seeded } from '../../../server/network/random.ts'
import type { TcpHandle, TcpHandler } from '../../../server/network/tcp/connection-api.ts'
import { type TcpIp, TcpLayer, type TcpOptions } from '../../../server/network/tcp/layer.ts'
import type { ListenOptions } from '../../../server/network/tcp/listener.ts'
import {
  decodeSegment,
  encodeHeader,
  headerLength,
  putChecksum,
  TcpSegment,
} from '../../../server/protocols/tcp-segment.ts'

export const HERE = 0x0a000001
export const PEER = 0x0a000064
const PEER_PORT = 7

const LETTERS = [
  ['F', 0x01],
  ['S', 0x02],
  ['R', 0x04],
  ['P', 0x08],
  ['.', 0x10],
  ['U', 0x20],
] as const

interface Line {
  flags: string
  seq: number
  length: number
  ack?: number
  win?: number
  urg?: number
  options?: string
}

export interface Setting extends TcpOptions {
  mtu?: number
  /** The peer's first sequence number. */
  irs?: number
  /** Whether the user takes data as it comes. */
  consume?: boolean
  /** Options of the peer's SYN. */
  peer?: string
  win?: number
  /** Milliseconds that the handshake takes, and so the first round trip that is measured. */
  rtt?: number
}

export class Transcript {
  readonly clock = new SimulatedClock()
  readonly tcp: TcpLayer
  readonly ip: TcpIp
  /** Happened and not written down yet. */
  readonly log: (string | { sent: TcpSegment; length: number })[] = []
  /** Payloads as they were sent, by position. */
  readonly payloads: { at: number; bytes: Uint8Array }[] = []
  connection!: TcpHandle
  /** What the user does besides. */
  on: Partial<TcpHandler> = {}
  iss = 0
  port = 0
  readonly irs: number
  readonly peerPort = PEER_PORT
  received: number[] = []
  readonly #consume: boolean

  constructor(setting: Setting = {}) {
    const { mtu = 1500, irs = 0xffff_fff0, consume = true, peer: _, win: __, rtt: ___, ...options } = setting
    this.irs = irs
    this.#consume = consume
    this.ip = {
      address: HERE,
      mtu,
      clock: this.clock,
      random: seeded(1),
      transmit: (_destination, _protocol, length, write) => {
        const bytes = new Uint8Array(length + 3)
        write(bytes, 3)
        this.#sent(bytes.subarray(3))
      },
    }
    this.tcp = new TcpLayer(this.ip, options)
  }

  #sent(bytes: Uint8Array): void {
    const sent = new TcpSegment()
    assert.ok(decodeSegment(bytes, 0, bytes.length, sent))
    if (sent.flags & 2 && this.log.length >= 0) {
      this.iss = sent.seq
      this.port = sent.sourcePort
    }
    const length = sent.dataEnd - sent.dataStart
    if (length > 0)
      this.payloads.push({ at: this.#relative(sent.seq, this.iss), bytes: bytes.slice(sent.dataStart) })
    this.log.push({ sent, length })
  }

  readonly handler: TcpHandler = {
    connected: () => {
      this.log.push('connected')
      this.on.connected?.()
    },
    data: (bytes) => {
      this.log.push(`data ${bytes.length}`)
      this.received.push(...bytes)
      if (this.#consume) this.connection.consumed(bytes.length)
      this.on.data?.(bytes)
    },
    ended: () => {
      this.log.push('ended')
      this.on.ended?.()
    },
    writable: () => {
      this.log.push('writable')
      this.on.writable?.()
    },
    closed: (failure) => {
      this.log.push(failure === undefined ? 'closed' : `closed ${failure}`)
      this.on.closed?.(failure)
    },
    urgent: (ahead) => this.log.push(`urgent ${ahead}`),
    trouble: (what, number) => this.log.push(`trouble ${what} ${number}`),
  }

  connect(options?: { localPort?: number; noDelay?: boolean }): TcpHandle {
    this.connection = this.tcp.connect(PEER, PEER_PORT, this.handler, options)
    return this.connection
  }

  listen(options?: ListenOptions): { port: number; close(): void } {
    const listening = this.tcp.listen(
      80,
      (connection) => {
        this.connection = connection
        connection.handler = this.handler
        this.log.push('accepted')
      },
      options,
    )
    this.port = 80
    return listening
  }

  play(text: string): void {
    for (const line of text.split('\n').map((raw) => raw.replace(/#.*/, '').trim())) {
      if (line === '') continue
      const [kind, rest] = [line.slice(0, 2), line.slice(2).trim()]
      if (kind === '>>' || kind === '!!') this.#expect(kind, rest, line)
      else {
        this.quiet(line)
        if (kind === '<<') this.inject(rest)
        else if (kind === '..') this.clock.run(this.clock.now() + Number(rest))
        else throw new Error(`what is ${line}?`)
      }
    }
    this.quiet('the end')
  }

  /** Nothing has happened that was not written down. */
  quiet(before: string): void {
    const left = this.log.map((entry) => this.#text(entry))
    assert.deepEqual(left, [], `${this.clock.now()} ms, before "${before}"`)
  }

  #text(entry: (typeof this.log)[number], like?: Line): string {
    if (typeof entry === 'string') return `!! ${entry}`
    return `>> ${render(this.#line(entry.sent, entry.length), like)}`
  }

  #expect(kind: string, rest: string, line: string): void {
    const entry = this.log.shift()
    const where = `at ${this.clock.now()} ms`
    if (entry === undefined) assert.fail(`${where}: nothing happened, but expected: ${line}`)
    if (kind === '!!') assert.equal(this.#text(entry), `!! ${rest}`, where)
    else {
      const like = parse(rest)
      assert.equal(this.#text(entry, like), `>> ${render(like, like)}`, where)
    }
  }

  #relative(wire: number, initial: number): number {
    return (wire - initial) | 0
  }

  #line(sent: TcpSegment, length: number): Line {
    const options: string[] = []
    if (sent.mss >= 0) options.push(`mss ${sent.mss}`)
    if (sent.sackPermitted) options.push('sackOK')
    if (sent.timestamps) options.push('TS')
    if (sent.windowShift >= 0) options.push(`ws ${sent.windowShift}`)
    const blocks: string[] = []
    for (let i = 0; i < sent.sackBlocks; i++) {
      const [left = 0, right = 0] = [...sent.sackEdges.subarray(2 * i)].map((n) =>
        this.#relative(n, this.irs),
      )
      blocks.push(`${left}:${right}`)
    }
    if (blocks.length > 0) options.push(`sack ${blocks.join(' ')}`)
    const flags = LETTERS.filter(([, bit]) => sent.flags & bit).map(([letter]) => letter)
    return {
      flags: flags.join(''),
      seq:
        sent.flags & 4 && !(sent.flags & 16) && this.iss === 0
          ? sent.seq
          : this.#relative(sent.seq, this.iss),
      length,
      ...(sent.flags & 16 ? { ack: this.#relative(sent.ack, this.irs) } : {}),
      win: sent.window,
      options: options.join(','),
    }
  }

  /** Gives it a segment; `tamper` may spoil the bytes after the checksum is there. */
  inject(
    text: string,
    more: { ts?: [number, number]; tamper?: (bytes: Uint8Array) => void; payload?: Uint8Array } = {},
  ): void {
    const line = parse(text)
    const segment = new TcpSegment()
    segment.sourcePort = this.peerPort
    segment.destinationPort = this.port
    segment.seq = (this.irs + line.seq) >>> 0
    segment.ack = line.ack === undefined ? 0 : (this.iss + line.ack) >>> 0
    segment.window = line.win ?? 0xffff
    segment.urgentPointer = line.urg ?? 0
    for (const [letter, bit] of LETTERS) if (line.flags.includes(letter)) segment.flags |= bit
    this.#options(segment, line.options ?? '')
    if (more.ts !== undefined) {
      segment.timestamps = true
      ;[segment.tsVal, segment.tsEcr] = more.ts
    }
    const length = headerLength(segment)
    const bytes = new Uint8Array(length + line.length)
    const at = encodeHeader(segment, bytes, 0)
    bytes.set(more.payload ?? pattern(line.seq, line.length), at)
    putChecksum(bytes, 0, bytes.length, PEER, HERE)
    more.tamper?.(bytes)
    this.tcp.receive(PEER, HERE, bytes, 0, bytes.length)
  }

  #options(segment: TcpSegment, text: string): void {
    for (const option of text.split(',').filter(Boolean)) {
      const [name, ...values] = option.trim().split(/\s+/)
      if (name === 'mss') segment.mss = Number(values[0])
      else if (name === 'sackOK') segment.sackPermitted = true
      else if (name === 'ws') segment.windowShift = Number(values[0])
      else if (name === 'TS') {
        segment.timestamps = true
        segment.tsVal = Number(values[0] ?? 0)
        segment.tsEcr = Number(values[1] ?? 0)
      } else if (name === 'sack') {
        for (const [i, block] of values.entries()) {
          const [left, right] = block.split(':').map((n) => (this.iss + Number(n)) >>> 0)
          segment.sackEdges.set([left!, right!], 2 * i)
          segment.sackBlocks++
        }
      } else throw new Error(`what is ${option}?`)
    }
  }
}

/** A connection that it has opened, with a peer whose segments are 1,000 bytes and that knows SACK, unless said otherwise. */
export function established(setting: Setting = {}): Transcript {
  const it = new Transcript(setting)
  const { peer = 'mss 1000,sackOK', win = 0xffff, rtt = 0 } = setting
  it.connect()
  it.play(`
    >> S 0:0(0)
    .. ${rtt}
    << S. 0:0(0) ack 1 win ${win} <${peer}>
    >> . 1:1(0) ack 1
    !! connected
  `)
  return it
}

/** The byte at each position of the stream. */
export function pattern(at: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((at + i) * 37 + ((at + i) >> 8)) & 0xff)
}

function parse(text: string): Line {
  const match =
    /^([FSRPU.]+) (-?\d+)(?::(-?\d+))?(?:\((\d+)\))?(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/.exec(
      text,
    )
  if (match === null) throw new Error(`can't read ${text}`)
  const [, flags = '', seq, end, length, ack, win, urg, options] = match
  return {
    flags: LETTERS.filter(([letter]) => flags.includes(letter))
      .map(([letter]) => letter)
      .join(''),
    seq: Number(seq),
    length: Number(length ?? Number(end ?? seq) - Number(seq)),
    ...(ack !== undefined ? { ack: Number(ack) } : {}),
    ...(win !== undefined ? { win: Number(win) } : {}),
    ...(urg !== undefined ? { urg: Number(urg) } : {}),
    ...(options !== undefined ? { options } : {}),
  }
}

/** As the other line has it: window and options only where that mentions them, SACK blocks always. */
function render(line: Line, like: Line = line): string {
  let text = `${line.flags} ${line.seq}:${line.seq + line.length}(${line.length})`
  if (line.ack !== undefined) text += ` ack ${line.ack}`
  if (like.win !== undefined) text += ` win ${line.win}`
  const options = line.options ?? ''
  if (like.options !== undefined) text += ` <${options}>`
  else if (options.includes('sack ')) text += ` <${options.slice(options.indexOf('sack '))}>`
  return text
}

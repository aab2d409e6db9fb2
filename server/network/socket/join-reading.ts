/** Control messages from a program, which may be any JSON: what they are, or an error that says what was expected. */

import type { TcpEnd, TcpSample } from '../tcp/connection-api.ts'
import { RECOVERIES, SAMPLE_CAUSES, TCP_STATES } from '../tcp/connection-api.ts'
import type { Hello, LabPort, Listening, PortMaps, Refused, Welcome } from './join-messages.ts'

/** A joined program's sample as it would be in this process; `time` is epoch milliseconds. */
export interface JoinedSample {
  readonly local: TcpEnd
  readonly remote: TcpEnd
  readonly sample: TcpSample
}

type Fields = Readonly<Record<string, unknown>>

const MAX_NAME = 60

/** Throws when it isn't one. */
export function readHello(value: unknown): Hello {
  const { type, version, role, name, pid, run } = fieldsOf(value)
  const whole =
    type === 'hello' &&
    typeof version === 'number' &&
    (role === 'client' || role === 'server') &&
    typeof name === 'string' &&
    typeof pid === 'number' &&
    (run === undefined || typeof run === 'string')
  if (!whole) throw new Error('expected hello {version, role: "client" or "server", name, pid}')
  return {
    type,
    version,
    role,
    name: printable(name),
    pid,
    ...(run !== undefined && { run: printable(run) }),
  }
}

export function readListening(value: unknown): Listening | undefined {
  const { type, transport, port, on } = fieldsOf(value)
  if (type !== 'listening') return undefined
  const whole =
    (transport === 'tcp' || transport === 'udp') && isPort(port) && port > 0 && typeof on === 'boolean'
  if (!whole) throw new Error('expected listening {transport: "tcp" or "udp", port, on}')
  return { type, transport, port, on }
}

/** Undefined for other messages. */
export function readSample(value: unknown): JoinedSample | undefined {
  const fields = fieldsOf(value)
  if (fields.type !== 'sample') return undefined
  const local = readEnd(fields.local)
  const remote = readEnd(fields.remote)
  const sample = fieldsOf(fields.sample)
  if (local === undefined || remote === undefined) throw new Error('expected sample {local, remote, sample}')
  const number = (name: keyof TcpSample): number => {
    const found = sample[name]
    // JSON's 1e999 is one, and Infinity.
    if (typeof found !== 'number' || !Number.isFinite(found)) {
      throw new Error(`expected a number as ${name} of a sample`)
    }
    return found
  }
  const maybe = (name: keyof TcpSample) => (sample[name] === null ? undefined : number(name))
  return {
    local,
    remote,
    sample: {
      time: number('time'),
      because: oneOf('because', sample.because, SAMPLE_CAUSES),
      state: oneOf('state', sample.state, TCP_STATES),
      sndUna: number('sndUna'),
      sndNxt: number('sndNxt'),
      sndWnd: number('sndWnd'),
      rcvNxt: number('rcvNxt'),
      rcvWnd: number('rcvWnd'),
      cwnd: number('cwnd'),
      ssthresh: maybe('ssthresh') ?? Number.POSITIVE_INFINITY,
      srtt: maybe('srtt'),
      rttvar: maybe('rttvar'),
      rto: number('rto'),
      inFlight: number('inFlight'),
      retransmissions: number('retransmissions'),
      recovery: oneOf('recovery', sample.recovery, RECOVERIES),
    },
  }
}

/** Throws when it isn't one. */
export function readWelcome(value: unknown): Welcome {
  const { type, address, mac, prefix, gateway, server, mtu, ports } = fieldsOf(value)
  const whole =
    type === 'welcome' &&
    typeof address === 'string' &&
    typeof mac === 'string' &&
    typeof prefix === 'number' &&
    typeof server === 'string' &&
    typeof mtu === 'number'
  if (!whole) throw new Error('expected welcome {address, mac, prefix, server, mtu, ports}')
  const way = typeof gateway === 'string' ? { gateway } : {}
  return { type, address, mac, prefix, ...way, server, mtu, ports: readMaps(ports) }
}

/** Undefined for other messages. */
export function readRefused(value: unknown): Refused | undefined {
  const { type, message } = fieldsOf(value)
  return type === 'refused' ? { type, message: String(message) } : undefined
}

export function readPorts(value: unknown): PortMaps | undefined {
  const { type, ports } = fieldsOf(value)
  return type === 'ports' ? readMaps(ports) : undefined
}

function readMaps(value: unknown): PortMaps {
  const { tcp, udp } = fieldsOf(value)
  return { tcp: readMap(tcp), udp: readMap(udp) }
}

function readMap(value: unknown): Record<string, LabPort> {
  const ends = Object.entries(fieldsOf(value)).map(([port, end]) => [port, readEnd(end)] as const)
  return Object.fromEntries(ends.filter((entry): entry is [string, LabPort] => entry[1] !== undefined))
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`expected one of ${allowed.join(', ')} as ${name} of a sample`)
  return found
}

function readEnd(value: unknown): TcpEnd | undefined {
  const { address, port } = fieldsOf(value)
  return typeof address === 'string' && address.length <= 15 && isPort(port) ? { address, port } : undefined
}

/** Of anything: no fields where there are none. */
function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff

/** It is shown on the map and in the terminal. */
const printable = (name: string) =>
  name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, MAX_NAME) || 'program'

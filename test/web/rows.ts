/** Rows, flows and events as the API gives them, for the tests of the pictures. */
import type { EventNode, FlowNode, Row, SessionNode } from '../../server/dashboard/api.ts'

const EPOCH = 1_753_000_000

/** Seconds after the tests' epoch as the API writes times. */
export function time(seconds: number): string {
  const nanoseconds = BigInt(EPOCH) * 1_000_000_000n + BigInt(Math.round(seconds * 1e9))
  return `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`
}

/** The tests' epoch, for a clock. */
export const at = (seconds: number): number => EPOCH + seconds

export function row(number: number, seconds: number, label: string, rest: Partial<Row> = {}): Row {
  return {
    number,
    time: time(seconds),
    timeRelative: seconds,
    source: '127.0.0.1',
    destination: '127.0.0.1',
    protocol: 'TCP',
    osi: 4,
    length: 66,
    info: label,
    flow: 'tcp.0',
    provenance: 'captured',
    fate: null,
    transit: null,
    fromClient: true,
    label,
    says: null,
    episode: null,
    analysis: [],
    malformed: false,
    ...rest,
  }
}

export function flow(id = 'tcp.0', rest: Partial<FlowNode> = {}): FlowNode {
  return {
    id,
    transport: 'tcp',
    protocol: 'Echo',
    service: 'tcp-echo',
    client: { address: '127.0.0.1', port: 51_324 },
    server: { address: '127.0.0.1', port: 4001 },
    state: 'open',
    packets: 10,
    packetsFromClient: 5,
    bytes: 700,
    bytesFromClient: 350,
    rtt: 0.0002,
    firstTime: time(0),
    lastTime: time(1),
    first: 1,
    last: 10,
    sid: null,
    ...rest,
  }
}

export function event(
  id: number,
  seconds: number,
  kind: EventNode['kind'],
  rest: Partial<EventNode> = {},
): EventNode {
  return {
    id,
    time: time(seconds),
    service: 'hub',
    kind,
    remoteAddress: '127.0.0.1',
    remotePort: 51_324,
    eioSid: null,
    socket: null,
    nsp: null,
    direction: null,
    index: null,
    event: null,
    args: null,
    listeners: null,
    rooms: null,
    reason: null,
    packet: null,
    ...rest,
  }
}

export function session(rest: Partial<SessionNode> = {}): SessionNode {
  return {
    sid: '6UMIk2xxPq',
    transport: 'websocket',
    pingInterval: 5000,
    pingTimeout: 4000,
    flows: ['tcp.0'],
    sockets: [],
    state: 'open',
    opened: time(0),
    beats: [],
    nextDue: time(5),
    ...rest,
  }
}

/** `SYN`, `SYN ACK`, `ACK`: 210 µs. */
export function handshake(number = 1, seconds = 0): Row[] {
  return [
    row(number, seconds, 'SYN', { episode: 'handshake' }),
    row(number + 1, seconds + 0.00004, 'SYN ACK', { episode: 'handshake', fromClient: false }),
    row(number + 2, seconds + 0.00021, 'ACK', { episode: 'handshake' }),
  ]
}

/** A ping, its pong 1.8 ms later, and the segment that acknowledges it. */
export function heartbeat(number: number, seconds: number): Row[] {
  return [
    row(number, seconds, 'ping 2', {
      episode: 'heartbeat',
      protocol: 'Engine.IO',
      osi: 5,
      fromClient: false,
    }),
    row(number + 1, seconds + 0.0018, 'pong 3', { episode: 'heartbeat', protocol: 'Engine.IO', osi: 5 }),
    row(number + 2, seconds + 0.0019, 'ACK', { fromClient: false }),
  ]
}

/** The first pass over a record: what it is, what it holds when it is opened, and what that means for the session. */
import type { Packet } from './packet.ts'
import { type Carrier, LONGEST_MESSAGE, takeContent } from './tls-content.ts'
import { type HandshakePart, RecordFound } from './tls-found.ts'
import { takeOpened, takeShut } from './tls-opened.ts'
import { type TlsSide, type TlsState, tlsState } from './tls-state.ts'
import { ALERTS, CONTENT, HANDSHAKE_TYPES, isTls13, SSL2 } from './tls-values.ts'
import { waitForSecret } from './tls-waiting.ts'

export const HEADER = 5
/** What a record may hold, with all that sealing may add (RFC 5246 §6.2.3). */
const LONGEST = (1 << 14) + 2048

/** Whether five bytes can be a record's header (RFC 8446 §5.1). */
export function isRecord(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at] ?? 0
  if (type < CONTENT.changeCipherSpec || type > CONTENT.heartbeat) return false
  const major = bytes[at + 1]
  const minor = bytes[at + 2] ?? 0xff
  if (major !== 3 || minor > 4) return false
  const length = (bytes[at + 3] ?? 0) * 256 + (bytes[at + 4] ?? 0)
  return length > 0 && length <= LONGEST
}

export interface RecordHeader {
  readonly type: number
  readonly version: number
  readonly length: number
  /** Where the content begins and ends, as far as it is here. */
  readonly start: number
  readonly end: number
}

/** Takes in the record whose header is `header`. */
export function takeIn(
  packet: Pick<Packet, 'number' | 'flow' | 'fromClient' | 'surroundings'>,
  bytes: Uint8Array,
  header: RecordHeader,
): RecordFound {
  const { flow, surroundings } = packet
  const { type, version } = header
  const body = bytes.subarray(header.start, header.end)
  const whole = body.length === header.length
  const found = new RecordFound(packet.fromClient === true, type, version)
  if (flow === undefined) return found
  const { conversations } = surroundings
  const carrier: Carrier = { number: packet.number, flow, conversations }
  const state = tlsState(flow, surroundings.secrets, surroundings.ciphers)
  const side = state.side(found.fromClient)
  if (!isSealed(state, side, type, body)) {
    if (whole) found.parts = takeContent(carrier, state, side, type, body)
    agree(found, state)
    return found
  }
  agree(found, state)
  found.sealed = true
  if (type === CONTENT.handshake) found.parts = unread(body)
  const record = { type, version, body }
  // What waits must be opened before it: a record bears no number.
  const opened = whole && side.waiting.length === 0 ? state.open(side, record) : undefined
  if (opened !== undefined) takeOpened(carrier, state, side, found, opened)
  else if (!whole || !waitForSecret(carrier, state, side, record, found))
    takeShut(state, side, found, record, whole)
  return found
}

const unread = (body: Uint8Array): readonly HandshakePart[] => [
  { kind: 'unread', start: 0, end: body.length },
]

function agree(found: RecordFound, state: TlsState): void {
  found.version = state.version || found.version
  found.suite = state.suite
  found.protocol = state.protocol
}

/** Whether the content is sealed: as agreed, or, where the agreement was not seen, by how it looks. */
function isSealed(state: TlsState, side: TlsSide, type: number, body: Uint8Array): boolean {
  if (type === CONTENT.applicationData) return true
  if (type === CONTENT.changeCipherSpec || state.tls13) return false
  if (side.sealed) return true
  if (side.started !== undefined) return false
  const [first = -1, second = -1, high = 0, low = 0] = body
  if (type === CONTENT.alert) return body.length !== 2 || first < 1 || first > 2 || !(second in ALERTS)
  if (type === CONTENT.handshake) {
    // A message longer than the record goes on in the next; longer than any is none.
    return !(first in HANDSHAKE_TYPES) || second * 65_536 + high * 256 + low > LONGEST_MESSAGE
  }
  return false
}

/** SSL 2's one message that is still met (RFC 5246 appendix E.2). */
export function isSsl2Hello(bytes: Uint8Array, at: number): boolean {
  const length = (((bytes[at] ?? 0) & 0x7f) << 8) | (bytes[at + 1] ?? 0)
  const version = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0)
  if ((bytes[at] ?? 0) < 0x80 || bytes[at + 2] !== 1 || length < 9 || length > 1024) return false
  const ciphers = ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0)
  const session = ((bytes[at + 7] ?? 0) << 8) | (bytes[at + 8] ?? 0)
  const challenge = ((bytes[at + 9] ?? 0) << 8) | (bytes[at + 10] ?? 0)
  const adds = 9 + ciphers + session + challenge === length && ciphers > 0 && ciphers % 3 === 0
  return adds && challenge <= 32 && (version === SSL2 || (version >= 0x0300 && version <= 0x0304))
}

/** Whether a record of that version hides what it holds, and says 23 whatever it is. */
export const isOpaque = (type: number, version: number) =>
  type === CONTENT.applicationData && isTls13(version)

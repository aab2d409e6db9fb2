/** What Socket.IO keeps of a session: acks that are awaited, attachments that are still to come. */

/** Whose packets: `in` are the client's. */
export type Direction = 'in' | 'out'

/** An event that asked for an acknowledgement, and the ack. */
export interface AckPair {
  readonly event: number
  readonly eventTime: bigint
  ack: number | null
  ackTime: bigint | null
}

/** A packet whose binary parts follow it, in packets of their own. */
export interface Attachments {
  readonly packet: number
  readonly count: number
  /** The frames that they travelled in, in order. */
  readonly frames: number[]
}

/** Events of all sessions that await their acknowledgement: where so many have come since, one is awaited no more. */
export class AwaitedAcks {
  readonly #pairs: AckPair[] = []
  readonly #homes: Map<AckKey, AckPair>[] = []
  readonly #keys: AckKey[] = []
  #at = 0

  add(home: Map<AckKey, AckPair>, key: AckKey, pair: AckPair): void {
    const at = this.#at
    const oldest = this.#homes[at]
    const oldKey = this.#keys[at]
    if (oldest !== undefined && oldKey !== undefined && oldest.get(oldKey) === this.#pairs[at]) {
      oldest.delete(oldKey)
    }
    this.#pairs[at] = pair
    this.#homes[at] = home
    this.#keys[at] = key
    this.#at = (at + 1) % MAX_ALL_ACKS
  }
}

export interface SocketIoState {
  /** By direction of the event, then namespace and id. */
  readonly acks: { readonly in: Map<AckKey, AckPair>; readonly out: Map<AckKey, AckPair> }
  readonly attachments: { in: Attachments | undefined; out: Attachments | undefined }
  /** Namespaces whose connection can be recovered: their events bear an offset. */
  readonly recoverable: Set<string>
  readonly awaited: AwaitedAcks
}

/** More than a program that acks at all would leave unanswered. */
const MAX_ACKS = 1000
const MAX_ALL_ACKS = 20_000
const MAX_NAMESPACES = 100
/** No sane event has more; a bound against packets that claim any number. */
export const MAX_ATTACHMENTS = 1000

export function newSocketIoState(awaited: AwaitedAcks): SocketIoState {
  return {
    acks: { in: new Map(), out: new Map() },
    attachments: { in: undefined, out: undefined },
    recoverable: new Set(),
    awaited,
  }
}

/** A namespace and an id in it; the number alone for the usual namespace: nearly all are that. */
type AckKey = string | number

const USUAL_ID = /^(?:0|[1-9]\d{0,8})$/

/** An id may come as a number where it is one of at most nine digits, without zeros before it. */
function ackKey(nsp: string, id: string | number): AckKey {
  if (nsp !== '/') return `${nsp},${id}`
  return typeof id === 'number' ? id : USUAL_ID.test(id) ? Number(id) : `/,${id}`
}

interface At {
  readonly frame: number
  readonly time: bigint
}

/** Records an event that wants an ack. */
export function askAck(
  state: SocketIoState,
  direction: Direction,
  nsp: string,
  id: string | number,
  at: At,
): AckPair {
  const pairs = state.acks[direction]
  if (pairs.size >= MAX_ACKS) {
    const [oldest = 0] = pairs.keys()
    pairs.delete(oldest)
  }
  const pair: AckPair = { event: at.frame, eventTime: at.time, ack: null, ackTime: null }
  const key = ackKey(nsp, id)
  pairs.set(key, pair)
  state.awaited.add(pairs, key, pair)
  return pair
}

/** Records an ack that travels in `direction`, and gives back the event it answers. */
export function giveAck(
  state: SocketIoState,
  direction: Direction,
  nsp: string,
  id: string | number,
  at: At,
): AckPair | undefined {
  const pairs = state.acks[direction === 'in' ? 'out' : 'in']
  const key = ackKey(nsp, id)
  const pair = pairs.get(key)
  if (pair === undefined) return undefined
  pairs.delete(key)
  pair.ack = at.frame
  pair.ackTime = at.time
  return pair
}

/** The packet in frame `packet` says that `count` attachments follow in its direction. */
export function expectAttachments(state: SocketIoState, direction: Direction, count: number, packet: number) {
  const attachments: Attachments = { packet, count: Math.min(count, MAX_ATTACHMENTS), frames: [] }
  state.attachments[direction] = count > 0 ? attachments : undefined
  return attachments
}

/** Takes a binary message as the next attachment awaited; `undefined` when none is. */
export function takeAttachment(state: SocketIoState, direction: Direction, frame: number) {
  const attachments = state.attachments[direction]
  if (attachments === undefined) return undefined
  attachments.frames.push(frame)
  if (attachments.frames.length >= attachments.count) state.attachments[direction] = undefined
  return { packet: attachments.packet, index: attachments.frames.length - 1, count: attachments.count }
}

export function makeRecoverable(state: SocketIoState, nsp: string): void {
  if (state.recoverable.size < MAX_NAMESPACES) state.recoverable.add(nsp)
}

/**
 * The states that both ends of a TCP connection went through (RFC 9293 §3.3.2, figure 5): worked out from the segments
 * that each sent and received, and put right by what the ends told of themselves where they did.
 */
import type { TcpStateName } from '../dashboard/api-stream.ts'
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts'

/** A segment as far as it may move a connection; positions count from the side's SYN. */
export interface MovingSegment {
  readonly number: number
  readonly fromClient: boolean
  readonly flags: number
  readonly seq: number
  readonly ack: number
  readonly length: number
  /** Nanoseconds since 1970; `received` is null while it travels and if it never arrives. */
  readonly sent: bigint
  readonly received: bigint | null
}

export interface Step {
  readonly from: TcpStateName
  readonly to: TcpStateName
  readonly time: bigint
  readonly number: number | null
  readonly because: string
  readonly inferred: boolean
}

export interface Course {
  readonly start: TcpStateName
  readonly steps: Step[]
}

/** What one end told, oldest first: only its state and when. */
export interface ToldState {
  readonly time: bigint
  readonly state: TcpStateName
}

export function inferStates(segments: readonly MovingSegment[]): { client: Course; server: Course } {
  const first = segments[0]
  // Without its SYN a connection is taken for open: that is all one can see of it.
  const opened = first !== undefined && (first.flags & SYN) !== 0
  const refused = segments.find(({ fromClient }) => !fromClient)
  const listens = refused === undefined || (refused.flags & (RST | SYN)) !== RST
  const client = new End(opened ? 'CLOSED' : 'ESTABLISHED')
  const server = new End(opened ? (listens ? 'LISTEN' : 'CLOSED') : 'ESTABLISHED')
  const moments = segments.flatMap((segment) => [
    { segment, time: segment.sent, sends: true },
    ...(segment.received === null ? [] : [{ segment, time: segment.received, sends: false }]),
  ])
  // What is sent was received before: at one time, sending comes first.
  moments.sort((a, b) => Number(a.time - b.time) || Number(b.sends) - Number(a.sends))
  for (const { segment, time, sends } of moments) {
    const end = segment.fromClient === sends ? client : server
    if (sends) end.sends(segment, time)
    else end.receives(segment, time)
  }
  return { client: client.course, server: server.course }
}

class End {
  readonly course: { start: TcpStateName; steps: Step[] }
  #state: TcpStateName
  /** Position of its own FIN; -1 before it. */
  #finAt = -1

  constructor(start: TcpStateName) {
    this.#state = start
    this.course = { start, steps: [] }
  }

  sends(segment: MovingSegment, time: bigint): void {
    const { flags } = segment
    const step = (to: TcpStateName, because: string) => this.#step(to, because, segment.number, time)
    if (flags & RST) {
      if (this.#state !== 'CLOSED' && this.#state !== 'LISTEN') step('CLOSED', 'sends RST')
      return
    }
    if (flags & SYN) {
      if (flags & ACK && this.#state === 'LISTEN') step('SYN-RECEIVED', 'receives SYN, sends SYN ACK')
      else if (!(flags & ACK) && this.#state === 'CLOSED') step('SYN-SENT', 'sends SYN')
      return
    }
    if (!(flags & FIN)) return
    this.#finAt = Math.max(this.#finAt, segment.seq + segment.length)
    if (this.#state === 'ESTABLISHED' || this.#state === 'SYN-RECEIVED') step('FIN-WAIT-1', 'sends FIN')
    else if (this.#state === 'CLOSE-WAIT') step('LAST-ACK', 'sends FIN')
  }

  receives(segment: MovingSegment, time: bigint): void {
    const { flags } = segment
    const step = (to: TcpStateName, because: string) => this.#step(to, because, segment.number, time)
    if (flags & RST) {
      if (this.#state !== 'CLOSED' && this.#state !== 'LISTEN' && this.#state !== 'TIME-WAIT')
        step('CLOSED', 'receives RST')
      return
    }
    if (flags & SYN) {
      if (flags & ACK) {
        if (this.#state === 'SYN-SENT') step('ESTABLISHED', 'receives SYN ACK, sends ACK')
      } else if (this.#state === 'LISTEN') step('SYN-RECEIVED', 'receives SYN, sends SYN ACK')
      else if (this.#state === 'SYN-SENT') step('SYN-RECEIVED', 'receives SYN, sends SYN ACK')
      return
    }
    if (flags & ACK) this.#acknowledged(segment, step)
    if (flags & FIN) this.#closed(step)
  }

  #acknowledged({ ack, flags }: MovingSegment, step: (to: TcpStateName, because: string) => void): void {
    if (this.#state === 'SYN-RECEIVED' && ack >= 1) {
      step('ESTABLISHED', 'receives ACK of its SYN')
      return
    }
    if (this.#finAt < 0 || ack <= this.#finAt) return
    if (this.#state === 'FIN-WAIT-1')
      flags & FIN
        ? step('TIME-WAIT', 'receives FIN and ACK of its FIN, sends ACK')
        : step('FIN-WAIT-2', 'receives ACK of its FIN')
    else if (this.#state === 'CLOSING') step('TIME-WAIT', 'receives ACK of its FIN')
    else if (this.#state === 'LAST-ACK') step('CLOSED', 'receives ACK of its FIN')
  }

  #closed(step: (to: TcpStateName, because: string) => void): void {
    if (this.#state === 'ESTABLISHED' || this.#state === 'SYN-RECEIVED')
      step('CLOSE-WAIT', 'receives FIN, sends ACK')
    else if (this.#state === 'FIN-WAIT-1') step('CLOSING', 'receives FIN, sends ACK')
    else if (this.#state === 'FIN-WAIT-2') step('TIME-WAIT', 'receives FIN, sends ACK')
  }

  #step(to: TcpStateName, because: string, number: number, time: bigint): void {
    if (to === this.#state) return
    this.course.steps.push({ from: this.#state, to, time, number, because, inferred: true })
    this.#state = to
  }
}

/** What an end told, as steps; each named after the segment that by its looks was behind it. */
export function toldCourse(told: readonly ToldState[], inferred: Course): Course {
  const [first] = told
  if (first === undefined) return inferred
  const left = [...inferred.steps]
  const steps: Step[] = []
  let state = inferred.start
  // What happened before the first that is still held can only be inferred.
  const begin = left.findIndex(({ to }) => to === first.state)
  if (begin > 0) {
    steps.push(...left.splice(0, begin))
    state = steps.at(-1)?.to ?? state
  }
  for (const { time, state: to } of told) {
    if (to === state) continue
    const at = left.findIndex((step) => step.to === to)
    const like = at < 0 ? undefined : left[at]
    if (at >= 0) left.splice(0, at + 1)
    const because = like?.because ?? (state === 'TIME-WAIT' ? 'waits 2 MSL' : 'by itself')
    steps.push({ from: state, to, time, number: like?.number ?? null, because, inferred: false })
    state = to
  }
  return { start: inferred.start, steps }
}

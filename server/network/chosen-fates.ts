/**
 * Fates that somebody chose: "lose data segment 40 of this flow". They stand beside what chance does, and change
 * none of its draws. Frames are looked into only while there is a choice to be met.
 */
import { parseSegment, type SegmentView } from './segment-view.ts'

export type ChosenFate = 'lost' | 'corrupted' | 'duplicated' | 'delayed'

/**
 * Which frames count. `data`: TCP segments that carry bytes never sent before, so that the repair of a lost
 * segment 40 isn't segment 41. `ack`: nothing but an acknowledgement. `syn`, `fin`: with that flag, each time that
 * they are sent. `last`: a `data` with PSH or FIN, which our TCP sets on the last that it has to send. `udp`: a
 * datagram (the first fragment of one). `any`: all frames.
 */
export type Match = 'any' | 'data' | 'ack' | 'syn' | 'fin' | 'last' | 'udp'

export const MATCHES: readonly Match[] = ['any', 'data', 'ack', 'syn', 'fin', 'last', 'udp']
export const CHOSEN_FATES: readonly ChosenFate[] = ['lost', 'corrupted', 'duplicated', 'delayed']

/** A conversation, by its client's end on the lab network. */
export interface FlowEnd {
  readonly address: number
  readonly port: number
}

export interface Choice {
  readonly match: Match
  /** `undefined`: the first frame that matches fixes it. */
  readonly flow: FlowEnd | 'any' | undefined
  /** Only conversations with these ports of servers; left out: with any. */
  readonly ports?: readonly number[] | undefined
  /** The n-th of them from now, from 1. */
  readonly nth: number
  /**
   * So many from there. `undefined`: all from there until it is taken away, sent for the first time or again, so
   * that nothing gets through.
   */
  readonly count: number | undefined
  readonly fate: ChosenFate
  /** For `delayed`: milliseconds more. */
  readonly delay: number
}

export interface ChoiceState extends Choice {
  readonly id: number
  /** Frames that it has met, of how many that matched. */
  readonly met: number
  readonly matched: number
}

/** What choices make of one frame, all together. */
export interface Verdict {
  lost: boolean
  corrupted: boolean
  duplicated: boolean
  /** Milliseconds. */
  delayed: number
}

/** A choice and how far it is; `restore` takes it back as it was. */
export interface Rule {
  readonly id: number
  readonly choice: Choice
  flow: FlowEnd | 'any' | undefined
  met: number
  matched: number
}

/** Conversations of which it is known how far they have come; more at once, and the oldest is forgotten. */
const MAX_FLOWS = 4096

/** The choices for one direction, of one cable or of all that are impaired. */
export class ChosenFates {
  readonly #clientSends: boolean
  readonly #onDone: () => void
  readonly #rules = new Map<number, Rule>()
  /** Sequence number after the last byte sent, by conversation. */
  readonly #sent = new Map<string, number>()

  /**
   * @param clientSends whether a frame's source is the conversation's client, as on the way up
   * @param onDone called when a choice has met all that it was to meet
   */
  constructor(clientSends: boolean, onDone: () => void = () => undefined) {
    this.#clientSends = clientSends
    this.#onDone = onDone
  }

  /** Whether frames have to be looked into. */
  get waiting(): boolean {
    for (const rule of this.#rules.values()) if (rule.matched < lastOf(rule.choice)) return true
    return false
  }

  list(): ChoiceState[] {
    return [...this.#rules.values()].map(({ id, choice, flow, met, matched }) => ({
      ...choice,
      id,
      flow,
      met,
      matched,
    }))
  }

  rules(): readonly Rule[] {
    return [...this.#rules.values()]
  }

  add(id: number, choice: Choice): void {
    this.#rules.set(id, { id, choice, flow: choice.flow, met: 0, matched: 0 })
  }

  /** Takes it away and returns it, if there is such a one. */
  remove(id: number): Rule | undefined {
    const rule = this.#rules.get(id)
    this.#rules.delete(id)
    if (this.#rules.size === 0) this.#sent.clear()
    return rule
  }

  restore(rule: Rule): void {
    this.#rules.set(rule.id, rule)
  }

  /** Shows it one frame, in the order in which they are sent. `undefined`: none of them means it. */
  judge(frame: Uint8Array): Verdict | undefined {
    const segment = parseSegment(frame)
    const fresh = segment !== undefined && this.#carriesNews(segment)
    let verdict: Verdict | undefined
    for (const rule of this.#rules.values()) {
      if (!this.#meets(rule, segment, fresh)) continue
      verdict ??= { lost: false, corrupted: false, duplicated: false, delayed: 0 }
      if (rule.choice.fate === 'delayed') verdict.delayed += rule.choice.delay
      else verdict[rule.choice.fate] = true
    }
    return verdict
  }

  #meets(rule: Rule, segment: SegmentView | undefined, fresh: boolean): boolean {
    const { match, nth, count } = rule.choice
    const last = lastOf(rule.choice)
    if (rule.matched >= last) return false
    // Once it takes everything, what is sent again is taken too.
    const again = count === undefined && rule.matched + 1 >= nth
    if (!matches(match, segment, fresh || again)) return false
    if (!this.#ofFlow(rule, segment)) return false
    rule.matched++
    if (rule.matched < nth) return false
    rule.met++
    if (rule.matched === last) this.#onDone()
    return true
  }

  #ofFlow(rule: Rule, segment: SegmentView | undefined): boolean {
    const { ports } = rule.choice
    if (rule.flow === 'any' && ports === undefined) return true
    // ARP and ICMP belong to no conversation.
    if (segment === undefined) return false
    const { sourcePort, destinationPort } = segment
    const [port, serverPort] = this.#clientSends
      ? [sourcePort, destinationPort]
      : [destinationPort, sourcePort]
    if (ports !== undefined && !ports.includes(serverPort)) return false
    if (rule.flow === 'any') return true
    const address = this.#clientSends ? segment.source : segment.destination
    rule.flow ??= { address, port }
    return rule.flow.address === address && rule.flow.port === port
  }

  /** Whether a segment has bytes that were not sent before; keeps account of them. */
  #carriesNews(segment: SegmentView): boolean {
    if (segment.protocol !== 'tcp') return true
    const { source, sourcePort, destination, destinationPort, sequence } = segment
    const flow = `${source}:${sourcePort}>${destination}:${destinationPort}`
    if (segment.syn) this.#sent.delete(flow)
    if (segment.length === 0) return false
    const end = (sequence + segment.length) | 0
    const sent = this.#sent.get(flow)
    // Sequence numbers wrap around: RFC 9293 §3.4 compares them by the sign of their difference.
    if (sent !== undefined && ((end - sent) | 0) <= 0) return false
    if (sent === undefined && this.#sent.size >= MAX_FLOWS) {
      for (const oldest of this.#sent.keys()) {
        this.#sent.delete(oldest)
        break
      }
    }
    this.#sent.set(flow, end)
    return true
  }
}

/** The number of the last one that it meets. */
const lastOf = ({ nth, count }: Choice): number =>
  count === undefined ? Number.POSITIVE_INFINITY : nth + count - 1

function matches(match: Match, segment: SegmentView | undefined, fresh: boolean): boolean {
  if (match === 'any') return true
  if (segment === undefined) return false
  if (match === 'udp') return segment.protocol === 'udp'
  if (segment.protocol !== 'tcp') return false
  switch (match) {
    case 'syn':
      return segment.syn
    case 'fin':
      return segment.fin
    case 'ack':
      return segment.ack && segment.length === 0 && !segment.syn && !segment.fin && !segment.rst
    case 'data':
      return segment.length > 0 && fresh
    case 'last':
      return segment.length > 0 && fresh && (segment.psh || segment.fin)
  }
}

/** What a trace can tell of earlier moments: how things stood just behind a packet, and how much was seen when. */
import type { FlowNode, SessionNode } from '../dashboard/api.ts'
import type { EngineIoSession } from '../protocols/engine-session.ts'
import { uppermost } from '../protocols/stack.ts'
import { Density, type DensitySource } from './density.ts'
import type { FlowTable } from './flows.ts'
import { flowsAsOf } from './flows-as-of.ts'
import { TcpSegment } from './seen-segment.ts'
import { sessionAsOf } from './session-as-of.ts'
import { sessionNodes } from './sessions.ts'
import type { FrameStore } from './store.ts'
import { isTrouble } from './tcp-findings.ts'

export interface PastParts {
  readonly store: FrameStore
  readonly flows: FlowTable
  readonly sessions: () => readonly EngineIoSession[]
  readonly trace: Pick<DensitySource, 'run' | 'revisions'>
}

export class Past implements DensitySource {
  readonly density: Density
  readonly #parts: PastParts

  constructor(parts: PastParts) {
    this.#parts = parts
    this.density = new Density(this)
  }

  /**
   * Conversations that had begun by then, without their later packets; the `limit` that were active last, the latest
   * first. Worked out a slice of time after another.
   */
  async flows(number: number, limit = Number.POSITIVE_INFINITY): Promise<FlowNode[]> {
    const { store, flows, sessions } = this.#parts
    const nodes = await flowsAsOf(store, flows, number, limit)
    const sids = new Map<string, string>()
    for (const session of sessions()) {
      for (const flow of sessionAsOf(session, number)?.flows ?? []) sids.set(flow, session.sid)
    }
    return nodes.map((node) => ({ ...node, sid: sids.get(node.id) ?? null }))
  }

  sessions(number: number): SessionNode[] {
    return sessionNodes(this.#parts.sessions().flatMap((session) => sessionAsOf(session, number) ?? []))
  }

  get run(): string {
    return this.#parts.trace.run
  }

  get revisions(): number {
    return this.#parts.trace.revisions
  }

  get first(): number {
    return this.#parts.store.first
  }

  get last(): number {
    return this.#parts.store.last
  }

  /** When a packet was seen, nanoseconds since 1970; undefined when it is not held. */
  timeOf(number: number): bigint | undefined {
    return this.#parts.store.time(number)
  }

  lengthOf(number: number): number {
    return this.#parts.store.length(number)
  }

  osiOf(number: number): number {
    return uppermost(this.#parts.store.protocols(number))
  }

  /** Whether a cable did something to it, or TCP finds that it or another is lost, late or sent again. */
  isTroubled(number: number): boolean {
    const { store } = this.#parts
    if (store.transit(number)?.fates.some((fate) => fate !== 'delivered')) return true
    return store.memory(number)?.some((made) => made instanceof TcpSegment && isTrouble(made.found)) ?? false
  }
}

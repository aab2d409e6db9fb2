/**
 * Records whose secret is on its way. A server that logs its keys knows the secret of the client's data only when it has
 * the client's Finished, and that travels together with the first data: whoever watches the client has read both by
 * then. They are kept, and opened when the secret comes; what they carry is dissected as of their own packets.
 */
import type { Packet } from './packet.ts'
import type { Carrier } from './tls-content.ts'
import type { RecordFound } from './tls-found.ts'
import type { SealedRecord } from './tls-keys.ts'
import { takeOpened, takeShut } from './tls-opened.ts'
import type { TlsSide, TlsState } from './tls-state.ts'

/** What one side may send before the other has answered, as far as it is kept: more than a first request. */
const MAX_RECORDS = 64
const MAX_BYTES = 256 * 1024

/** False for a record that must not or need not wait. */
export function waitForSecret(
  carrier: Carrier,
  state: TlsState,
  side: TlsSide,
  record: SealedRecord,
  found: RecordFound,
): boolean {
  const { waiting, opener } = side
  if (opener?.expectant !== true && waiting.length === 0) return false
  if (!isAwaited(carrier, state, side)) return false
  const held = waiting.reduce((sum, each) => sum + each.record.body.length, record.body.length)
  if (waiting.length >= MAX_RECORDS || held > MAX_BYTES) {
    giveUp(carrier, state, side)
    return false
  }
  const { body } = record
  // A frame is only lent.
  waiting.push({ number: carrier.number, record: { ...record, body: body.slice() }, found })
  if (carrier.conversations.hold?.(carrier.flow, body.length) === false) giveUp(carrier, state, side)
  return true
}

/** Asks to be told of the session's next secrets; false where nobody will tell. */
function isAwaited(carrier: Carrier, state: TlsState, side: TlsSide): boolean {
  if (state.asked) return true
  const log = state.log
  if (log?.await === undefined || !state.isLogged(side)) return false
  state.asked = true
  log.await(state.clientRandom, () => {
    state.asked = false
    openWaiting(carrier, state, state.client)
    openWaiting(carrier, state, state.server)
  })
  return true
}

/** A secret has come: opens what it opens, in order. */
function openWaiting(carrier: Carrier, state: TlsState, side: TlsSide): void {
  const { waiting } = side
  while (waiting.length > 0) {
    const [next] = waiting
    if (next === undefined) return
    const opened = state.open(side, next.record, true)
    if (opened === undefined && side.opener?.expectant === true) {
      isAwaited(carrier, state, side)
      return
    }
    waiting.shift()
    const { number, record, found } = next
    const { conversations, flow } = carrier
    conversations.hold?.(flow, -record.body.length)
    const own = { ...carrier, number }
    if (opened === undefined) takeShut(state, side, found, record)
    else takeOpened(own, state, side, found, opened)
    conversations.revisit?.(number, flow, side.fromClient, (packet: Packet) => {
      if (found.inner !== undefined) packet.nestInner(found.inner, found.fromClient)
    })
  }
}

/** There are too many: they stay shut, and what is inside goes on where a record opens again. */
function giveUp({ conversations, flow }: Carrier, state: TlsState, side: TlsSide): void {
  for (const { record, found } of side.waiting.splice(0)) {
    conversations.hold?.(flow, -record.body.length)
    takeShut(state, side, found, record)
  }
}

/** Who was at the learner's hub in which namespace, and which events went where. */
import { eventsIn, type SeenEvent } from '../kit/events.ts'
import type { RunView, Sighting } from '../kit/lab.ts'

export const FROM_HUB = 'tcp.srcport==$LISTEN'
export const TO_HUB = 'tcp.dstport==$LISTEN'

/** A client that asked to be let into a namespace. */
export interface Satellite {
  /** Its CONNECT. */
  readonly packet: Sighting
  readonly flow: string
  readonly namespace: string
  /** As it calls itself; the learner's own need not. */
  readonly name: string
}

/** In the order in which they came. */
export function satellites(run: RunView, namespace: string): readonly Satellite[] {
  return run
    .find(`${TO_HUB} && socketio.type==0`)
    .map((packet) => ({
      packet,
      flow: packet.flow ?? '',
      namespace: String(packet.values('socketio.nsp')[0]),
      name: /"name":"([^"]*)"/.exec(String(packet.values('engineio.payload')[0]))?.[1] ?? 'the dispatcher',
    }))
    .filter((each) => each.namespace === namespace)
}

/** The hub's answer to a CONNECT. */
export function admission(
  run: RunView,
  { flow, namespace }: Satellite,
): { packet: Sighting; refusal: string | undefined } | undefined {
  const packet = run
    .find(`${FROM_HUB} && (socketio.sid || socketio.error.message)`)
    .find((p) => p.flow === flow && p.values('socketio.nsp').includes(namespace))
  return packet && { packet, refusal: packet.values('socketio.error.message')[0]?.toString() }
}

/** The id of the order that an event is about. */
export function orderOf({ args: [order] }: SeenEvent): string | undefined {
  if (typeof order === 'string') return order
  return typeof order === 'object' && order !== null && 'id' in order ? String(order.id) : undefined
}

/** What a satellite said of an order. */
export function said(run: RunView, event: string, order: string): SeenEvent | undefined {
  return eventsIn(run, TO_HUB, event).find((each) => orderOf(each) === order)
}

export interface Copy {
  readonly event: SeenEvent
  readonly to: string
}

/** The hub's copies of an event about an order, each with the name of whom it went to. */
export function copies(run: RunView, event: string, order: string): readonly Copy[] {
  return eventsIn(run, FROM_HUB, event)
    .filter((each) => orderOf(each) === order)
    .map((each) => ({ event: each, to: nameAt(run, each) }))
}

function nameAt(run: RunView, { packet, nsp }: SeenEvent): string {
  return satellites(run, nsp).find(({ flow }) => flow === packet.flow)?.name ?? 'somebody'
}

/** The orders that the hub sent as pickup to one satellite, in order, between two packets. */
export function pickups(
  run: RunView,
  { flow }: Satellite,
  after = 0,
  before = Number.POSITIVE_INFINITY,
): readonly SeenEvent[] {
  return eventsIn(run, FROM_HUB, 'pickup').filter(
    ({ packet }) => packet.flow === flow && packet.number > after && packet.number < before,
  )
}

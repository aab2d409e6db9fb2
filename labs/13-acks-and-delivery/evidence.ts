/** What the steps of lab 13 look for in the learner's packets. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

export const FROM_SERVER = 'tcp.srcport==$LISTEN'
export const TO_SERVER = 'tcp.dstport==$LISTEN'
export const ACK = `${FROM_SERVER} && socketio.type==3`
export const sends = (event: string) => `${TO_SERVER} && socketio.event=="${event}"`

const NOT_YET: Verdict = { done: false }
const not = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })

/** One event of the learner's: a packet may carry several. */
export interface Sent {
  readonly packet: Sighting
  readonly args: readonly unknown[]
  /** Ids of the acks that are asked for in that packet. */
  readonly ackIds: readonly unknown[]
}

/** Every event of that name that was sent, in order. */
export function sent(run: RunView, name: string): readonly Sent[] {
  return run.find(sends(name)).flatMap((packet) => {
    const ackIds = packet.values('socketio.ack_id')
    const args = packet.values('socketio.args')
    return packet.values('socketio.event').flatMap((event, at) => {
      const ids = ackIds.length === args.length ? ackIds.slice(at, at + 1) : ackIds
      return event === name ? [{ packet, args: listOf(args[at]), ackIds: ids }] : []
    })
  })
}

function listOf(json: unknown): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(String(json))
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** The ack to an event, in the same conversation. */
export function ackTo(run: RunView, { packet, ackIds }: Sent): Sighting | undefined {
  return run
    .find(ACK)
    .find(
      (p) =>
        p.flow === packet.flow &&
        p.number > packet.number &&
        p.values('socketio.ack_id').some((id) => ackIds.includes(id)),
    )
}

export function acked(run: RunView): Verdict {
  const hellos = sent(run, 'hello')
  for (const hello of hellos) {
    const ack = ackTo(run, hello)
    if (ack !== undefined) return { done: true, packet: ack.number }
  }
  const last = hellos.at(-1)
  if (last === undefined) return NOT_YET
  const { number } = last.packet
  return last.ackIds.length === 0
    ? not(last.packet, `Packet ${number} carries hello, and asks for no ack: there is no id before its JSON.`)
    : not(last.packet, `Packet ${number} carries hello and asks for an ack, which has not come.`)
}

/** An ack with a lower id comes behind one with a higher: their events were sent the other way round. */
export function crossed(run: RunView): Verdict {
  const highest = new Map<string | null, number>()
  for (const ack of run.find(ACK)) {
    const before = highest.get(ack.flow) ?? -1
    const [first = 0] = ack.values('socketio.ack_id').map(Number)
    if (first < before) return { done: true, packet: ack.number }
    highest.set(ack.flow, Math.max(before, ...ack.values('socketio.ack_id').map(Number)))
  }
  const slow = sent(run, 'slow').at(0)
  if (slow === undefined) return NOT_YET
  const ack = ackTo(run, slow)
  return ack === undefined
    ? not(
        slow.packet,
        `Packet ${slow.packet.number} carries slow; nothing was answered between it and its ack.`,
      )
    : not(
        ack,
        `Packet ${ack.number} is the ack of slow, and you had waited for it: emit hello before that has come.`,
      )
}

/** A slow whose ack came when its sender had already said that it gave up. */
function gaveUp(run: RunView): { readonly said: Sighting; readonly ack: Sighting } | undefined {
  for (const { packet: said } of sent(run, 'gave-up')) {
    for (const slow of sent(run, 'slow').filter((s) => s.packet.number <= said.number)) {
      const ack = ackTo(run, slow)
      if (ack !== undefined && ack.number > said.number) return { said, ack }
    }
  }
  return undefined
}

export function tooLate(run: RunView): Verdict {
  const gave = gaveUp(run)
  if (gave) return { done: true, packet: gave.ack.number }
  const [said] = run.find(sends('gave-up'))
  if (said) return not(said, `Packet ${said.number} gives up; the late ack to slow has not come behind it.`)
  const slow = sent(run, 'slow').find(({ args }) => Number(args[0]) >= 500)
  const ack = slow && ackTo(run, slow)
  if (slow === undefined) return NOT_YET
  return ack
    ? not(
        ack,
        `Packet ${ack.number} answers slow, and you had waited for it: your timeout was longer than that.`,
      )
    : not(slow.packet, `Packet ${slow.packet.number} carries slow; you have not given up.`)
}

/** Ticks that came too early for a connection are not sent; tocks are kept, and come all. */
export function volatileDropped(run: RunView): Verdict {
  const ticks = sent(run, 'tick')
  const tocks = sent(run, 'tock')
  const [tock] = tocks
  const first = ticks.find(({ args }) => args[0] === 1)
  if (first !== undefined) {
    const { number } = first.packet
    return not(
      first.packet,
      `Packet ${number} carries tick 1. Either it was kept, so it was not volatile; or you were connected already when you emitted it: begin right behind io(…), without waiting.`,
    )
  }
  if (tock === undefined) return NOT_YET
  if (tock.args[0] !== 1) {
    return not(
      tock.packet,
      `Packet ${tock.packet.number} carries your first tock, with ${tock.args[0]}: begin with 1, before the client is connected.`,
    )
  }
  const last = ticks.at(-1)
  if (last !== undefined) return { done: true, packet: last.packet.number }
  return not(
    tock.packet,
    `Packet ${tock.packet.number} carries tock 1; no tick has come at all. Emit it before tock, and go on when you are connected: right behind another packet the transport is busy, and a volatile event is dropped then too.`,
  )
}

/** What the server said at last when it was asked how often it has counted something. */
export function counted(
  run: RunView,
  what: unknown,
): { readonly ack: Sighting; readonly times: number } | undefined {
  for (const asked of sent(run, 'count').toReversed()) {
    if (asked.args[0] !== what) continue
    const ack = ackTo(run, asked)
    if (ack) return { ack, times: Number(listOf(ack.values('socketio.args')[0])[0]) }
  }
  return undefined
}

/** The order that was on its way in the crash: sent once, and never counted. */
export function lostOrder(run: RunView): Verdict {
  const [crash] = run.find(sends('crash'))
  const orders = sent(run, 'order').filter(({ args }) => args[0] === 'butter')
  const [first, again] = orders
  if (crash === undefined || first === undefined) return NOT_YET
  if (again !== undefined) {
    return not(
      again.packet,
      `Packets ${first.packet.number} and ${again.packet.number} both carry the order: you have sent it again yourself. Leave it to Socket.IO.`,
    )
  }
  const told = counted(run, 'butter')
  if (told === undefined || told.ack.number < crash.number) {
    if (first.ackIds.length > 0) {
      return not(
        first.packet,
        `Packet ${first.packet.number} asks for an ack to the order. None comes: when the connection ends the promise is rejected, and that ends a program that doesn't catch it. Emit order and crash without acks.`,
      )
    }
    return not(
      crash,
      `Packet ${crash.number} asks for the crash; the count of butter has not been told since.`,
    )
  }
  if (told.times === 0) return { done: true, packet: told.ack.number }
  return not(
    told.ack,
    `Packet ${told.ack.number} says that it was counted: it was before the crash. Emit crash right behind it.`,
  )
}

/** Payments for something, by what they are for. */
const payments = (run: RunView, withId: boolean) =>
  sent(run, 'pay').filter(({ args }) => args.length > 1 === withId)

/** A payment that was sent more than once, and how often it was counted. */
export function twice(run: RunView, withId: boolean): Verdict & { readonly times?: number } {
  const [first] = payments(run, withId)
  if (first === undefined) return NOT_YET
  const all = payments(run, withId).filter(({ args }) => args[0] === first.args[0])
  const again = all[1]
  if (again === undefined) {
    return not(
      first.packet,
      `Packet ${first.packet.number} carries the payment, once: the first answer comes late here, and your client has waited for it, or gone.`,
    )
  }
  if (withId && again.args[1] !== first.args[1]) {
    return not(
      again.packet,
      `Packets ${first.packet.number} and ${again.packet.number} carry different ids: for the server these are two payments. Make the id once, before the first try.`,
    )
  }
  const told = counted(run, first.args[0])
  if (told === undefined) {
    return not(
      again.packet,
      `Packet ${again.packet.number} carries it again; its count has not been asked for.`,
    )
  }
  return { done: true, packet: told.ack.number, times: told.times }
}

/** What stands in the learner's conversations: how they were opened, closed, and left alone. */
import type { Held, RunView, Sighting, Verdict } from '../kit/lab.ts'

export const SYN = 'tcp.dstport==$TCP && tcp.flags.syn==1 && tcp.flags.ack==0'
export const SYN_ACK = 'tcp.srcport==$TCP && tcp.flags.syn==1 && tcp.flags.ack==1'

export const flag = (packet: Sighting, name: string) => packet.values(`tcp.flags.${name}`)[0] === true
export const count = (packet: Sighting, field: string) => Number(packet.values(field)[0])
const isCut = (packet: Sighting) => packet.values('link.fate').includes('cut')
/** One that was lost will be sent again: its conversation is not idle. */
const isLost = (packet: Sighting) => packet.values('link.fate').includes('lost')

const inSameFlow = (run: RunView, { flow, number }: Sighting) =>
  run.find('tcp').filter((p) => p.flow === flow && p.number >= number)

/** A FIN from each side, in a conversation in which something was sent: perhaps with the first FIN. */
export function closed(run: RunView, data: string): Verdict {
  for (const sent of run.find(data)) {
    const fins = inSameFlow(run, sent).filter((p) => flag(p, 'fin'))
    const last = fins.at(-1)
    if (last && new Set(fins.map((p) => p.fromClient)).size === 2) return { done: true, packet: last.number }
  }
  return { done: false }
}

/** From the first FIN to the last acknowledgement of a close in good order. */
export function goodbye(run: RunView): readonly Sighting[] | undefined {
  for (const first of run.find('tcp.port==$TCP && tcp.flags.fin==1')) {
    const rest = inSameFlow(run, first)
    const closers = rest.filter((p) => flag(p, 'fin'))
    const aborted = rest.some((p) => flag(p, 'reset'))
    const last = rest.at(-1)
    const settled = last !== undefined && !flag(last, 'fin')
    if (!aborted && settled && new Set(closers.map((p) => p.fromClient)).size === 2) return rest
  }
  return undefined
}

export function goodbyeWords(closing: readonly Sighting[], first: Sighting): string {
  const again = closing.find((p) => p.values('tcp.analysis.retransmission').length > 0)
  const from = `from packet ${first.number} on`
  if (again !== undefined) {
    return `${closing.length}, ${from}, with packet ${again.number} sent for the second time: the cable had lost something.`
  }
  return closing.length === 3
    ? `Three, ${from}: the second FIN carried the acknowledgement of the first.`
    : `${closing.length}, ${from}: a FIN and its acknowledgement for each direction.`
}

/** The first SYN and the SYN ACK that answers it. */
export function opening(run: RunView): { readonly syn: Sighting; readonly answer: Sighting } | undefined {
  for (const syn of run.find(SYN)) {
    const answer = run.find(SYN_ACK).find((p) => p.flow === syn.flow && p.number > syn.number)
    if (answer !== undefined) return { syn, answer }
  }
  return undefined
}

/** What the server offered in the conversation that was closed in good order. */
export function offers(run: RunView): readonly Sighting[] {
  const flow = goodbye(run)?.[0]?.flow
  return run.find('tcp.srcport==$TCP && tcp.flags.reset==0').filter((p) => p.flow === flow)
}

export const least = (packets: readonly Sighting[], field: string): Sighting | undefined =>
  packets.toSorted((a, b) => count(a, field) - count(b, field))[0]

/** The last acknowledgement of a conversation that is open, has been answered, and has nothing left to say. */
export function idle(run: RunView): Sighting | undefined {
  for (const echo of run.find('tcp.srcport==$TCP && tcp.len>0').toReversed()) {
    const rest = inSameFlow(run, echo)
    const last = rest.at(-1)
    const over = rest.some((p) => flag(p, 'fin') || flag(p, 'reset'))
    if (!over && last?.fromClient && count(last, 'tcp.len') === 0 && !isLost(last)) return last
  }
  return undefined
}

/** The second echo, or a later one, of a conversation that is still open. */
export function echoedTwice(run: RunView): Sighting | undefined {
  const lines = run.find('tcp.dstport==$TCP && tcp.len>0')
  return run.find('tcp.srcport==$TCP && tcp.len>0').find((echo) => {
    const sent = lines.filter((p) => p.flow === echo.flow && p.number < echo.number)
    const over = inSameFlow(run, echo).some((p) => flag(p, 'fin') || flag(p, 'reset'))
    return !over && new Set(sent.map((p) => count(p, 'tcp.seq'))).size > 1
  })
}

/** What came in an idle conversation after its cable was pulled. */
export function sinceThen(run: RunView, { packet }: Held): readonly Sighting[] {
  return run.find('tcp').filter((p) => p.flow === packet?.flow && p.number > (packet?.number ?? 0))
}

/** Data after the cable was out and in, in the conversation that was idle meanwhile, and its acknowledgement. */
export function survived(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const held of run.held('survive')) {
    const n = held.packet?.number ?? 0
    const later = sinceThen(run, held)
    const sent = later.find((p) => p.fromClient && count(p, 'tcp.len') > 0)
    const early = later.find((p) => isCut(p) || p.time < held.until)
    if (early !== undefined) {
      best = {
        done: false,
        seen: `Packet ${early.number} was sent while the cable was out${isCut(early) ? ', and fell out of it' : ''}: so your connection was not idle. Wait until the lab says that the cable is in again.`,
        packet: early.number,
      }
      continue
    }
    const answer = later.find((p) => !p.fromClient && sent !== undefined && p.number > sent.number)
    if (sent !== undefined && answer !== undefined) return { done: true, packet: sent.number }
    const gone = later.find((p) => flag(p, 'fin') || flag(p, 'reset'))
    best = {
      done: false,
      seen:
        gone === undefined
          ? `The cable was pulled behind packet ${n}; nothing has come in that conversation since.`
          : `The cable was pulled behind packet ${n}, and packet ${gone.number} ended that conversation: send in it, before you end it.`,
      packet: gone?.number ?? n,
    }
  }
  return best
}

/** What the workload cost and how it fared: computed from the packets that carried it. */
import type { RunView, Sighting, Truth, Verdict } from '../kit/lab.ts'
import {
  COUNT,
  count,
  isLost,
  isWhole,
  type Message,
  OWN,
  PORT,
  ROADS,
  type Road,
  STREAMS,
  type Workload,
  workloads,
} from './roads.ts'

type Stream = (typeof STREAMS)[number]

const number = ({ sent }: Message) => sent.number
const portOf = (road: Road) => `${road === 'UDP' ? 'udp' : 'tcp'}.port==${PORT[road]}`
const inFlow = (run: RunView, filter: string, flow: string | null) =>
  run.find(filter).filter((p) => p.flow === flow)

/** The first that came through whole, if possible one of which no message was lost. */
export function whole(run: RunView, road: Road): Workload | undefined {
  const all = workloads(run, road).filter(isWhole)
  return all.find(({ messages }) => !messages.some(({ lost }) => lost)) ?? all[0]
}

/** Each road has carried all of the workload, there and back. */
export function fourRoads(run: RunView): Verdict {
  let last = 0
  for (const road of ROADS) {
    const all = workloads(run, road)
    const found = all.find(isWhole)
    if (found !== undefined) {
      last = Math.max(last, ...found.messages.map(({ echo }) => echo?.number ?? 0))
      continue
    }
    return { done: false, ...instead(run, road, all.at(-1)) }
  }
  return { done: true, packet: last }
}

function instead(run: RunView, road: Road, last: Workload | undefined): { seen?: string; packet?: number } {
  const polled =
    road === 'Socket.IO' ? run.find('tcp.dstport==$HUB && engineio.transport=="polling"')[0] : undefined
  if (polled !== undefined) {
    return {
      seen: `Packet ${polled.number} polls: Socket.IO begins so, and goes on in another connection. Set transports: ['websocket'], so that each road is one conversation.`,
      packet: polled.number,
    }
  }
  if (last === undefined) {
    if (run.find('tcp || udp').length === 0) return {}
    return { seen: `Over ${road} no message has been sent: "message 01 of 20" and so on are looked for.` }
  }
  const at = last.messages.at(-1)
  const back = last.messages.filter(({ echo }) => echo !== undefined).length
  return {
    seen: `Over ${road} ${last.messages.length} of the ${COUNT} messages have been sent, the last in packet ${at?.sent.number}, and ${back} are back.`,
    ...(at && { packet: at.sent.number }),
  }
}

/** How often the client had to wait for the server before its first message could leave. */
export function roundTripsBefore(run: RunView, { road, flow, messages }: Workload): number {
  const first = messages[0]?.sent.number ?? 0
  const saying = road === 'UDP' ? portOf(road) : `${portOf(road)} && (tcp.len>0 || tcp.flags.syn==1)`
  let trips = 0
  let answered = false
  for (const packet of inFlow(run, saying, flow)) {
    if (packet.number > first) break
    if (!packet.fromClient) answered = true
    else if (answered) {
      trips++
      answered = false
    }
  }
  return trips
}

/** Bytes of all frames of a conversation, both ways, for each message; undefined while it is not closed. */
export function bytesEach(run: RunView, { road, flow }: Workload): number | undefined {
  const packets = inFlow(run, portOf(road), flow)
  const isOver =
    road === 'UDP' ||
    inFlow(run, `${portOf(road)} && tcp.flags.reset==1`, flow).length > 0 ||
    new Set(inFlow(run, `${portOf(road)} && tcp.flags.fin==1`, flow).map((p) => p.fromClient)).size === 2
  const bytes = packets.reduce((sum, packet) => sum + count(packet, 'frame.len'), 0)
  return isOver ? Math.round(bytes / COUNT) : undefined
}

/** A frame that carries one message and nothing else of the workload. */
export function alone(workload: Workload, n = 7): Message | undefined {
  const shared = new Set<number>()
  const seen = new Set<number>()
  for (const each of workload.messages) (seen.has(number(each)) ? shared : seen).add(number(each))
  const free = workload.messages.filter((each) => !shared.has(number(each)))
  return free.find((each) => each.n === n) ?? free[0]
}

/** Bytes of a message's frame that are not the message. */
export const around = ({ sent }: Message) => count(sent, 'frame.len') - OWN

/** A lost segment, its repair, and the messages that had come before the repair and had to wait for it. */
export interface Stall {
  readonly workload: Workload
  readonly lost: Message
  readonly repair: Sighting
  readonly behind: readonly Message[]
}

export function stalled(run: RunView, road: Stream): Stall | undefined {
  for (const workload of workloads(run, road)) {
    for (const lost of workload.messages.filter((each) => each.lost)) {
      const repair = repairOf(run, road, lost)
      if (repair === undefined) continue
      const behind = workload.messages.filter(
        (each) =>
          !each.lost &&
          number(each) > number(lost) &&
          number(each) < repair.number &&
          (each.echo?.number ?? 0) > repair.number,
      )
      if (behind.length > 0) return { workload, lost, repair, behind }
    }
  }
  return undefined
}

/** The packet that brought the lost bytes in the end. */
function repairOf(run: RunView, road: Stream, { sent }: Message): Sighting | undefined {
  const hole = count(sent, 'tcp.seq')
  return inFlow(run, `tcp.dstport==${PORT[road]} && tcp.len>0`, sent.flow).find((p) => {
    const from = count(p, 'tcp.seq')
    return p.number > sent.number && !isLost(p) && from <= hole && from + count(p, 'tcp.len') > hole
  })
}

/** A loss that held up what was behind it, on each of these roads. */
export function waits(run: RunView, roads: readonly Stream[]): Verdict {
  let last = 0
  for (const road of roads) {
    const stall = stalled(run, road)
    if (stall === undefined) return { done: false, ...notStalled(run, road) }
    last = Math.max(last, stall.repair.number)
  }
  return { done: true, packet: last }
}

function notStalled(run: RunView, road: Stream): { seen?: string; packet?: number } {
  const all = workloads(run, road)
  const lost = all.flatMap(({ messages }) => messages.filter((each) => each.lost)).at(-1)
  if (lost !== undefined) {
    return {
      seen: `Over ${road} packet ${number(lost)} was lost, with message ${lost.n} in it, and no other was on its way behind it: did you wait for each echo? Send one each 10 ms, come what may.`,
      packet: number(lost),
    }
  }
  const last = all.at(-1)?.messages.at(-1)
  return last === undefined ? {} : noLoss(run, road, last)
}

/** The steps whose cable loses. */
const WORSE_IN = ['tcp-waits', 'so-do-others', 'udp-goes-on']

function noLoss(run: RunView, road: Road, last: Message): { seen: string; packet: number } {
  const isWorse = WORSE_IN.some((step) => run.held(step).length > 0)
  const next = isWorse
    ? 'The cable has become worse since: send the workload once more.'
    : 'The lab makes the cable worse when the calm round is ticked, and keeps to the order of the steps.'
  return {
    seen: `Over ${road} message ${last.n} was the last, in packet ${number(last)}; none has been lost. ${next}`,
    packet: number(last),
  }
}

/** A whole workload over UDP of which datagrams were lost, and none was sent again; what came behind one came in time. */
export interface Gap {
  readonly workload: Workload
  readonly lost: readonly Message[]
  readonly next: Message
}

/** More than so many times the middle one is late. */
const LATE = 1.6

export function gap(run: RunView): Gap | undefined {
  for (const workload of workloads(run, 'UDP')) {
    const { messages } = workload
    const isOver = messages.length === COUNT && messages.every(({ lost, echo }) => lost || echo !== undefined)
    const isOnce = messages.every(({ copies }) => copies === 1)
    if (!isOver || !isOnce) continue
    const lost = messages.filter((each) => each.lost)
    const [first] = lost
    const times = messages.map(({ took }) => took).sort((a, b) => a - b)
    const middle = times[Math.floor(times.length / 2)] ?? 0
    const next = messages.find(
      (each) => first !== undefined && number(each) > number(first) && each.took < LATE * middle,
    )
    if (next !== undefined) return { workload, lost, next }
  }
  return undefined
}

export function goesOn(run: RunView): Verdict {
  const found = gap(run)
  if (found !== undefined) return { done: true, packet: found.next.echo?.number ?? number(found.next) }
  const all = workloads(run, 'UDP').flatMap(({ messages }) => messages)
  const again = all.find((each) => each.lost && each.copies > 1)
  if (again !== undefined) {
    return {
      done: false,
      seen: `Packet ${number(again)} was lost, and your program sent message ${again.n} again: that was you, not UDP. Send each message once.`,
      packet: number(again),
    }
  }
  const last = all.at(-1)
  return last === undefined ? { done: false } : { done: false, ...noLoss(run, 'UDP', last) }
}

/** Milliseconds between the quickest echo and the slowest. */
export function spread({
  messages,
}: Workload): { ms: number; slowest: Message; quickest: Message } | undefined {
  const back = messages.filter(({ echo }) => echo !== undefined).sort((a, b) => a.took - b.took)
  const [quickest, slowest] = [back[0], back.at(-1)]
  return quickest && slowest && { ms: Math.round(slowest.took - quickest.took), slowest, quickest }
}

/** The verdict on all four, when both rounds are there. */
export function verdict(run: RunView): Truth | undefined {
  const calm = ROADS.flatMap((road) => whole(run, road) ?? [])
  const stalls = STREAMS.flatMap((road) => stalled(run, road) ?? [])
  const missing = gap(run)
  const bytes = calm.map((workload) => bytesEach(run, workload))
  if (calm.length < ROADS.length || stalls.length < STREAMS.length || missing === undefined) return undefined
  if (bytes.includes(undefined)) return undefined
  const trips = calm.map((workload) => roundTripsBefore(run, workload))
  const late = stalls.map(({ workload }) => Math.round(spread(workload)?.slowest.took ?? 0))
  const [gone] = missing.lost
  const each = (numbers: readonly unknown[]) => ROADS.map((road, at) => `${road} ${numbers[at]}`).join(', ')
  return {
    value: 'none in everything',
    packet: gone?.sent.number ?? missing.next.sent.number,
    because: `Round trips before the first message: ${each(trips)}. Bytes on the cable for a message: ${each(bytes)}. So far UDP is ahead. But then packet ${gone?.sent.number} was lost and message ${gone?.n} never came; the other three brought all ${COUNT}, but made some wait; their slowest took: ${STREAMS.map((road, at) => `${road} ${late[at]} ms`).join(', ')}.`,
  }
}

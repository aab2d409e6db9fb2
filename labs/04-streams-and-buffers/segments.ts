/** The learner's segments: how writes were cut, what waited for what, and a window that closed. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'
import { conversations } from '../kit/stream.ts'
import { shown } from './framing.ts'

export const CLOSED_WINDOW = 'tcp.dstport==$TCP && tcp.window_size==0 && tcp.flags.reset==0'
export const OPEN_WINDOW = 'tcp.dstport==$TCP && tcp.window_size>0 && tcp.seq>20000'
export const ECHO = 'tcp.srcport==$TCP && tcp.len>1'
const LONG = 6000
export const MESSAGES = 'onetwothree'
/** How much of a long transfer's beginning tells it from three messages of 2000 bytes. */
const LONG_ENOUGH = 8000

export const length = (packet: Sighting) => Number(packet.values('tcp.len')[0])
export const sequence = (packet: Sighting) => Number(packet.values('tcp.seq')[0])
export const milliseconds = (from: Sighting, to: Sighting) => Math.round((to.time - from.time) * 1000)

/** The conversation in which the three messages were sent, and came back. */
export function threeWrites(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const { client, server } of conversations(run, '$TCP', MESSAGES.length)) {
    const last = server.packetAt(MESSAGES.length - 1)
    if (client.bytes.toString() === MESSAGES && server.bytes.toString() === MESSAGES && last) {
      return { done: true, packet: last.number }
    }
    const first = client.packetAt(0)
    if (first === undefined || client.bytes.length > MESSAGES.length) continue
    best = {
      done: false,
      seen: `From packet ${first.number} on you sent ${shown(client.bytes)}, and ${shown(server.bytes)} came back: "${MESSAGES}" is looked for, both ways.`,
      packet: first.number,
    }
  }
  return best
}

/** Segments from the learner that brought bytes for the first time, in the conversation that begins so. */
export function segments(run: RunView, flow: string | null, bytes: number): readonly Sighting[] {
  const all = run.find(`tcp.dstport==$TCP && tcp.len>0 && tcp.seq<=${bytes}`).filter((p) => p.flow === flow)
  return all.filter((p, index) => all.findIndex((other) => sequence(other) === sequence(p)) === index)
}

/** The conversation in which exactly 6000 bytes were sent. */
export function longMessages(run: RunView): readonly Sighting[] | undefined {
  const begun = run.find(`tcp.dstport==$TCP && tcp.len>0 && tcp.seq<=${LONG_ENOUGH}`)
  for (const flow of new Set(begun.map((p) => p.flow))) {
    const own = segments(run, flow, LONG_ENOUGH)
    if (Math.max(...own.map((p) => sequence(p) + length(p) - 1)) === LONG) return own
  }
  return undefined
}

interface TwoWrites {
  readonly head: Sighting
  readonly body: Sighting
  /** The server's acknowledgement of the head, where it was sent before the body. */
  readonly ack: Sighting | undefined
}

/** Messages whose head of four bytes went alone, each with the segment that began its body. */
function twoWrites(run: RunView): readonly TwoWrites[] {
  const sent = run.find('tcp.dstport==$LISTEN3 && tcp.len>0')
  const acks = run.find('tcp.srcport==$LISTEN3 && tcp.flags.ack==1')
  return sent
    .filter((p) => length(p) === 4)
    .flatMap((head) => {
      const next = sequence(head) + 4
      const body = sent.find((p) => p.flow === head.flow && sequence(p) === next)
      const ack = acks.find((p) => p.flow === head.flow && Number(p.values('tcp.ack')[0]) === next)
      return body ? [{ head, body, ack: ack && ack.number < body.number ? ack : undefined }] : []
    })
}

/** Below this an acknowledgement wasn't delayed. */
const SHORTEST_DELAY_MS = 20

/** The first bytes of a connection are acknowledged at once, which may take as long on a busy machine. */
export const delayed = (run: RunView) =>
  twoWrites(run).find(
    ({ head, ack }) => sequence(head) > 1 && ack && milliseconds(head, ack) >= SHORTEST_DELAY_MS,
  )

export function waited(run: RunView): Verdict {
  const found = delayed(run)
  if (found) return { done: true, packet: found.body.number }
  const last = twoWrites(run).at(-1)
  if (last === undefined) return together(run)
  const { head, body, ack } = last
  return {
    done: false,
    seen: ack
      ? `Packet ${ack.number} acknowledged the head (packet ${head.number}) without delay, as the first bytes of a connection often are. Send a whole message first, and wait for its answer.`
      : `Packet ${body.number}, the body, left ${milliseconds(head, body)} ms after packet ${head.number}, the head, and before an acknowledgement: nothing made it wait. Was setNoDelay on?`,
    packet: body.number,
  }
}

export function hurried(run: RunView): Verdict {
  const found = twoWrites(run)
  const free = found.find(({ ack }) => ack === undefined)
  if (free) return { done: true, packet: free.body.number }
  const last = found.at(-1)
  if (last?.ack === undefined) return together(run)
  const { head, body, ack } = last
  const told = `Packet ${body.number}, the body, left only after packet ${ack.number} had acknowledged the head, ${milliseconds(head, body)} ms later`
  // Nagle's algorithm lets go what waits as soon as the acknowledgement is there.
  const late = milliseconds(ack, body) >= SHORTEST_DELAY_MS
  return {
    done: false,
    seen: late
      ? `${told}, and not at once then: your program wrote it so late. On a busy machine that happens; run it again.`
      : `${told}: Nagle’s algorithm is on in that conversation.`,
    packet: body.number,
  }
}

/** No head was alone. */
function together(run: RunView): Verdict {
  const last = run.find('tcp.dstport==$LISTEN3 && tcp.len>0').at(-1)
  if (last === undefined)
    return { done: false, seen: 'No byte of yours has come to the server at WIRELAB_DOOR3_PORT yet.' }
  return {
    done: false,
    seen: `Packet ${last.number} carries ${length(last)} bytes: no segment of yours had the four bytes of a head alone. Write the head, and the body 5 ms later, with a socket of wirelab/net.`,
    packet: last.number,
  }
}

/** As long as a program must read nothing, seconds: a busy reader's window may close for a moment by itself. */
const CLOSED_FOR = 0.3

/** A window of the learner's that stayed closed, then opened, and was used. */
export function reopened(run: RunView): Verdict {
  const open = run.find(OPEN_WINDOW)
  let shortest: { closed: Sighting; opened: Sighting } | undefined
  for (const closed of run.find(CLOSED_WINDOW)) {
    const opened = open.find((p) => p.flow === closed.flow && p.number > closed.number)
    if (opened === undefined) continue
    shortest = { closed, opened }
    if (opened.time - closed.time < CLOSED_FOR) continue
    const more = run.find(ECHO).find((p) => p.flow === closed.flow && p.number > opened.number)
    if (more) return { done: true, packet: opened.number }
  }
  if (shortest === undefined) return { done: false }
  const { closed, opened } = shortest
  return {
    done: false,
    seen: `Packet ${closed.number} closed your window, and packet ${opened.number} opened it ${milliseconds(closed, opened)} ms later. Read nothing for longer: two and a half seconds.`,
    packet: opened.number,
  }
}

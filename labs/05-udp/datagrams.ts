/** What became of the learner's datagrams. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

export const UDP_HEADER = 8
export const TO_ECHO = 'udp.dstport==$UDP && !icmp'
/** Six bytes and UDP's header. */
export const HELLO = `${TO_ECHO} && udp.length==14`
const FROM_ECHO = 'udp.srcport==$UDP'
const LONG = UDP_HEADER + 4000
/** Of the three messages, with the header. */
const LENGTHS = [14, 8, 17]

export const count = (packet: Sighting, field: string) => Number(packet.values(field)[0])

/** The first hello, and its echo. */
export function reply(run: RunView): { readonly sent: Sighting; readonly back: Sighting } | undefined {
  for (const sent of run.find(HELLO)) {
    const back = run
      .find(`${FROM_ECHO} && udp.length==14`)
      .find((p) => p.flow === sent.flow && p.number > sent.number)
    if (back !== undefined) return { sent, back }
  }
  return undefined
}

/** Each of the three from one port, and the echo of each. */
export function threeMessages(run: RunView): Verdict {
  const inFlow = (filter: string, flow: string | null) => run.find(filter).filter((p) => p.flow === flow)
  for (const { flow } of run.find(HELLO)) {
    const echoes = LENGTHS.flatMap(
      (length) => inFlow(`${FROM_ECHO} && udp.length==${length}`, flow)[0]?.number ?? [],
    )
    const sent = new Set(inFlow(TO_ECHO, flow).map((p) => count(p, 'udp.length')))
    if (echoes.length === LENGTHS.length) return { done: true, packet: Math.max(...echoes) }
    const missing = LENGTHS.find((n) => !sent.has(n))
    if (missing !== undefined) {
      const packet = inFlow(TO_ECHO, flow).at(-1)?.number ?? 0
      return {
        done: false,
        seen: `None of your datagrams up to packet ${packet} has ${missing - UDP_HEADER} bytes in it.`,
        packet,
      }
    }
  }
  return { done: false }
}

/** Three callers of the learner's server, each with a port of its own, and an answer to each. */
export function answered(run: RunView): Verdict {
  const calls = run.find('udp.dstport==$LISTEN && !icmp')
  const callers = new Set(calls.map((p) => p.flow))
  const answers = run.find('udp.srcport==$LISTEN && !icmp')
  const heard = new Set(answers.map((p) => p.flow))
  const last = answers.at(-1)
  if (last !== undefined && heard.size >= 3) return { done: true, packet: last.number }
  const left = calls.find((p) => !heard.has(p.flow))
  if (left === undefined) return { done: false }
  return {
    done: false,
    seen: `${heard.size} of the ${callers.size} callers were answered; the one behind packet ${left.number}, at port ${count(left, 'udp.srcport')}, was not.`,
    packet: left.number,
  }
}

interface Cut {
  readonly pieces: readonly Sighting[]
  readonly last: Sighting
  /** The piece with which the echo was whole. */
  readonly back: Sighting | undefined
}

/** The long datagram's pieces on their way to the server: the last to come is the one that is read as UDP. */
export function cutInPieces(run: RunView): Cut | undefined {
  const [last] = run.find(`${TO_ECHO} && ip.frag_offset>0 && udp.length==${LONG}`)
  if (last === undefined) return undefined
  const same = (p: Sighting, field: string) => p.values(field)[0] === last.values(field)[0]
  const pieces = run
    .find('ip.flags.mf==1 || ip.frag_offset>0')
    .filter((p) => same(p, 'ip.id') && same(p, 'ip.src') && p.number <= last.number)
  const back = run.find(`${FROM_ECHO} && udp.length==${LONG}`).find((p) => p.number > last.number)
  return { pieces, last, back }
}

/** The last number, of one digit, that came back. */
export function counting(run: RunView): Sighting | undefined {
  return run.find(`${FROM_ECHO} && udp.length==${UDP_HEADER + 1}`).at(-1)
}

/** A datagram that was lost, and the next that the server said to its sender. */
export function lostInTheCount(
  run: RunView,
): { readonly lost: Sighting; readonly next: Sighting } | undefined {
  for (const lost of run.find(`${TO_ECHO} && link.fate=="lost"`)) {
    const next = run.find(FROM_ECHO).find((p) => p.flow === lost.flow && p.number > lost.number)
    if (next !== undefined) return { lost, next }
  }
  return undefined
}

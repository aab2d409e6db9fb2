/** Who got a copy of an event and who did not: each client by the name with which it entered. */
import { eventsIn, isSettled, type SeenEvent } from '../kit/events.ts'
import type { RunView, Verdict } from '../kit/lab.ts'

const FROM_SERVER = 'tcp.srcport==$LISTEN'
const TO_SERVER = 'tcp.dstport==$LISTEN'

/** What somebody asks the server for, and who is to get what comes of it. */
export interface Delivery {
  /** The event that asks, and a text that is among its arguments and among those of the copies. */
  readonly asked: string
  readonly text: string
  readonly event: string
  /** `/` when left out. */
  readonly nsp?: string
  /** In the order of the alphabet. */
  readonly to: readonly string[]
  /** What is said where somebody got it by mistake, by name. */
  readonly stray?: Readonly<Record<string, string>>
  /** What is said where somebody did not get it. */
  readonly missing?: Readonly<Record<string, string>>
  readonly twice?: string
}

/** The copies that left the server, in whatever namespace. */
export function hearings(run: RunView, { event, text }: Delivery): readonly SeenEvent[] {
  return eventsIn(run, FROM_SERVER, event).filter(({ args }) => args.includes(text))
}

/** Judges one delivery: everybody who should have it has one copy, nobody else has any. */
export function delivered(run: RunView, delivery: Delivery): Verdict {
  const { event, nsp = '/', to } = delivery
  const asked = request(run, delivery)
  if (asked === undefined) return { done: false }
  const copies = hearings(run, delivery)
  const [asker = 'somebody'] = among(run, [asked])
  const counts = new Map<string, number>()
  for (const copy of copies) {
    const [name = 'somebody else'] = among(run, [copy])
    const { number } = copy.packet
    const told = (seen: string): Verdict => ({ done: false, seen, packet: number })
    if (copy.nsp !== nsp) {
      return told(`Packet ${number} brought ${event} to ${name} in the namespace ${copy.nsp}, not in ${nsp}.`)
    }
    if (!to.includes(name)) {
      return told(`Packet ${number} brought ${event} to ${name}. ${delivery.stray?.[name] ?? ''}`.trim())
    }
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (counts.get(name) === 2) {
      return told(
        `Packet ${number} is the second copy of ${event} for ${name}. ${delivery.twice ?? ''}`.trim(),
      )
    }
  }
  const without = to.filter((name) => !counts.has(name))
  const last = copies.at(-1)
  if (last !== undefined && without.length === 0 && settledBehind(run, delivery)) {
    return { done: true, packet: last.packet.number }
  }
  const { number } = asked.packet
  const nearly = copies.length > 0 || to.length === 1
  const advice = nearly ? without.map((name) => delivery.missing?.[name] ?? '').join(' ') : ''
  return {
    done: false,
    seen: `${asker} asked in packet ${number}, and ${event} went to ${listOf([...counts.keys()].toSorted())}; ${listOf(without)} did not get it. ${advice}`.trim(),
    packet: number,
  }
}

/** Whether all that the request caused at once is out. */
export function settledBehind(run: RunView, delivery: Delivery): boolean {
  const asked = request(run, delivery)?.packet
  return asked !== undefined && isSettled(run, asked, FROM_SERVER)
}

function request(run: RunView, { asked, text }: Delivery): SeenEvent | undefined {
  return eventsIn(run, TO_SERVER, asked).find(({ args }) => args.includes(text))
}

/** The names of those at the other end of these events, each once, in the order of the alphabet. */
export function among(run: RunView, events: readonly SeenEvent[]): readonly string[] {
  const flows = new Set(events.map(({ packet }) => packet.flow))
  const names = entered(run).filter(([flow]) => flows.has(flow))
  return [...new Set(names.map(([, name]) => name))].toSorted()
}

/** Everybody who has entered. */
export function everybody(run: RunView): readonly string[] {
  return entered(run).map(([, name]) => name)
}

function entered(run: RunView): readonly (readonly [flow: string | null, name: string])[] {
  return eventsIn(run, TO_SERVER, 'enter').map(({ packet, args }) => [packet.flow, String(args[0])] as const)
}

/** `ann, bob and cem`; `nobody` when the list is empty. */
export function listOf(names: readonly (string | number)[]): string {
  if (names.length < 2) return String(names[0] ?? 'nobody')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

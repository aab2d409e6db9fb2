/** A lab run on its way to whoever grades it: its packets, and what has to be known to judge them again. */
import type { SessionItem } from '../capture/session-item.ts'
import type { Submission } from '../labs/labs.ts'
import type { Dependencies } from './app.ts'
import { captureExport, lookAtNetwork } from './capture-export.ts'
import { exported } from './export-stream.ts'

export async function submissionExport(
  submission: Submission,
  deps: Pick<Dependencies, 'bench' | 'captures' | 'session' | 'status'>,
): Promise<AsyncGenerator<Uint8Array>> {
  await lookAtNetwork(deps)
  const { run, ...said } = submission
  const trace = deps.captures.live
  const numbers = run.toHandIn
  const places = new Map(numbers.map((number, index) => [number, index + 1]))
  const held = [...run.allHeld].flatMap(([step, times]) =>
    times.map(({ packet, since, until }) => ({
      step,
      packet: packet === null ? null : (places.get(packet.number) ?? null),
      since,
      until: Number.isFinite(until) ? until : null,
    })),
  )
  const item: SessionItem = { ...said, held }
  const options = { trace, deps, live: true, at: 'client', filtered: true, items: [item] } as const
  return exported({
    ...captureExport(options),
    trace,
    filter: undefined,
    only: new Set(numbers),
    follow: undefined,
  })
}

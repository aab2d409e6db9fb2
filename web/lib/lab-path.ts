/** The labs as a path: where a learner is on it, and what a lab takes for granted. */
import type { LabSummary } from '../../server/dashboard/api-labs.ts'

/** For those who have one evening: from a frame to a Socket.IO server in four labs. */
export const EVENING: readonly number[] = [1, 3, 10, 11]

export type Station = 'solved' | 'begun' | 'new'

export function stationOf({ solved, done }: LabSummary): Station {
  if (solved) return 'solved'
  return done > 0 ? 'begun' : 'new'
}

/** Numbers of the labs that it assumes and that are here, but not solved yet. */
export function missingFor(lab: LabSummary, labs: readonly LabSummary[]): number[] {
  return lab.assumes.filter((number) => labs.some((other) => other.number === number && !other.solved))
}

/**
 * Where to go on: the one behind lab `after`, else the first lab that was begun, else the first for which nothing is
 * missing, else the first. Undefined when all that can be shown here are solved.
 */
export function nextLab(labs: readonly LabSummary[], after?: number): LabSummary | undefined {
  const open = labs.filter(({ solved, unfit }) => !solved && unfit === null)
  return (
    open.find(({ number }) => after !== undefined && number === after + 1) ??
    open.find((lab) => stationOf(lab) === 'begun') ??
    open.find((lab) => missingFor(lab, labs).length === 0) ??
    open[0]
  )
}

/** Labs that a solved one opens the way to: those not solved yet, the best prepared first. */
export function opened(lab: LabSummary, labs: readonly LabSummary[]): LabSummary[] {
  return labs
    .filter((other) => lab.unlocks.includes(other.number) && !other.solved && other.unfit === null)
    .sort((a, b) => missingFor(a, labs).length - missingFor(b, labs).length || a.number - b.number)
}

/** The list with what was told of one of them anew. */
export function withLab(labs: readonly LabSummary[], told: LabSummary): LabSummary[] {
  const { id, number, title, summary, minutes, networks, assumes, unlocks, steps, done, solved, unfit } = told
  const known = {
    id,
    number,
    title,
    summary,
    minutes,
    networks,
    assumes,
    unlocks,
    steps,
    done,
    solved,
    unfit,
  }
  return labs.map((lab) => (lab.id === id ? known : lab))
}

export const twoDigits = (number: number): string => String(number).padStart(2, '0')

/** `01, 03 and 10`. */
export function listed(numbers: readonly number[]): string {
  const words = numbers.map(twoDigits)
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`
}

/** `2 h 25 min`. */
export function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours === 0) return `${rest} min`
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
}

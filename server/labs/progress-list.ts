/** How far the learner is in each lab, from the file alone: no Wirelab has to run for that. */
import type { LabSummary } from '../dashboard/api-labs.ts'
import type { LoadedLab } from './load.ts'
import { Progress } from './progress.ts'

export type Listed = Pick<LabSummary, 'id' | 'number' | 'title' | 'summary' | 'minutes' | 'steps' | 'done'>

/** Counts the steps of the network on which a lab would be started. */
export function listOffline(
  labs: readonly LoadedLab[],
  progressPath: string,
  talk: (line: string) => void,
): Listed[] {
  const progress = new Progress({ path: progressPath, talk })
  return labs.map(({ id, definition }) => {
    const { number, title, summary, minutes, networks } = definition
    const network = networks.includes('lab') ? 'lab' : 'kernel'
    const steps = definition.steps.filter((step) => step.networks?.includes(network) ?? true)
    const known = progress.of(id).steps
    const done = steps.filter((step) => Object.hasOwn(known, step.id)).length
    return { id, number, title, summary, minutes, steps: steps.length, done }
  })
}

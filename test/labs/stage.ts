/** A Wirelab on which labs are tested, and which of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import type { NetworkId } from '../../labs/kit/lab.ts'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { withCastsCompiled } from './casts.ts'
import type { Stage } from './lab-tests.ts'

/** Labs that failed beside others, such as `04,16`, tried again: as in the first run, but one at a time. */
const again = process.env.WIRELAB_LABS_AGAIN

/** Those whose numbers stand in `WIRELAB_LABS`, such as `4,6`; all where it is not set. */
export async function chosenLabs(): Promise<LoadedLab[]> {
  const wanted = again ?? process.env.WIRELAB_LABS
  if (!wanted) return withCastsCompiled(await loadLabs())
  const numbers = wanted.split(',').map(Number)
  const labs = await loadLabs({ only: (id) => numbers.includes(Number(id.slice(0, 2))) })
  if (labs.length === numbers.length) return withCastsCompiled(labs)
  throw new Error(`WIRELAB_LABS: expected numbers of labs, such as 4,6; found ${wanted}`)
}

/** Those that can be done on a network that has no routers. */
export function labsOn(network: NetworkId, labs: readonly LoadedLab[]): LoadedLab[] {
  return labs.filter(
    ({ definition }) => definition.networks.includes(network) && definition.topology !== 'router',
  )
}

interface Kind {
  readonly network: NetworkId
  readonly flags?: readonly string[]
}

type TestOne = (lab: LoadedLab, stage: () => Stage, network: NetworkId) => void

/** Runs each lab's tests on a Wirelab of that kind: several labs at once, but for those that do something to its cable. */
export function onStage(name: string, kind: Kind, labs: readonly LoadedLab[], testOne: TestOne): void {
  if (labs.length === 0) return
  const alone = kind.network === 'lab' ? labs.filter(changesCable) : []
  const together = labs.filter((lab) => !alone.includes(lab))
  describe(name, { concurrency: true }, () => {
    onOneWirelab('at the same time', AT_ONCE, kind, together, testOne)
    for (let first = 0; first < WIRELABS; first++) {
      const inTurn = alone.filter((_lab, index) => index % WIRELABS === first)
      onOneWirelab(`one after the other, ${first + 1}`, 1, kind, inTurn, testOne)
    }
  })
}

function onOneWirelab(
  name: string,
  concurrency: number,
  { network, flags = [] }: Kind,
  labs: readonly LoadedLab[],
  testOne: TestOne,
): void {
  if (labs.length === 0) return
  describe(name, { concurrency }, () => {
    let wirelab: Wirelab
    let folder: string
    let skip: string | false = false
    before(async () => {
      wirelab = await startLab(['--network', network, ...flags])
      folder = await mkdtemp(join(packageRoot(), '.wirelab-test-'))
      if (wirelab.capture.state !== 'running') {
        skip = `NOT RUN: the wire can't be seen here: ${wirelab.capture.message}`
        console.error(skip)
      }
    })
    after(async () => {
      await wirelab.close()
      await rm(folder, { recursive: true, force: true })
    })
    for (const lab of labs) testOne(lab, () => ({ wirelab, network, folder, skip }), network)
  })
}

const WIRELABS = again === undefined ? 2 : 1
/** Runs at a time: two cores bear it, and it is fewer than a bench opens. */
const AT_ONCE = again === undefined ? 3 : 1

/** What a lab does to the cable, all that are on it feel: such a lab has the cable for itself while it runs. */
export const changesCable = ({ definition }: LoadedLab): boolean =>
  definition.steps.some((step) => step.kind === 'wire' && step.cable !== undefined)

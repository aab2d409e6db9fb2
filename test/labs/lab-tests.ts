/**
 * The tests that every lab goes through, on a running Wirelab: its starter does not pass, its solution does, each of its
 * wrong programs fails in its own step with the words that are meant for it, and each question is graded from the packets.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { NetworkId, Wrong } from '../../labs/kit/lab.ts'
import { LabClient } from '../../server/labs/client.ts'
import type { LoadedLab } from '../../server/labs/load.ts'
import { runEnvironment } from '../../server/labs/program.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { answersAreGraded } from './answers.ts'
import { codeBlocks, isExcerpt, runBlock } from './readme-code.ts'
import {
  followed,
  openSteps,
  programEnvironment,
  runProgram,
  type Sitting,
  stepOf,
  story,
} from './sitting.ts'

export interface Stage {
  readonly wirelab: Wirelab
  readonly network: NetworkId
  /** Inside the package, so that programs in it find what labs find: for copies of starters and solutions. */
  readonly folder: string
  /** Why nothing can be tested here: the wire can't be seen. */
  readonly skip: string | false
}

/** After a solution has ended, for the wire to show the last of it; retransmissions take their time. */
const SOLUTION_SETTLE_MS = 6000
const LOSSY_LIMIT_MS = 60_000

const python = spawnSync('python3', ['--version']).status === 0

/** All that one Wirelab can tell of a lab. `stage` is asked when the tests run. */
export function testLab(lab: LoadedLab, stage: () => Stage, network: NetworkId): void {
  const on = (name: string, work: (stage: Stage, t: TestContext) => Promise<void>) =>
    test(name, async (t) => {
      const here = stage()
      if (here.skip) t.skip(here.skip)
      else await work(here, t)
    })

  const isAsked = isAskedOn(network, lab)

  describe(`lab ${lab.id}`, { concurrency: 1 }, () => {
    if (isAsked()) {
      on('the starter runs, does not pass, and is told what was seen instead', async (here) => {
        const sitting = await runProgram(here.wirelab, lab, await plain(lab, 'exercise', here))
        const told = await followed(here.wirelab, sitting, (d) =>
          d.stepList.some(({ seen }) => seen !== null),
        )
        assert.notEqual(openSteps(told.detail, 'wire').length, 0, 'the starter passes already')
        for (const { seen } of told.detail.stepList) assert.doesNotMatch(seen ?? '', /check is at fault/)
        assert.ok(
          told.detail.stepList.some(({ seen }) => seen !== null),
          story(told),
        )
      })
    }

    for (const [file, asked] of byFile(lab.definition.wrongs.filter(isAsked))) {
      on(`${file} is told why it leaves ${asked.map(({ step }) => step).join(', ')} open`, async (here) => {
        const sitting = await runProgram(here.wirelab, lab, join(lab.folder, file))
        const told = await followed(here.wirelab, sitting, (detail) =>
          asked.every(({ step, says }) => stepOf(detail, step).seen?.includes(says)),
        )
        for (const { step: id, says } of asked) {
          const step = stepOf(told.detail, id)
          assert.equal(step.state, 'open', `${id} was ticked by packet ${step.packet}; ${story(told)}`)
          assert.ok(step.seen?.includes(says), `${id}: expected "${says}"; ${story(told)}`)
        }
      })
    }

    if (existsSync(join(lab.folder, 'solution.py'))) {
      on('solution.py passes', async (here, t) => {
        if (!python) return t.skip('NOT RUN: no python3 here')
        const told = await solve(here, lab, ['python3', join(lab.folder, 'solution.py')])
        const beyond = (id: string) => stepOf(told.detail, id).beyondPython === true
        assert.deepEqual(
          openSteps(told.detail, 'wire').filter((id) => !beyond(id)),
          [],
          story(told),
        )
      })
    }

    on('the solution passes every wire step, and answers are graded from its packets', async (here) => {
      const told = await solve(here, lab, await plain(lab, 'solution', here))
      assert.deepEqual(openSteps(told.detail, 'wire'), [], story(told))
      await answersAreGraded(here.wirelab, lab, told)
    })

    if (isAsked()) {
      on('each program that the README shows stands in the solution, or runs', async (here) => {
        const client = new LabClient(here.wirelab.url)
        const { run } = await client.start(lab.id, { fresh: true })
        const environment = { ...programEnvironment(here.wirelab), ...runEnvironment(run!.ports) }
        try {
          for (const block of await codeBlocks(lab.folder)) {
            if (!(await isExcerpt(block, lab.folder))) {
              await runBlock(block, { ...environment, WIRELAB_RUN: run!.id }, here.folder)
            }
          }
        } finally {
          await client.stop(lab.id)
        }
      })
    }
  })
}

/** One program may go wrong in several steps: it runs once. */
function byFile(wrongs: readonly Wrong[]): Map<string, Wrong[]> {
  const files = new Map<string, Wrong[]>()
  for (const wrong of wrongs) files.set(wrong.file, [...(files.get(wrong.file) ?? []), wrong])
  return files
}

/**
 * What goes wrong, and what the README shows, is tried on one network, on every second lab the other: each costs a run.
 * On all of them where labs are chosen by their numbers.
 */
function isAskedOn(network: NetworkId, { definition }: LoadedLab): (wrong?: Wrong) => boolean {
  const { networks, number, steps } = definition
  return (wrong) => {
    const step = steps.find(({ id }) => id === wrong?.step)
    const possible = networks.filter(
      (each) => (wrong?.network ?? each) === each && (step?.networks ?? networks).includes(each),
    )
    return process.env.WIRELAB_LABS
      ? possible.includes(network)
      : possible[number % possible.length] === network
  }
}

/** The solution on a cable that loses frames. */
export function testLossyLab(lab: LoadedLab, stage: () => Stage): void {
  test(`lab ${lab.id}: the solution passes all the same`, async (t) => {
    const here = stage()
    if (here.skip) return t.skip(here.skip)
    const told = await solve(here, lab, await plain(lab, 'solution', here), LOSSY_LIMIT_MS)
    assert.deepEqual(openSteps(told.detail, 'wire'), [], story(told))
    await new LabClient(here.wirelab.url).stop(lab.id)
  })
}

function solve(
  { wirelab }: Stage,
  lab: LoadedLab,
  command: string | readonly string[],
  limitMs = 30_000,
): Promise<Sitting> {
  return runProgram(wirelab, lab, command, { settleMs: SOLUTION_SETTLE_MS, limitMs, learner: 'Ada' })
}

/** A copy as `.mjs`: it must be plain JavaScript, and starts without a loader. */
async function plain(lab: LoadedLab, name: 'exercise' | 'solution', { folder }: Stage): Promise<string> {
  const path = join(folder, lab.id, `${name}.mjs`)
  await mkdir(join(folder, lab.id), { recursive: true })
  await copyFile(join(lab.folder, `${name}.ts`), path)
  return path
}

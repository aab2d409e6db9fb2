/** Labs that were handed in, graded; what is passed off as such; and the command that does it. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '../../server/commands/grade.ts'
import { LabClient } from '../../server/labs/client.ts'
import { type Graded, gradeFiles } from '../../server/labs/grade.ts'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { TestIo } from '../commands/command-io.ts'
import { startLab } from '../whole-lab.ts'
import { followed, openSteps, runProgram } from './sitting.ts'

const labs = await loadLabs({ only: (id) => id.startsWith('03-') })
const lab = labs[0] as LoadedLab

async function runGrade(argv: string[]): Promise<{ code: number; stdout: string }> {
  const io = new TestIo()
  const code = await run(argv, io)
  return { code, stdout: io.out }
}

/** All but the last two, which are on the wire: said, and echoed. */
function replacedBesideTheWire(file: Buffer, from: string, to: string): Buffer {
  assert.equal(Buffer.byteLength(from), Buffer.byteLength(to))
  const places: number[] = []
  for (let at = file.indexOf(from); at >= 0; at = file.indexOf(from, at + 1)) places.push(at)
  assert.ok(places.length > 2, 'it is said in the file and on the wire')
  const forged = Buffer.from(file)
  for (const at of places.slice(0, -2)) forged.write(to, at)
  return forged
}

describe('grading', () => {
  let wirelab: Wirelab
  let folder: string
  let skip: string | false = false
  let handedIn: Buffer

  const saved = async (name: string, bytes: Uint8Array): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    return path
  }
  const gradeBytes = async (name: string, bytes: Uint8Array): Promise<Graded> => {
    const [graded] = await gradeFiles([await saved(name, bytes)], labs)
    assert.ok(graded)
    return graded
  }

  before(async () => {
    wirelab = await startLab(['--network', 'kernel'])
    folder = await mkdtemp(join(os.tmpdir(), 'wirelab-grade-'))
    if (wirelab.capture.state !== 'running') {
      skip = `NOT RUN: the wire can't be seen here: ${wirelab.capture.message}`
      console.error(skip)
      return
    }
    const sitting = await runProgram(wirelab, lab, join(lab.folder, 'solution.ts'), { learner: 'Alice' })
    await followed(wirelab, sitting, (detail) => openSteps(detail, 'wire').length === 0)
    const client = new LabClient(wirelab.url)
    await client.answer(lab.id, 'ack-after-hello', '7')
    handedIn = Buffer.from(await client.submission(lab.id))
  })
  after(async () => {
    await wirelab.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('each step is judged from the packets and answers in the file', async (t) => {
    if (skip) return t.skip(skip)
    const { learner, lab: id, steps, doubts, error, passed } = await gradeBytes('alice.pcapng', handedIn)
    assert.deepEqual(
      { learner, id, doubts, error },
      { learner: 'Alice', id: lab.id, doubts: [], error: null },
    )
    const wire = new Set(lab.definition.steps.filter(({ kind }) => kind === 'wire').map((step) => step.id))
    assert.ok(steps.every((step) => !wire.has(step.id) || step.done))
    assert.equal(steps.find((step) => step.id === 'ack-after-hello')?.done, true)
    const unanswered = steps.filter((step) => step.words === 'Not answered.')
    assert.ok(unanswered.length > 0)
    assert.equal(passed, false, 'as long as a question is open')
  })

  test('a neighbour’s run under another name is told of', async (t) => {
    if (skip) return t.skip(skip)
    const renamed = await gradeBytes('mally.pcapng', replacedBesideTheWire(handedIn, 'Alice', 'Mally'))
    assert.equal(renamed.learner, 'Mally')
    assert.match(renamed.doubts.join(), /not on the wire/)
    assert.equal(renamed.passed, false)
    const half = handedIn.toString('latin1').replace('"learner":"Alice"', '"learner":"Mally"')
    const careless = await gradeBytes('half.pcapng', Buffer.from(half, 'latin1'))
    assert.match(careless.doubts.join(), /is not of lab 03-\S+ by Mally/)
  })

  test('a run that is handed in twice is told of in both', async (t) => {
    if (skip) return t.skip(skip)
    const files = [await saved('one.pcapng', handedIn), await saved('two.pcapng', handedIn)]
    const graded = await gradeFiles(files, labs)
    assert.match(graded[0]?.doubts.join() ?? '', /handed in as .*two\.pcapng/)
    assert.match(graded[1]?.doubts.join() ?? '', /handed in as .*one\.pcapng/)
  })

  test('packets of another time, added to a run, are told of', async (t) => {
    if (skip) return t.skip(skip)
    const late = handedIn.toString('latin1').replace(/"endedAt":"\d+/, '"endedAt":"0000000001')
    assert.match(
      (await gradeBytes('late.pcapng', Buffer.from(late, 'latin1'))).doubts.join(),
      /not from the time/,
    )
  })

  test('what is no submission gets a reason, and the others are judged', async (t) => {
    if (skip) return t.skip(skip)
    const plain = await fetch(`${wirelab.url}/api/capture.pcapng`)
    const dir = join(folder, 'class')
    await mkdir(dir)
    await writeFile(join(dir, 'a-plain.pcapng'), Buffer.from(await plain.arrayBuffer()))
    await writeFile(join(dir, 'b-cut.pcapng'), handedIn.subarray(0, 200))
    await writeFile(join(dir, 'c-noise.pcapng'), Buffer.from('this is no capture at all, but a line of text'))
    await writeFile(join(dir, 'd-alice.pcapng'), handedIn)
    const { code, stdout } = await runGrade([dir, '--json'])
    const graded = JSON.parse(stdout) as Graded[]
    assert.equal(code, 1)
    assert.match(graded[0]?.error ?? '', /--submit/)
    assert.notEqual(graded[1]?.error, null)
    assert.notEqual(graded[2]?.error, null)
    assert.equal(graded[3]?.learner, 'Alice')
    const text = await runGrade([join(dir, 'd-alice.pcapng'), '--steps'])
    assert.equal(text.code, 0)
    assert.match(text.stdout, /Alice +03-tcp-open-and-close +\d+\/\d+/)
    assert.match(text.stdout, /Not answered\./)
    assert.deepEqual(await readFile(join(dir, 'd-alice.pcapng')), handedIn)
  })

  test('a path that is not there, and none at all, are refused', async () => {
    await assert.rejects(runGrade([join(os.tmpdir(), 'no-such-folder')]), /no-such-folder/)
    await assert.rejects(runGrade([]), /expected a file or a folder/)
  })
})

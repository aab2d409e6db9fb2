/** A lab's cable in a run of its own: the program's first steps, done earlier, must not use up what a later step waits for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunView, Sighting, WireStep } from '../../labs/kit/lab.ts'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import { Progress } from '../../server/labs/progress.ts'
import { Standing } from '../../server/labs/standing.ts'

const labOf = async (number: string): Promise<LoadedLab> =>
  (await loadLabs({ only: (id) => id.startsWith(number) }))[0]!

test('lab 02: the short way is there until a connection has had an echo, also for the step behind', async () => {
  const lab = await labOf('02')
  const progress = new Progress({ path: null, talk: () => undefined })
  for (const { id } of lab.definition.steps) if (id !== 'longer') progress.tick(lab.id, id, 1)
  const standing = new Standing(lab, 'lab', progress)
  const step = standing.cableStep(standing.nodes())
  assert.equal(step?.id, 'two-ways')
  assert.equal(typeof step?.cable?.when, 'function')
})

test('lab 03: what is lost comes behind a second echo in one open connection, and is not the first line of any', async () => {
  const lab = await labOf('03')
  const when = lab.definition.steps.find((step): step is WireStep => step.id === 'lost')?.cable?.when
  const hello = [line('a', 1), echo('a', 1)]
  const goodbye = [packet('a', true, 7, 0, 'fin')]
  const twice = [line('b', 1), echo('b', 1), line('b', 5), echo('b', 5)]
  assert.equal(when?.(runOf(hello)), undefined)
  assert.equal(when?.(runOf([...hello, ...twice.slice(0, 3)])), undefined, 'the second has not come back yet')
  assert.equal(when?.(runOf([...hello, ...goodbye, ...twice]))?.flow, 'b')
  const resent = [line('a', 1), line('a', 1), echo('a', 1)]
  assert.equal(when?.(runOf(resent)), undefined, 'one line, sent twice by its TCP')
  const over = [...twice, packet('b', true, 9, 0, 'fin')]
  assert.equal(when?.(runOf(over)), undefined)
})

test('what a lab does as soon as a step’s turn comes is not over with the first packets of a run', async () => {
  for (const { id, definition } of await loadLabs())
    for (const step of definition.steps) {
      if (step.kind !== 'wire' || step.cable === undefined || step.cable.when !== undefined) continue
      const { cut, choose = [], forSeconds } = step.cable
      const place = `lab ${id}, ${step.id}: without when`
      assert.equal(forSeconds, undefined, `${place} it would be over before the program is there`)
      if (cut !== undefined) assert.ok(step.cableOf, `${place} what came before in a run would meet the cut`)
      const times = choose.reduce((sum, { count = 1 }) => sum + (count ?? Infinity), 0)
      if (choose.length > 0) assert.ok(times > 1, `${place} the first steps of a program would use it up`)
    }
})

type Segment = Omit<Sighting, 'number'>

function packet(flow: string, fromClient: boolean, seq: number, length: number, flag?: string): Segment {
  const fields: Record<string, readonly (string | number | boolean)[]> = {
    'tcp.seq': [seq],
    'tcp.len': [length],
    ...(flag !== undefined && { [`tcp.flags.${flag}`]: [true] }),
  }
  return { flow, fromClient, time: 0, info: '', values: (field) => fields[field] ?? [] }
}

const line = (flow: string, seq: number) => packet(flow, true, seq, 4)
const echo = (flow: string, seq: number) => packet(flow, false, seq, 4)

function runOf(segments: readonly Segment[]): RunView {
  const all = segments.map((segment, index): Sighting => ({ ...segment, number: index + 1 }))
  const carry = (fromClient: boolean) =>
    all.filter((p) => p.fromClient === fromClient && Number(p.values('tcp.len')[0]) > 0)
  const found: Record<string, readonly Sighting[]> = {
    tcp: all,
    'tcp.dstport==$TCP && tcp.len>0': carry(true),
    'tcp.srcport==$TCP && tcp.len>0': carry(false),
  }
  const samples = { client: [], server: [] }
  return {
    ports: {},
    network: 'lab',
    find: (filter) => found[filter] ?? assert.fail(filter),
    held: () => [],
    samples: () => samples,
  }
}

/**
 * What must hold on any link: thousands of them, each drawn from its seed, on simulated time.
 * `WIRELAB_SEEDS=20000` tries more of them, `WIRELAB_SEED=77` one alone.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draw, type Result, run, type Scenario } from './seeded-run.ts'

const SEEDS = Number(process.env.WIRELAB_SEEDS ?? 5000)
const ONLY = process.env.WIRELAB_SEED

const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(ONLY)]

function fail(scenario: Scenario, result: Result | undefined, what: string): never {
  const told = result === undefined ? '' : `\n${result.complaints.join('\n')}`
  assert.fail(
    `${what}; again with WIRELAB_SEED=${scenario.seed}${told}\n${JSON.stringify(scenario, undefined, 1)}`,
  )
}

/** Nothing that repetition does not mend: no cut, no abort, losses that R2's 15 repetitions surely outlive. */
const mustArrive = ({ up, down, cuts, abort }: Scenario): boolean =>
  cuts.length === 0 &&
  abort === undefined &&
  [up, down].every(({ loss, corrupt, burst, limit }) => loss + corrupt < 0.1 && burst < 2 && limit > 4)

test('on every link, every byte arrives once and in order or both ends are told; no timer is left; no window is overrun', () => {
  let arrived = 0
  let failed = 0
  for (const seed of seeds) {
    const scenario = draw(seed)
    let result: Result | undefined
    try {
      result = run(scenario)
    } catch (error) {
      fail(scenario, result, `seed ${seed} threw ${error instanceof Error ? error.stack : error}`)
    }
    if (result.complaints.length > 0) fail(scenario, result, `seed ${seed} went wrong`)
    const complete = result.client.complete && result.server.complete
    if (complete) arrived++
    else failed++
    if (mustArrive(scenario) && !complete)
      fail(scenario, result, `seed ${seed} gave up: ${result.client.failure}, ${result.server.failure}`)
  }
  // A test that can't fail is a defect: most links must be usable, and some must not.
  if (ONLY !== undefined) return
  assert.ok(arrived > seeds.length * 0.8, `only ${arrived} of ${seeds.length} links carried everything`)
  assert.ok(failed > 0, 'no link was bad enough to fail')
})

test('the same seed gives the same run, segment by segment', () => {
  for (const seed of seeds.slice(0, 50)) {
    const scenario = draw(seed)
    const [one, two] = [run(scenario), run(scenario)]
    assert.deepEqual(
      [one.took, one.calls, one.witness.segments, one.witness.repeated, one.client.failure],
      [two.took, two.calls, two.witness.segments, two.witness.repeated, two.client.failure],
      `seed ${seed}`,
    )
  }
})

test('nothing is sent twice on a clean link', () => {
  for (const seed of seeds.slice(0, 500)) {
    const scenario = draw(seed)
    const clean = { jitter: 0, loss: 0, burst: 0, duplicate: 0, corrupt: 0, reorder: 0, limit: 1000, rate: 0 }
    const ways = { up: { ...scenario.up, ...clean }, down: { ...scenario.down, ...clean } }
    // Where readers pause, the probes of a closed window carry the same byte again.
    const reads = { clientReads: 'at once', serverReads: 'at once' } as const
    // An acknowledgement that waits as long as the shortest RTO (200 ms) may come too late.
    const tcp = { ...scenario.tcp, delayedAckMs: 40 }
    const result = run({ ...scenario, ...ways, ...reads, tcp, cuts: [], abort: undefined })
    assert.deepEqual(result.complaints, [], `seed ${seed}`)
    assert.equal(result.witness.repeated, 0, `seed ${seed}`)
    assert.ok(result.client.complete && result.server.complete, `seed ${seed}`)
  }
})

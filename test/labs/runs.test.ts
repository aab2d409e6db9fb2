/** What counts in a lab's run and what doesn't, whichever lab it is; and what a run leaves behind. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { CommandIo } from '../../server/commands/command.ts'
import { runOnce } from '../../server/commands/lab-once.ts'
import { watchLab } from '../../server/commands/lab-watch.ts'
import type { SendResult } from '../../server/dashboard/api.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { LabClient } from '../../server/labs/client.ts'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'
import { fileCommand, runEnvironment, startProgram } from '../../server/labs/program.ts'
import { readSubmission } from '../../server/labs/submission.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { TestIo } from '../commands/command-io.ts'
import { startLab } from '../whole-lab.ts'
import { followed, openSteps, programEnvironment, runProgram, stepOf } from './sitting.ts'

const labs = await loadLabs({ only: (id) => /^0[13]-/.test(id) })
const lab = (number: number): LoadedLab => labs.find((l) => l.definition.number === number)!
const solution = (number: number) => join(lab(number).folder, 'solution.ts')

const LIMIT_MS = 15_000

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + LIMIT_MS; !(await holds()); await pause(30)) {
    if (Date.now() > limit) assert.fail(`${what}: not within ${LIMIT_MS / 1000} seconds`)
  }
}

for (const network of ['lab', 'kernel'] as const) {
  describe(`runs on the ${network} network`, () => {
    let wirelab: Wirelab
    let client: LabClient
    let skip: string | false = false
    let folder: string

    const get = async <T>(path: string) => (await (await fetch(wirelab.url + path)).json()) as T
    const serverCable = async () =>
      (await get<LabNetworkNode>('/api/network')).cables.find(({ name }) => name === 'server')

    /** What a program of these lines comes to, in lab 1 unless another is said. */
    const runLines = async (lines: string, number = 1) => {
      const file = join(folder, 'program.mjs')
      await writeFile(file, lines)
      return (await runProgram(wirelab, lab(number), file)).detail
    }
    const assertNothingSeen = (detail: LabDetail) => {
      const wire = detail.stepList.filter(({ kind }) => kind === 'wire')
      assert.deepEqual(
        openSteps(detail, 'wire'),
        wire.map(({ id }) => id),
      )
      assert.equal(wire[0]?.seen, 'No packet of yours has come yet.')
    }

    before(async () => {
      wirelab = await startLab(['--network', network])
      client = new LabClient(wirelab.url)
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

    test('printing what the wire should show passes no step', async (t) => {
      if (skip) return t.skip(skip)
      assertNothingSeen(
        await runLines('console.log("hello\\n", "SYN", "SYN ACK", "ACK", "wirelab: ready")', 3),
      )
    })

    test('traffic to the fixed ports is not the learner’s', async (t) => {
      if (skip) return t.skip(skip)
      assertNothingSeen(
        await runLines(`import net from 'node:net'
          const s = net.connect(${wirelab.ports['tcp-echo']}, '127.0.0.1', () => s.write('hello\\n'))
          s.on('data', () => s.end())`),
      )
    })

    test('another program on the run’s own ports is not the learner', async (t) => {
      if (skip) return t.skip(skip)
      if (os.platform() !== 'linux') return t.skip('NOT RUN: only Linux says whose a socket is')
      const file = join(folder, 'idle.mjs')
      await writeFile(file, 'setInterval(() => undefined, 1000)')
      // Lab 1 may be done with netcat: there every program counts.
      const { run } = await client.start('3', { fresh: true })
      const program = startProgram(fileCommand(file), {
        environment: {},
        cwd: folder,
        onLine: () => undefined,
      })
      await client.programs('3', [program.pid!])
      const stranger = net.connect(run!.ports.TCP!, '127.0.0.1', () => stranger.write('hello\n'))
      await once(stranger, 'data')
      const port = stranger.localPort
      stranger.end()
      const seen = async () =>
        (await get<{ total: number }>(`/api/packets?filter=tcp.port==${port}%26%26tcp.flags.fin==1`)).total
      await until('the stranger’s end is seen', async () => (await seen()) >= 2)
      assertNothingSeen(await client.detail('3'))
      await program.stop()
    })

    test('a run counts from its beginning, unless what was done before is to count', async (t) => {
      if (skip) return t.skip(skip)
      const { detail } = await followed(
        wirelab,
        await runProgram(wirelab, lab(1), solution(1), { settleMs: 4000 }),
        (now) => openSteps(now, 'wire').length === 0,
      )
      assert.deepEqual(openSteps(detail, 'wire'), [])
      assertNothingSeen(await runLines('process.exit(0)'))
      const again = await client.start('1')
      assert.deepEqual(openSteps(again, 'wire'), [])
      assert.ok(again.stepList.every(({ kind, earlier }) => kind === 'predict' || earlier))
      assert.deepEqual(
        openSteps(await client.reset('1'), 'wire'),
        detail.stepList.filter(({ kind }) => kind === 'wire').map(({ id }) => id),
      )
    })

    test('a run that is handed in is its learner’s beyond doubt, and nobody’s without a name', async (t) => {
      if (skip) return t.skip(skip)
      const { detail } = await runProgram(wirelab, lab(1), solution(1), { settleMs: 4000, learner: 'Ada L' })
      const { said, doubts, run } = await readSubmission(Readable.from([await client.submission('1')]))
      assert.deepEqual(doubts, [])
      assert.equal(said.learner, 'Ada L')
      assert.deepEqual(openSteps(detail, 'wire'), [])
      assert.equal(run.find('tcp.dstport==$TCP && tcp.len==6').length, 1)
      await client.start('1')
      await assert.rejects(client.submission('1'), /--submit/)
      await client.stop('1')
    })

    test('a run that ends or is replaced leaves no cable pulled and no fate chosen', async (t) => {
      if (skip || network === 'kernel') return t.skip(skip || 'there is no cable')
      const before = await get<LabNetworkNode>('/api/network')
      for (const end of [() => client.start('3'), () => client.stop('3')]) {
        const { run } = await client.start('3', { fresh: true })
        const program = startProgram(fileCommand(solution(3)), {
          environment: { ...programEnvironment(wirelab), ...runEnvironment(run!.ports) },
          cwd: folder,
          onLine: () => undefined,
        })
        await until('the lab pulls the cable', async () => (await serverCable())!.cut)
        assert.match((await client.detail('3')).stepList.find((s) => s.cable)?.cable ?? '', /has pulled the/)
        await end()
        assert.equal((await serverCable())!.cut, false)
        await program.stop()
      }
      await client.stop('3')
      const { chosen, undo, preset } = await get<LabNetworkNode>('/api/network')
      assert.deepEqual({ chosen, undo, preset }, { chosen: [], undo: before.undo, preset: before.preset })
    })

    const runOf = async () => (await client.detail('1')).run?.id
    const asCommandIo = (io: TestIo) => Object.assign(io, { interactive: false }) as unknown as CommandIo
    /** At lab 1, with a program of these lines. */
    const sittingAt = (program: string) => ({
      client,
      id: lab(1).id,
      command: [process.execPath, '--eval', program],
      file: undefined,
      cast: undefined,
      cwd: folder,
      environment: programEnvironment(wirelab),
      fresh: false,
      limitMs: LIMIT_MS,
      settleMs: 100,
    })

    test('a single run ends with its command, also where that is interrupted', async (t) => {
      if (skip) return t.skip(skip)
      const io = new TestIo()
      const code = runOnce({
        ...{ lab: lab(1), sitting: sittingAt('setInterval(() => undefined, 1000)') },
        flags: { json: false, submit: undefined, name: undefined },
        ...{ url: wirelab.url, talk: () => undefined },
        io: asCommandIo(io),
      })
      await until('it has begun its run', async () => (await runOf()) !== undefined)
      io.ending.abort()
      assert.equal(await code, 1)
      assert.equal(await runOf(), undefined)
    })

    test('a terminal that is quit ends its own run, and no other that has begun since', async (t) => {
      if (skip) return t.skip(skip)
      const watch = () => {
        const io = new TestIo()
        const ended = watchLab({
          ...{ lab: lab(1), sitting: sittingAt('') },
          ...{ watched: undefined, url: wirelab.url, welcome: [] },
          io: asCommandIo(io),
        })
        return { quit: () => io.ending.abort(), ended }
      }
      for (const pages of [true, false]) {
        const { quit, ended } = watch()
        await until('it has begun its run', async () => (await runOf()) !== undefined)
        const id = pages ? (await client.start('1')).run?.id : undefined
        quit()
        await ended
        assert.equal(await runOf(), id)
        if (id !== undefined) await client.stop('1', id)
        assert.equal(await runOf(), undefined)
      }
    })

    test('the page starts a lab’s own program in a run, and its steps are not the learner’s progress', async (t) => {
      if (skip) return t.skip(skip)
      const start = (program: string) =>
        fetch(`${wirelab.url}/api/labs/1/programs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ program }),
        })
      await client.reset('1')
      for (const program of ['exercise', '../03-tcp-open-and-close/solution.ts', 'check']) {
        const refused = await start(program)
        assert.equal(refused.status, 400)
        assert.match(
          ((await refused.json()) as { message: string }).message,
          /program: expected one of solution/,
        )
      }
      const begun = (await (await start('solution')).json()) as LabDetail
      assert.equal(begun.run?.program?.program, 'solution')
      await until('the solution has passed', async () => {
        const { stepList, run } = await client.detail('1')
        return (
          run?.program?.state === 'ended' &&
          stepList.every(({ kind, state }) => kind === 'predict' || state === 'done')
        )
      })
      assert.notEqual((await client.detail('1')).run?.program?.output.length, 0)
      assertNothingSeen(await client.start('1'))
      await client.stop('1')
      assert.equal((await client.detail('1')).done, 0)
    })

    test('an unknown lab, step or empty answer is refused with what was expected', async () => {
      await assert.rejects(client.start('99'), /lab.*01-layers|no lab/i)
      await assert.rejects(client.answer('1', 'send', 'x'), /expected one of count/)
      await assert.rejects(client.answer('1', 'count', ''), /answer/)
      await assert.rejects(client.programs('1', [1]), /no run/)
    })

    test('a line from the page’s Send box goes to the run’s own services, and counts', async (t) => {
      if (skip) return t.skip(skip)
      const started = await client.start('1', { fresh: true })
      const send = (run: string) =>
        fetch(`${wirelab.url}/api/send`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ service: 'tcp-echo', message: 'hello\n', run }),
        })
      assert.equal(((await (await send(started.run!.id)).json()) as SendResult).reply, 'hello\n')
      await until(
        'the echo step ticks',
        async () => stepOf(await client.detail('1'), 'echo').state === 'done',
      )
      await client.stop('1')
      assert.equal((await send(started.run!.id)).status, 502)
    })
  })
}

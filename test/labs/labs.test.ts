import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { PacketDetail, PacketPage, SendResult } from '../../server/dashboard/api.ts'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { LabClient } from '../../server/labs/client.ts'
import { type LoadedLab, loadLabs, packageRoot } from '../../server/labs/load.ts'
import { fileCommand, runEnvironment, startProgram } from '../../server/labs/program.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { openSteps, runProgram } from './sitting.ts'

const labs = await loadLabs()
const lab = (number: number): LoadedLab => labs.find((l) => l.definition.number === number)!

/** Answers that the learner's own traffic decides are counted as a learner would: from the packets. */
const ANSWERS: Record<number, Record<string, string>> = {
  1: { yours: '6', headers: '66', unit: 'segment', missing: '5' },
  3: { 'ack-after-hello': '7', 'refusing-flag': 'RST', 'while-out': '0' },
  11: { 'who-hears': 'A', copies: '3' },
}

/** Does all of lab 3 but its last steps; once that is seen, a connection says hello, and `then` with it as `s`. */
const patient = (then: string) => `import net from 'node:net'
  const { WIRELAB_TCP_PORT: port, WIRELAB_CLOSED_PORT: closed } = process.env
  net.connect(closed, '127.0.0.1').on('error', () => undefined)
  const rude = net.connect(port, '127.0.0.1', () => rude.write('bye\\n'))
  rude.on('data', () => rude.resetAndDestroy())
  const polite = net.connect(port, '127.0.0.1', () => polite.write('hello\\n'))
  polite.on('data', () => polite.end()).on('close', () => {
    const s = net.connect(port, '127.0.0.1', () => s.write('hello\\n'))
    s.once('data', () => { ${then} })
  })\n`

for (const network of ['lab', 'kernel'] as const) {
  describe(`labs on the ${network} network`, () => {
    let wirelab: Wirelab
    let client: LabClient
    let skip: string | false = false
    let folder: string

    const get = async <T>(path: string) => (await (await fetch(wirelab.url + path)).json()) as T

    const cableIsCut = async () =>
      (await get<LabNetworkNode>('/api/network')).cables.find(({ name }) => name === 'server')!.cut

    /** What step 10 of lab 3 says of a program whose third connection does that when its echo has come. */
    const runPatient = async (then: string) => {
      const file = join(folder, 'patient.mjs')
      await writeFile(file, patient(then))
      const detail = await runProgram(wirelab, lab(3), file, { settleMs: 400, limitMs: 5000 })
      assert.deepEqual(openSteps(detail, 'wire'), ['survive', 'lost'])
      return detail.stepList.find((step) => step.id === 'survive')
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

    for (const each of labs) {
      test(`lab ${each.id}: the starter runs and does not pass`, async (t) => {
        if (skip) return t.skip(skip)
        const detail = await runProgram(wirelab, each, 'exercise.ts')
        assert.notEqual(openSteps(detail, 'wire').length, 0)
        assert.ok(
          detail.stepList.some((step) => step.seen !== null),
          'it says what was seen instead',
        )
      })

      test(`lab ${each.id}: the solution passes every wire step`, async (t) => {
        if (skip) return t.skip(skip)
        const asked = new Set((await client.detail(each.id)).stepList.map((step) => step.id))
        const answers = Object.entries(ANSWERS[each.definition.number] ?? {}).filter(([id]) => asked.has(id))
        for (const [step, answer] of answers) await client.answer(each.id, step, answer)
        const detail = await runProgram(wirelab, each, 'solution.ts', { settleMs: 4000 })
        assert.deepEqual(openSteps(detail, 'wire'), [], JSON.stringify(detail.stepList, null, 1))
        for (const [id] of answers) {
          const step = detail.stepList.find((s) => s.id === id)
          assert.equal(step?.state, 'done', `${id}: ${step?.reply}`)
        }
      })
    }

    test('lab 1: the packets of the whole conversation are counted from the learner’s own', async (t) => {
      if (skip) return t.skip(skip)
      await client.answer('1', 'count', '2')
      const first = await runProgram(wirelab, lab(1), 'solution.ts', { settleMs: 3000 })
      const wrong = first.stepList.find((step) => step.id === 'count')
      assert.equal(wrong?.state, 'open')
      assert.match(wrong?.reply ?? '', /line and its echo/)

      const sent = first.stepList.find((step) => step.id === 'send')?.packet
      const detail = await get<PacketDetail>(`/api/packets/${sent}`)
      const stream = String(detail.row.flow).slice('tcp.'.length)
      const page = await get<PacketPage>(`/api/packets?filter=tcp.stream==${stream}`)
      const right = await client.answer('1', 'count', String(page.total))
      assert.equal(right.stepList.find((step) => step.id === 'count')?.state, 'done')
    })

    test('printing what the wire should show does not pass a step', async (t) => {
      if (skip) return t.skip(skip)
      const file = join(folder, 'printer.mjs')
      await writeFile(file, 'console.log("hello\\n", "SYN", "SYN ACK", "ACK")\n')
      const detail = await runProgram(wirelab, lab(3), file, { settleMs: 800 })
      assert.equal(openSteps(detail, 'wire').length, network === 'lab' ? 7 : 5)
      assert.equal(
        detail.stepList.find((step) => step.id === 'open')?.seen,
        'No packet of yours has come yet.',
      )
    })

    test('traffic to the lab’s fixed ports is not the learner’s', async (t) => {
      if (skip) return t.skip(skip)
      const file = join(folder, 'elsewhere.mjs')
      const port = wirelab.ports['tcp-echo']
      await writeFile(
        file,
        `import net from 'node:net'
    const s = net.connect(${port}, '127.0.0.1', () => s.write('hello\\n'))
    s.on('data', () => s.end())\n`,
      )
      const detail = await runProgram(wirelab, lab(3), file, { settleMs: 800 })
      assert.ok(openSteps(detail, 'wire').includes('send'))
    })

    test('a client that aborts where it should close is told which packet did it', async (t) => {
      if (skip) return t.skip(skip)
      const file = join(folder, 'rude.mjs')
      await writeFile(
        file,
        `import net from 'node:net'
    const s = net.connect(Number(process.env.WIRELAB_TCP_PORT), '127.0.0.1', () => s.write('hello\\n'))
    s.on('data', () => s.resetAndDestroy())\n`,
      )
      const detail = await runProgram(wirelab, lab(3), file, { settleMs: 800 })
      const close = detail.stepList.find((step) => step.id === 'close')
      assert.match(close?.seen ?? '', new RegExp(`Packet ${close?.packet} has RST set`))
    })

    test('the lab pulls the cable of an idle connection alone, and says what it saw instead', async (t) => {
      if (skip) return t.skip(skip)
      const steps = (await client.detail('3')).stepList.map((step) => step.id)
      if (network === 'kernel') return assert.ok(!steps.includes('survive') && !steps.includes('while-out'))
      const chatty = await runPatient('setInterval(() => s.write("again\\n"), 400)')
      assert.match(chatty?.seen ?? '', /Packet \d+ was sent while the cable was out, and fell out of it/)
      assert.match((await get<PacketDetail>(`/api/packets/${chatty?.packet}`)).row.info, /Len=6|again/)
      const early = await runPatient('setTimeout(() => s.end(), 3500)')
      assert.match(early?.seen ?? '', /ended that conversation: send in it, before you end it/)
      const polite = await runPatient('s.end()')
      assert.match(polite?.seen ?? '', /ended your last connection\. The lab waits for one that stays open/)
      assert.equal(polite?.cable?.startsWith('Still in'), true)
      // The runs are over or replaced, and with them whatever was done to the cable.
      await client.stop('3')
      assert.equal(await cableIsCut(), false)
    })

    test('a run that ends or is replaced leaves no cable pulled and no fate chosen', async (t) => {
      if (skip || network === 'kernel') return t.skip(skip || 'there is no cable')
      const before = await get<LabNetworkNode>('/api/network')
      for (const end of [() => client.start('3'), () => client.stop('3')]) {
        const { run } = await client.start('3')
        const path = join(folder, 'patient.mjs')
        await writeFile(path, patient('s.ref()'))
        const environment = { ...process.env, ...runEnvironment(run!.ports) }
        const program = startProgram(fileCommand(path), environment, folder, () => undefined)
        const limit = Date.now() + 10_000
        while (!(await cableIsCut()) && Date.now() < limit) await pause(20)
        assert.equal(await cableIsCut(), true)
        assert.match((await client.detail('3')).stepList.find((s) => s.cable)?.cable ?? '', /has pulled the/)
        await end()
        assert.equal(await cableIsCut(), false)
        await program.stop()
      }
      await client.stop('3')
      const { chosen, undo, preset } = await get<LabNetworkNode>('/api/network')
      assert.deepEqual({ chosen, undo, preset }, { chosen: [], undo: before.undo, preset: before.preset })
    })

    test('a server that tells everybody, the speaker too, is told which packet went wrong', async (t) => {
      if (skip) return t.skip(skip)
      const file = join(folder, 'loud.mjs')
      await writeFile(
        file,
        `import http from 'node:http'
    import { Server } from 'socket.io'
    const web = http.createServer((q, r) => r.end('x'))
    const io = new Server(web)
    io.on('connection', (s) => s.on('speak', (text) => io.emit('incoming-message', text)))
    web.listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')\n`,
      )
      const detail = await runProgram(wirelab, lab(11), file, { settleMs: 1500 })
      const speak = detail.stepList.find((step) => step.id === 'speak')
      assert.match(speak?.seen ?? '', /brought incoming-message to A/)
    })

    test('an unknown lab, step or empty answer is refused with what was expected', async () => {
      await assert.rejects(client.start('99'), /lab.*01-layers|no lab/i)
      await assert.rejects(client.answer('1', 'send', 'x'), /expected one of count/)
      await assert.rejects(client.answer('1', 'count', ''), /answer/)
    })

    test('a line from the page’s Send box goes to the run’s own services, and counts', async (t) => {
      if (skip) return t.skip(skip)
      const started = await client.start('1')
      const send = (run: string) =>
        fetch(`${wirelab.url}/api/send`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ service: 'tcp-echo', message: 'hello\n', run }),
        })
      assert.equal(((await (await send(started.run!.id)).json()) as SendResult).reply, 'hello\n')
      const limit = Date.now() + 10_000
      const ticked = async () =>
        (await client.detail('1')).stepList.find((s) => s.id === 'echo')?.state === 'done'
      while (!(await ticked()) && Date.now() < limit) await pause(50)
      assert.ok(await ticked(), 'the echo step ticks')
      await client.stop('1')
      assert.equal((await send(started.run!.id)).status, 502)
    })
  })
}

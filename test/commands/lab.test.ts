import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CommandIo } from '../../server/commands/command.ts'
import { run } from '../../server/commands/lab.ts'
import { readLabFlags } from '../../server/commands/lab-flags.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import { UsageError } from '../../server/errors.ts'
import { ANY_PORTS } from '../any-ports.ts'
import { WIRELAB } from '../programs.ts'
import { within } from '../services/waiting.ts'
import { TestIo } from './command-io.ts'
import { ownState } from './process.ts'

interface Session {
  readonly child: ChildProcess
  /** Resolves when both streams together have said it since the last time. */
  says(pattern: RegExp): Promise<void>
  type(line: string): void
  ended(): Promise<{ code: number | null; out: string; talk: string }>
}

/** `wirelab lab`, by a learner who sits in that folder. */
const lab = (t: TestContext, cwd: string, env: NodeJS.ProcessEnv, ...argv: string[]): Session =>
  wirelab(t, cwd, env, 'lab', ...argv)

function wirelab(t: TestContext, cwd: string, env: NodeJS.ProcessEnv, ...argv: string[]): Session {
  const clean = Object.entries(process.env).filter(([name]) => !/^(WIRELAB_|NODE_TEST|XDG_)/.test(name))
  const child = spawn(process.execPath, [...WIRELAB, ...argv], {
    cwd,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const text = { out: '', talk: '' }
  let all = ''
  let look = () => {}
  const take = (stream: 'out' | 'talk') => (more: string) => {
    text[stream] += more
    all += more
    look()
  }
  child.stdout.setEncoding('utf8').on('data', take('out'))
  child.stderr.setEncoding('utf8').on('data', take('talk'))
  const ended = new Promise<{ code: number | null; out: string; talk: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...text }))
  })
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return {
    child,
    type: (line) => void child.stdin.write(`${line}\n`),
    ended: () => within(ended, `the end of wirelab ${argv.join(' ')}`, 60_000),
    says: (pattern) =>
      within(
        new Promise<void>((resolve, reject) => {
          look = () => {
            const match = pattern.exec(all)
            if (match === null) return
            all = all.slice(match.index + match[0].length)
            look = () => {}
            resolve()
          }
          look()
          void ended.then(() =>
            reject(new Error(`it ended before it said ${pattern}; ${text.out}${text.talk}`)),
          )
        }),
        `${pattern}; so far: ${all}`,
        40_000,
      ),
  }
}

/** A folder to sit in, with a lab of one's own in `labs/`: one line by datagram, then a question. */
async function desk(t: TestContext): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> {
  const cwd = await mkdtemp(join(tmpdir(), 'wirelab-desk-'))
  t.after(() => rm(cwd, { recursive: true, force: true }))
  const home = join(cwd, 'labs', '30-mine')
  await mkdir(home, { recursive: true })
  await writeFile(
    join(home, 'check.ts'),
    `import { lab } from 'wirelab/kit'
export default lab({ number: 30, title: 'Mine', summary: 'One line.', minutes: 5, networks: ['lab'], assumes: [], wrongs: [],
  steps: [
    { kind: 'wire', id: 'send', lookedFor: 'A line.', evidence: 'udp.dstport==$UDP && udp.length==14', beyondPython: true, hints: ['Six bytes.'],
      otherwise: [{ filter: 'udp.dstport==$UDP', says: (p) => 'Packet ' + p.number + ' has another length.' }] },
    { kind: 'predict', id: 'length', truth: (run) => {
      const [sent] = run.find('udp.dstport==$UDP && udp.length==14')
      return sent && { value: 14, packet: sent.number, because: 'Eight are the header.' }
    } },
  ] })\n`,
  )
  await writeFile(
    join(home, 'README.md'),
    '# 30 Mine\n\n## Steps\n\n### 1 · Send\n\nSend it.\n\n### 2 · Count\n\nHow long?\n\n## Next\n\n**Going further.** Send two.\n',
  )
  await writeFile(join(home, 'exercise.ts'), program('hi'))
  await writeFile(join(home, 'solution.ts'), program('hello\\n'))
  return { cwd, env: await ownState(t) }
}

const program = (text: string) => `import dgram from 'node:dgram'
const socket = dgram.createSocket('udp4')
socket.on('message', () => socket.close())
socket.send('${text}', Number(process.env.WIRELAB_UDP_PORT), '127.0.0.1')
console.log('sent it')\n`

test('the labs with what was done, and the next one; nothing is started for that', async (t) => {
  const { cwd, env } = await desk(t)
  await mkdir(join(cwd, 'wirelab-labs'))
  const steps = { send: { done: '2026-01-01T00:00:00.000Z', packet: 3 } }
  await writeFile(
    join(cwd, 'wirelab-labs', 'progress.json'),
    JSON.stringify({ labs: { '30-mine': { steps, answers: {} } } }),
  )
  const { code, out, talk } = await lab(t, cwd, env, '--labs', 'labs').ended()
  assert.equal(code, 0)
  assert.match(out, /^· 01 Layers +0\/\d+ +\d+ min {2}/m)
  assert.match(out, /^◐ 30 Mine +1\/2 +5 min {2}One line\.$/m)
  assert.match(talk, /Next: Mine\. To go on there: wirelab lab 30/)
  assert.doesNotMatch(talk, /127\.0\.0\.1/)
})

test('what can’t be done is said with what can', async (t) => {
  const { cwd } = await desk(t)
  const io = Object.assign(new TestIo(), { cwd, interactive: false }) as unknown as CommandIo
  for (const [argv, says] of [
    [['29', '--labs', 'labs'], /there is no lab 29; did you mean 30, Mine\?/],
    [['layers'], /there is no lab layers; did you mean 1, Layers\?/],
    [['1', '--json'], /--json: expected --once with it/],
    [['1', '--name', 'Ada'], /--name: expected --submit with it/],
    [['1', '2'], /2: expected one lab/],
    [['--once'], /expected the number of a lab/],
    [['1', '--labs', 'none'], /--labs: expected a folder of labs; there is none at/],
    [['1', '--limit', '0'], /--limit: expected 1 to 3600 seconds/],
  ] as const) {
    await assert.rejects(run([...argv], io), (error: Error) => {
      assert.match(error.message, says)
      return error instanceof UsageError
    })
  }
})

test('--submit takes a file’s name, and stands before a lab’s number all the same', () => {
  const submit = (...argv: string[]) => {
    const flags = readLabFlags(argv)
    return flags === 'help' ? undefined : { lab: flags.lab, submit: flags.submit, once: flags.once }
  }
  assert.deepEqual(submit('--submit', '3'), { lab: '3', submit: '', once: true })
  assert.deepEqual(submit('3', '--submit', 'a.pcapng'), { lab: '3', submit: 'a.pcapng', once: true })
  assert.deepEqual(submit('3', '--submit=b', '--', 'x', '--submit'), { lab: '3', submit: 'b', once: true })
  assert.deepEqual(submit('3'), { lab: '3', submit: undefined, once: false })
})

test('one run of any program, its verdict by exit code and as JSON, and a file to hand in', async (t) => {
  const { cwd, env } = await desk(t)
  const starter = await lab(t, cwd, env, '30', '--labs', 'labs', '--once', '--json').ended()
  assert.equal(starter.code, 1, starter.talk)
  const told: LabDetail = JSON.parse(starter.out)
  assert.match(told.stepList[0]?.seen ?? '', /^Packet \d+ has another length/)
  assert.match(starter.talk, /│ sent it/)
  await writeFile(join(cwd, 'mine.py'), '')
  const nothing = ['--labs', 'labs', '--once', '--', process.execPath, 'mine.py']
  const { out: board } = await lab(t, cwd, env, '30', ...nothing).ended()
  assert.match(board, /· 1 Send {2}not in Python on the lab network\n/)
  assert.match(board, /Answer with the next run: --answer '2=…'\.\n/)

  // By `node` alone it would not run.
  await writeFile(join(cwd, 'mine.ts'), `${program('hello\\n')}\nconst typed: number = 1\nvoid typed\n`)
  const own = ['--labs', 'labs', '--submit', '--name', 'Ada L', '--answer', '2=14', '--', 'node', 'mine.ts']
  const { code, out, talk } = await lab(t, cwd, env, '30', ...own).ended()
  assert.equal(code, 0, talk)
  assert.match(out, /✔ 1 Send {2}packet \d+\n {2}✔ 2 Count/)
  assert.match(talk, /Solved\. Hand in: .*lab-30-Ada-L\.pcapng \(of Ada L\)/)
  assert.ok(readFileSync(join(cwd, 'lab-30-Ada-L.pcapng')).length > 500)
})

test('a program that has no end is ended, and that is said', async (t) => {
  const { cwd, env } = await desk(t)
  const endless = ['--once', '--limit', '1', '--', 'node', '-e', 'setInterval(console.log, 20, "more")']
  const { code, talk } = await lab(t, cwd, env, '30', '--labs', 'labs', ...endless).ended()
  assert.equal(code, 1)
  assert.match(talk, /│ more\n {2}│ It had not ended after 1 second, and is ended now\.\n$/)
})

test('a running Wirelab that does not know the lab is left alone, and another one started', async (t) => {
  const { cwd, env } = await desk(t)
  const running = wirelab(t, cwd, env, 'start', ...ANY_PORTS)
  await running.says(/Dashboard +http/)
  const argv = [
    '30',
    '--labs',
    'labs',
    '--once',
    '--',
    process.execPath,
    join(cwd, 'labs/30-mine/solution.mjs'),
  ]
  await writeFile(join(cwd, 'labs/30-mine/solution.mjs'), program('hello\\n'))
  const { code, talk } = await lab(t, cwd, env, ...argv).ended()
  assert.match(talk, /it does not know 30-mine\. Another Wirelab is started for it/)
  assert.equal(code, 1, 'the question was not answered')
})

test('watch mode: saved, it is run again; answers, keys, a reset that keeps the work, and the lab behind', async (t) => {
  const { cwd, env } = await desk(t)
  const session = lab(t, cwd, env, '30', '--labs', 'labs')
  const file = join(cwd, 'wirelab-labs', '30-mine', 'exercise.ts')
  await session.says(/Your copy of the starter is/)
  await session.says(/Seen instead: Packet \d+ has another length/)
  session.type('h')
  await session.says(/Hint: Six bytes\./)
  session.type('2=13')
  await session.says(/2 Count {2}noted: 13; your packets will say\. To change it: 2=…/)
  session.type('2=12')
  await session.says(/2 Count {2}noted: 12;/)
  session.type('1=12')
  await session.says(/Step 1 asks nothing\./)
  session.type('7')
  await session.says(/Nothing is asked just now\. You can type: next, hint/)
  session.type('solution')
  await session.says(/shown when the lab is solved: 2 steps are still open/)
  session.type('next')
  await session.says(/Type yes to go on all the same/)
  session.type('no')
  await session.says(/Nothing was changed/)

  await writeFile(file, program('hello\\n'))
  await session.says(/✔ 1 Send {2}packet \d+/)
  session.type('quit?')
  await session.says(/A number alone is asked for; found quit\?/)
  session.type('14')
  await session.says(/Step 2: Yes\. Eight are the header\./)
  await session.says(/Solved\. One way to write it: .*solution\.ts\s+Going further\. Send two\./)

  session.type('2=15')
  await session.says(/Step 2 is decided already\./)
  session.type('reset')
  await session.says(/Your file is kept beside the new one\. Type yes/)
  session.type('yes')
  await session.says(/kept as exercise\.before-reset-1\.ts/)
  await session.says(/Seen instead: Packet \d+ has another length/)
  assert.ok(existsSync(file))
  assert.ok(readdirSync(join(file, '..')).includes('exercise.before-reset-1.ts'))
  session.type('q')
  const { code } = await session.ended()
  assert.equal(code, 1)
  const { labs } = JSON.parse(readFileSync(join(cwd, 'wirelab-labs', 'progress.json'), 'utf8'))
  assert.equal(labs['30-mine']?.solved, undefined)
})

test('watch mode of any program: a reset forgets the ticks, and leaves the program as it is', async (t) => {
  const { cwd, env } = await desk(t)
  const own = join(cwd, 'mine.mjs')
  await writeFile(own, program('hello\\n'))
  const session = lab(t, cwd, env, '30', '--labs', 'labs', '--', 'node', 'mine.mjs')
  await session.says(/✔ 1 Send {2}packet \d+/)
  session.type('reset')
  await session.says(/are forgotten; your program stays as it is\. Type yes/)
  session.type('yes')
  session.type('quit')
  await session.ended()
  assert.equal(readFileSync(own, 'utf8'), program('hello\\n'))
})

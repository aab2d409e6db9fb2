import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { Instance } from '../../server/instances.ts'
import { connectTo, everything, next, within } from '../services/waiting.ts'
import { ownState, startLab, wirelab } from './process.ts'

async function stateFiles(env: NodeJS.ProcessEnv): Promise<Instance[]> {
  const folder = join(env.XDG_RUNTIME_DIR ?? '', 'wirelab')
  // One that is being written has another ending.
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))))
}

/** What the lab says of itself: written just after what it prints. */
async function announced(env: NodeJS.ProcessEnv): Promise<Instance | undefined> {
  const limit = performance.now() + 20_000
  while ((await stateFiles(env)).length === 0 && performance.now() < limit) await pause(10)
  return (await stateFiles(env))[0]
}

/** Processes that this one has started and that still run. */
async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found: number[] = []
  for (const child of pids) {
    const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '')
    if (Number(/\) \S (\d+)/.exec(stat)?.[1]) === pid) found.push(Number(child))
  }
  return found
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

for (const network of ['lab', 'kernel'] as const) {
  test(`on the ${network} network it says where everything is, and Ctrl-C ends all of it within a second, whoever is connected`, async (t) => {
    const env = await ownState(t)
    const lab = startLab(t, ['--network', network], env)
    const [, dashboard = ''] = await lab.says(/Dashboard\s+(http:\S+)/)
    const [, tcp] = await lab.says(/TCP echo\s+nc 127\.0\.0\.1 (\d+)/)
    await lab.says(/Ctrl-C ends it/)
    const instance = await announced(env)
    assert.ok(instance)
    assert.equal(instance.url, dashboard)
    assert.equal(instance.pid, lab.child.pid)
    assert.equal(instance.ports['tcp-echo'], Number(tcp))
    const status = (await (await fetch(`${dashboard}/api/status`)).json()) as { run: string }
    assert.equal(status.run, instance.run)

    const { hub = 0, 'websocket-echo': ws = 0 } = instance.ports
    const clients = [
      everything(await connectTo(Number(tcp))),
      everything(await connectTo(hub)),
      everything(await connectTo(Number(new URL(dashboard).port))),
    ]
    const webSocket = new WebSocket(`ws://127.0.0.1:${ws}`)
    await within(once(webSocket, 'open'), 'open')
    const polling = io(`http://127.0.0.1:${hub}`, {
      transports: ['polling'],
      upgrade: false,
      reconnection: false,
    })
    await next(polling, 'welcome')
    const children = process.platform === 'linux' ? await childrenOf(lab.child.pid ?? 0) : []

    const start = performance.now()
    lab.child.kill('SIGINT')
    const { code, stdout } = await lab.ended
    const took = performance.now() - start
    assert.ok(took < 1000, `it took ${Math.round(took)} ms`)
    assert.equal(code, 0)
    assert.equal(stdout, '', 'standard output is for data')
    await Promise.all(clients)
    webSocket.terminate()
    polling.disconnect()
    assert.deepEqual(await stateFiles(env), [])
    // Nobody tells us when a grandchild ends: look until the second is over.
    while (children.some(isRunning) && performance.now() - start < 1000) await pause(10)
    const left = children.filter(isRunning).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    assert.deepEqual(left, [])
  })
}

test('it says where the services are on the lab network, and what its cable does', async (t) => {
  const env = await ownState(t)
  const lab = startLab(t, ['--loss', '5%', '--seed', '7'], env)
  const [, door] = await lab.says(/TCP echo\s+nc 127\.0\.0\.1 (\d+)\s+→ 10\.0\.0\.1:4001 on the lab network/)
  assert.notEqual(door, '4001')
  await lab.says(/Cable\s+loss 5%; seed 7/)
  await lab.says(/Ctrl-C ends it/)
  const instance = await announced(env)
  assert.ok(instance?.join !== undefined && (await stat(instance.join)).isSocket())
})

test('a port that was asked for and is another lab’s is an error that names it; exit code 1', async (t) => {
  const env = await ownState(t)
  const first = startLab(t, [], env)
  const [, url = ''] = await first.says(/Dashboard\s+(http:\S+)/)
  const [, port = ''] = await first.says(/TCP echo\s+nc 127\.0\.0\.1 (\d+)/)
  const tcp = startLab(t, ['--tcp-port', port], env)
  const { code, stderr } = await tcp.ended
  assert.equal(code, 1)
  const pid = first.child.pid
  assert.match(
    stderr,
    new RegExp(
      `port ${port} is in use by another Wirelab \\(process ${pid}, ${url}\\); free it, or start with --tcp-port 0`,
    ),
  )
  // The dashboard's port is another thread's to listen on: the same words.
  const dashboard = startLab(t, ['--port', new URL(url).port], env)
  const second = await dashboard.ended
  assert.equal(second.code, 1)
  assert.match(second.stderr, /is in use by another Wirelab .*; free it, or start with --port 0/)
  assert.deepEqual(
    (await stateFiles(env)).map((instance) => instance.pid),
    [pid],
  )
})

test('wrong words end with code 2 and every problem', async (t) => {
  const flags = await wirelab(t, ['--prot', '3000', '--capture', 'all']).ended
  assert.equal(flags.code, 2)
  assert.match(flags.stderr, /--prot: no such flag; did you mean --port\?/)
  assert.match(flags.stderr, /--capture: expected auto, dumpcap, tcpdump or off; found "all"/)
  const command = await wirelab(t, ['strat']).ended
  assert.deepEqual([command.code, command.stdout], [2, ''])
  assert.match(command.stderr, /strat: no such command; did you mean wirelab start\?/)
})

test('--help lists the commands, --version is the package’s', async (t) => {
  const help = await wirelab(t, ['--help']).ended
  assert.equal(help.code, 0)
  for (const command of ['start', 'lab', 'compare', 'read', 'record', 'doctor']) {
    assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'))
  }
  const start = await wirelab(t, ['start', '--help']).ended
  assert.match(start.stdout, /--ping-interval MS/)
  const version = await wirelab(t, ['--version']).ended
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
})

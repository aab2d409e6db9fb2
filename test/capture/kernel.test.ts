import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { type CaptureOptions, type KernelStatus, startCapture } from '../../server/capture/kernel.ts'
import { checkCapture, type ToolName } from '../../server/capture/permission.ts'
import type { Frame } from '../../server/protocols/packet.ts'

const onLinux = { skip: os.platform() !== 'linux' && 'needs Linux', timeout: 20_000 }

/** Everything that a capture tells, and a way to wait for it. */
class Listener {
  readonly statuses: KernelStatus[] = []
  readonly frames: Frame[] = []
  readonly connections: net.Socket[] = []
  readonly #news = new EventEmitter()

  readonly onStatus = (status: KernelStatus): void => {
    this.statuses.push(status)
    this.#news.emit('news')
  }

  connected(socket: net.Socket): void {
    this.connections.push(socket)
    const reader = new FrameReader({ frame: (frame) => void this.frames.push(frame) })
    socket.on('data', (chunk) => {
      reader.push(chunk)
      this.#news.emit('news')
    })
    socket.on('close', () => this.#news.emit('news'))
  }

  /** Waits until there is something; fails after ten seconds, saying what was told instead. */
  async until<T>(find: () => T | undefined | false): Promise<T> {
    const limit = AbortSignal.timeout(10_000)
    for (;;) {
      const found = find()
      if (found !== undefined && found !== false) return found
      await once(this.#news, 'news', { signal: limit }).catch(() => {
        assert.fail(`waited in vain; told: ${this.statuses.map((status) => status.message).join(' | ')}`)
      })
    }
  }

  state(state: KernelStatus['state']): Promise<KernelStatus> {
    return this.until(() => this.statuses.findLast((status) => status.state === state))
  }
}

async function begin(t: TestContext, options: Partial<CaptureOptions>) {
  const folder = await mkdtemp(join(os.tmpdir(), 'wirelab-test-'))
  const listener = new Listener()
  const server = net.createServer((socket) => listener.connected(socket))
  server.listen(join(folder, 'socket'))
  await once(server, 'listening')
  const capture = startCapture({
    tool: 'auto',
    interface: 'lo',
    excludePorts: [],
    env: process.env,
    onStatus: listener.onStatus,
    output: () => connect(join(folder, 'socket')),
    ...options,
  })
  t.after(async () => {
    await capture.stop()
    server.close()
    for (const socket of listener.connections) socket.destroy()
    await rm(folder, { recursive: true })
  })
  return { capture, listener }
}

async function connect(path: string): Promise<net.Socket> {
  const socket = net.connect(path)
  await once(socket, 'connect')
  return socket
}

/** A folder whose `dumpcap` is this script, once the permission check has passed. */
async function withDumpcap(t: TestContext, script: string): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(os.tmpdir(), 'wirelab-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'dumpcap')
  await writeFile(path, `#!/bin/sh\ncase "$*" in *-L*) exit 0;; esac\n${script}\n`)
  await chmod(path, 0o755)
  return { PATH: `${dirname(path)}:/usr/bin:/bin` }
}

const TOOLS: ToolName[] = ['dumpcap', 'tcpdump']
const permission =
  os.platform() === 'linux' ? await checkCapture({ interface: 'lo', env: process.env }) : undefined

for (const tool of TOOLS) {
  const permitted = permission?.tools.some((each) => each.name === tool && each.permitted) ?? false
  const here = { skip: !permitted && `this user may not capture with ${tool}`, timeout: 20_000 }

  test(`${tool} captures a datagram on loopback, and not those of the excluded port`, here, async (t) => {
    const receiver = dgram.createSocket('udp4')
    const excluded = dgram.createSocket('udp4')
    t.after(() => {
      receiver.close()
      excluded.close()
    })
    receiver.bind(0, '127.0.0.1')
    excluded.bind(0, '127.0.0.1')
    await Promise.all([once(receiver, 'listening'), once(excluded, 'listening')])
    const { capture, listener } = await begin(t, { tool, excludePorts: [excluded.address().port] })
    const running = await listener.state('running')
    assert.equal(running.source, tool)
    assert.equal(running.message, `${tool} captures on lo.`)

    const mark = `mark ${Math.random()}`
    const has = (text: string) => (frame: Frame) => Buffer.from(frame.bytes).includes(text)
    receiver.send(`${mark} unseen`, excluded.address().port, '127.0.0.1')
    receiver.send(`${mark} seen`, receiver.address().port, '127.0.0.1')
    const sent = performance.now()
    const before = BigInt(Date.now() - 1_000) * 1_000_000n
    const frame = await listener.until(() => listener.frames.find(has(`${mark} seen`)))
    const took = performance.now() - sent
    // The promise is 300 ms; the rest is for a machine that is busy with other tests.
    assert.ok(took < 1_000, `${took} ms`)
    assert.ok(frame.time > before && frame.time < before + 10_000_000_000n)
    assert.equal(frame.linkType, 1)

    const stopping = performance.now()
    await capture.stop()
    assert.ok(performance.now() - stopping < 1_000)
    assert.equal(listener.statuses.at(-1)?.state, 'off')
    assert.ok(!listener.frames.some(has(`${mark} unseen`)))
  })

  test(`${tool} does not outlive us when we are killed while nothing happens`, here, async (t) => {
    const kernel = pathToFileURL(join(import.meta.dirname, '../../server/capture/kernel.ts')).href
    const folder = await mkdtemp(join(os.tmpdir(), 'wirelab-test-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = JSON.stringify(join(folder, 'socket'))
    const parent = spawn(process.execPath, [
      '--import',
      'tsx',
      '-e',
      `const net = require('node:net')
       net.createServer((socket) => socket.resume()).listen(${path}, async () => {
         const { startCapture } = await import(${JSON.stringify(kernel)})
         const output = () => new Promise((done) => { const s = net.connect(${path}, () => done(s)) })
         startCapture({ tool: ${JSON.stringify(tool)}, interface: 'lo', excludePorts: [], env: process.env, output,
           onStatus: ({ state }) => state === 'running' && console.log('running') })
       })`,
    ])
    t.after(() => parent.kill('SIGKILL'))
    await once(parent.stdout, 'data')
    const child = await childOf(parent)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    const limit = Date.now() + 10_000
    while (await isRunning(child)) {
      assert.ok(Date.now() < limit, `${tool} still runs as process ${child}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
}

test('off is off: nothing is started', async (t) => {
  const { listener } = await begin(t, { tool: 'off' })
  assert.deepEqual(
    listener.statuses.map(({ state, source }) => ({ state, source })),
    [{ state: 'off', source: null }],
  )
})

test(
  'a child that dies says its last words and is started again, until it has failed too often',
  onLinux,
  async (t) => {
    const env = await withDumpcap(t, 'echo "Capturing on lo" >&2; echo "the moon is in the way" >&2; exit 3')
    const { listener } = await begin(t, { tool: 'dumpcap', env, restartMs: [10, 20] })
    const given = await listener.until(() =>
      listener.statuses.find((status) => status.message.includes('not started again')),
    )
    assert.equal(
      given.message,
      'dumpcap ended (exit code 3): the moon is in the way; that was the third time, so it is not started again.',
    )
    assert.ok(given.remedy.length > 0)
    assert.equal(listener.statuses.filter((status) => status.state === 'failed').length, 3)
    assert.match(
      listener.statuses.find((status) => status.state === 'failed')?.message ?? '',
      /again in 10 ms/,
    )
    assert.equal(listener.connections.length, 3)
  },
)

test('a killed child leaves an end of stream, and its successor a new connection', onLinux, async (t) => {
  const env = await withDumpcap(t, 'echo "File: -" >&2; echo $$ >&2; exec sleep 60')
  const { listener } = await begin(t, { tool: 'dumpcap', env, restartMs: [10] })
  await listener.state('running')
  const [first] = await listener.until(() => listener.connections.length === 1 && listener.connections)
  process.kill(await childOf(process.pid), 'SIGKILL')
  await listener.until(() => first?.closed)
  const failed = await listener.state('failed')
  assert.match(failed.message, /^dumpcap ended \(signal SIGKILL\)/)
  await listener.until(
    () => listener.connections.length === 2 && listener.statuses.at(-1)?.state === 'running',
  )
})

test('lost packets are counted, over restarts too', onLinux, async (t) => {
  const env = await withDumpcap(
    t,
    `echo "File: -" >&2
     echo "Packets received/dropped on interface 'Loopback: lo': 20/7 (pcap:7/dumpcap:0)" >&2
     exit 1`,
  )
  const { listener } = await begin(t, { tool: 'dumpcap', env, restartMs: [10] })
  await listener.until(() => listener.statuses.find((status) => status.message.includes('not started again')))
  assert.equal(listener.statuses.at(-1)?.droppedByKernel, 14)
})

test('a child that does not listen is killed after half a second', onLinux, async (t) => {
  const env = await withDumpcap(t, `trap "" INT TERM; echo "File: -" >&2; while :; do sleep 0.1; done`)
  const { capture, listener } = await begin(t, { tool: 'dumpcap', env })
  await listener.state('running')
  const child = await childOf(process.pid)
  const began = performance.now()
  await capture.stop()
  assert.ok(performance.now() - began < 1_500)
  assert.ok(!(await isRunning(child)))
})

test('without a tool it is unavailable, and says what to do', onLinux, async (t) => {
  const env = await withDumpcap(t, '')
  await writeFile(
    join(env.PATH?.split(':')[0] ?? '', 'dumpcap'),
    '#!/bin/sh\necho "permission denied" >&2; exit 2\n',
  )
  const { listener } = await begin(t, { tool: 'dumpcap', env })
  const status = await listener.state('unavailable')
  assert.match(status.message, /not permitted|refuses even root/)
  assert.ok(status.remedy.length > 0)
  assert.equal(listener.connections.length, 0)
})

test('an observer that cannot be reached is a failure, not a crash', onLinux, async (t) => {
  const env = await withDumpcap(t, 'exec sleep 60')
  const output = () => Promise.reject(new Error('nobody is there'))
  const { listener } = await begin(t, { tool: 'dumpcap', env, output, restartMs: [] })
  assert.match((await listener.state('failed')).message, /^nobody is there; that was the first time/)
})

test('stopping at once starts nothing, and stopping twice is stopping once', onLinux, async (t) => {
  const env = await withDumpcap(t, 'exec sleep 60')
  const { capture, listener } = await begin(t, { tool: 'dumpcap', env })
  await Promise.all([capture.stop(), capture.stop()])
  assert.ok(listener.statuses.every((status) => status.state === 'starting'))
})

/** The one process whose parent it is, as /proc has it. */
async function childOf(parent: ChildProcess | number): Promise<number> {
  const pid = typeof parent === 'number' ? parent : parent.pid
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const own = await Promise.all(
    children
      .trim()
      .split(' ')
      .map(async (child) => {
        const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')
        return /^(dumpcap|tcpdump|sleep)/.test(name) ? [Number(child)] : []
      }),
  )
  const [found] = own.flat()
  assert.ok(found !== undefined, `no capture child among ${children}`)
  return found
}

/** A dead one that nobody has collected yet does not count. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

/** Programs of their own whose connections are kept alive: one by TCP, one by Engine.IO, which can be held in its tracks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { TYPESCRIPT } from './programs.ts'
import { within } from './services/waiting.ts'

const LIMIT_MS = 20_000
const LAB_NET = new URL('../server/network/socket/net.ts', import.meta.url).href

/** Runs a module's text and waits until it has printed a line; it is killed with the test. */
async function runs(t: TestContext, text: string, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const argv = [...TYPESCRIPT, '--input-type=module', '-e', text]
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await within(ended, 'the end of the program', LIMIT_MS)
  })
  await within(once(child.stdout!, 'data'), 'the program’s first line', LIMIT_MS)
  return child
}

/** A host of the lab network's own, whose TCP asks after each silence of `idleMs`. `join` is the lab's local socket. */
export const keepsAlive = (t: TestContext, join: string, idleMs: number): Promise<ChildProcess> =>
  runs(
    t,
    `import net from ${JSON.stringify(LAB_NET)}
     const socket = net.connect({ host: '10.0.0.1', port: 4001, keepAlive: true, keepAliveInitialDelay: ${idleMs} })
     socket.on('connect', () => console.log('connected'))`,
    { WIRELAB_JOIN: join },
  )

/** A Socket.IO client: SIGSTOP suspends it, and the kernel goes on acknowledging for it. */
export const joinsHub = (t: TestContext, port: number): Promise<ChildProcess> =>
  runs(
    t,
    `import { io } from 'socket.io-client'
     const socket = io('http://127.0.0.1:${port}', { transports: ['websocket'], reconnection: false })
     socket.on('connect', () => console.log(socket.io.engine.id))`,
  )

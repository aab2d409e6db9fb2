/** Whose a socket is, with real processes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import test, { type TestContext } from 'node:test'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { type ProgramSocket, type Whose, whoseSockets } from '../../server/labs/owner.ts'
import { within } from '../services/waiting.ts'

const CALLER =
  "const s = require('net').connect(+process.argv[1], '127.0.0.1'); s.on('close', () => process.exit())"
/** A program that has another one do it. */
const PARENT = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(CALLER)}, process.argv[1]], { stdio: 'inherit' })`

const skip = os.platform() === 'linux' ? false : 'NOT RUN: only Linux tells whose a socket is'

/** In a turn of its own: what is open then. */
async function whoseSocket(socket: ProgramSocket, groups: ReadonlySet<number>): Promise<Whose | undefined> {
  await nextTurn()
  return whoseSockets([socket], groups)[0]
}

interface Call {
  readonly child: ChildProcess
  /** The server's end. */
  readonly accepted: net.Socket
  readonly socket: ProgramSocket
}

/** A program, in a process group of its own as `startProgram` makes one, that has called a server of ours. */
async function called(t: TestContext, script: string): Promise<Call> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const accepting = within(once(server, 'connection'), 'a connection', 10_000)
  const child = spawn(process.execPath, ['-e', script, String(port)], { detached: true, stdio: 'ignore' })
  t.after(() => {
    server.close()
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid)
  })
  const [accepted] = (await accepting) as [net.Socket]
  const socket = { transport: 'tcp', port: accepted.remotePort ?? 0, remotePorts: new Set([port]) } as const
  return { child, accepted, socket }
}

test('a socket is its own program’s, and that of a program which it has started', { skip }, async (t) => {
  for (const script of [CALLER, PARENT]) {
    const { child, socket } = await called(t, script)
    assert.equal(await whoseSocket(socket, new Set([child.pid ?? 0])), 'own')
  }
})

test('a socket of a program beside it is foreign, whoever asks', { skip }, async (t) => {
  const mine = await called(t, CALLER)
  const other = await called(t, CALLER)
  const both = {
    ...other.socket,
    remotePorts: new Set([...other.socket.remotePorts, ...mine.socket.remotePorts]),
  }
  assert.equal(await whoseSocket(both, new Set([mine.child.pid ?? 0])), 'foreign')
})

test('of a socket that is closed, and of programs that have ended, nothing can be told', {
  skip,
}, async (t) => {
  const mine = await called(t, CALLER)
  const gone = await called(t, CALLER)
  const ended = once(gone.child, 'exit')
  gone.accepted.resetAndDestroy()
  await within(ended, 'its end')
  assert.equal(await whoseSocket(gone.socket, new Set([mine.child.pid ?? 0])), 'unknown')
  assert.equal(await whoseSocket(mine.socket, new Set([gone.child.pid ?? 0])), 'unknown')
})

test('while a program ends, nothing can be told: its files are gone before its sockets', {
  skip,
}, async (t) => {
  const other = await called(t, CALLER)
  const closeAll = `for f in /proc/$$/fd/*; do eval "exec \${f##*/}>&-"; done; exec sleep 60`
  const ending = spawn('bash', ['-c', closeAll], { detached: true, stdio: 'ignore' })
  const pid = ending.pid ?? 0
  t.after(() => process.kill(-pid))
  await within(filesGone(pid), 'the end of its files')
  assert.equal(await whoseSocket(other.socket, new Set([pid])), 'unknown')
})

async function filesGone(pid: number): Promise<void> {
  while (readdirSync(`/proc/${pid}/fd`).length > 0) await pause(20)
}

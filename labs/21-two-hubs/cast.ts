/**
 * Redis for lab 21, at LISTEN4: the real one where it is installed, else a small stand-in of the lab's own that speaks
 * the same protocol as far as the adapter needs it. It ends with the run.
 */
import { spawn } from 'node:child_process'
import net from 'node:net'
import os from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { HOST, port, ready } from '../kit/cast.ts'
import { startStandIn } from './redis-stand-in.ts'

const PATIENCE_MS = 5000
const at = port('LISTEN4')

const isThere = await startRedis()
if (!isThere) {
  console.log(
    'redis-server is not installed: a stand-in of the lab plays Redis, which is enough for all steps. To see',
  )
  console.log(
    'the real one: sudo apt install redis-server (Debian, Ubuntu, WSL), brew install redis (macOS).',
  )
  await startStandIn(at, HOST)
}
ready()

/** False where there is none. Nothing is kept on a disk. */
async function startRedis(): Promise<boolean> {
  const options = [
    '--port',
    `${at}`,
    '--bind',
    HOST,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    os.tmpdir(),
  ]
  const redis = spawn('redis-server', options, { stdio: 'ignore' })
  const failed = new Promise<false>((resolve) => {
    redis.once('error', () => resolve(false))
    redis.once('exit', () => resolve(false))
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      redis.kill()
      process.exit()
    })
  }
  const limit = Date.now() + PATIENCE_MS
  while (Date.now() < limit) {
    const outcome = await Promise.race([answers(), failed])
    if (outcome) return true
    if (redis.exitCode !== null || redis.pid === undefined) return false
    await pause(20)
  }
  redis.kill()
  return false
}

/** Whether Redis answers there. */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(at, HOST, () => socket.write('PING\r\n'))
    const settle = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('data', (bytes) => settle(String(bytes).startsWith('+PONG')))
    socket.once('error', () => settle(false))
    socket.setTimeout(1000, () => settle(false))
  })
}

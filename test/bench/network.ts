/** The lab network: what it adds to an echo, what it carries, how many it serves, and what it costs when idle. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type LabWay, throughLab, throughWire, type Way } from './doors.ts'
import { startLab } from './hub-load.ts'
import { firstJson, here, median, startScript, stop } from './processes.ts'

const ROUNDS = 5
const ECHOES = 2000
const BULK_BYTES = 500_000_000
const CONNECTIONS = 1000
const IDLE_SECONDS = 10
const SETTLE_SECONDS = 30

/** A hop of its own to `port`, by socat; a process for each connection, as it is usually run. */
async function startSocat(port: number): Promise<{ port: number; end(): Promise<void> }> {
  const own = await freePort()
  const listen = `TCP-LISTEN:${own},bind=127.0.0.1,reuseaddr,fork,nodelay`
  const child = spawn('socat', ['-d', '-d', listen, `TCP:127.0.0.1:${port},nodelay`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await listening(child)
  return { port: own, end: () => stop(child) }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      if (String(chunk).includes('listening on')) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error('socat ended before it listened')))
  })
}

interface Times {
  medianUs: number
  p95Us: number
}

/** What an echo takes over each port, in turn, round by round: the median of the rounds. */
async function echoTimes(ports: readonly number[]): Promise<Times[]> {
  const rounds = ports.map((): Times[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [n, port] of ports.entries())
      rounds[n]?.push(await firstJson(startScript('echo-times.ts', [String(port), String(ECHOES)])))
  return rounds.map((times) => ({
    medianUs: median(times.map((time) => time.medianUs)),
    p95Us: median(times.map((time) => time.p95Us)),
  }))
}

const microseconds = ({ medianUs, p95Us }: Times): string =>
  `median ${medianUs.toFixed(0)} µs, p95 ${p95Us.toFixed(0)} µs`

/** An echo direct, by socat's hop, and through the gateway and an unimpaired cable, each in the same rounds. */
async function addedRoundTrip(name: string, way: Way): Promise<string[]> {
  const socat = await startSocat(way.direct)
  try {
    const [direct, hop, lab] = await echoTimes([way.direct, socat.port, way.door])
    if (direct === undefined || hop === undefined || lab === undefined) return []
    const added = (of: keyof Times) => ((lab[of] - direct[of]) / (hop[of] - direct[of])).toFixed(2)
    return [
      `echo direct: ${microseconds(direct)}`,
      `echo by a hop of socat's: ${microseconds(hop)}`,
      `echo through ${name}: ${microseconds(lab)}; added: ${added('medianUs')} of what socat's hop adds, p95 ${added('p95Us')}`,
    ]
  } finally {
    await socat.end()
  }
}

interface Moved {
  bytes: number
  seconds: number
}

const rate = ({ bytes, seconds }: Moved): string => `${(bytes / seconds / 1e6).toFixed(0)} MB/s`

const move = (port: number): Promise<Moved> =>
  firstJson(startScript('bulk-load.ts', [String(port), String(BULK_BYTES)]))

async function goodput(lab: LabWay): Promise<string[]> {
  const alone: Moved[] = []
  for (let round = 0; round < 3; round++)
    alone.push(await firstJson(startScript('lab-goodput.ts', [String(BULK_BYTES)])))
  const before = await lab.observed()
  const moved = [await move(lab.door), await move(lab.door)]
  // What is under way to the observer arrives within its next batches.
  await pause(1000)
  const after = await lab.observed()
  const direct = await move(lab.direct)
  const packets = (after.packets - before.packets).toLocaleString('en')
  return [
    `two hosts in one process, nobody looking: ${alone.map(rate).join(', ')}`,
    `over the kernel's loopback, direct: ${rate(direct)}`,
    `through the lab, every frame observed: ${moved.map(rate).join(', ')}; ${packets} packets in the trace, ${after.dropped - before.dropped} frames dropped by the tap`,
  ]
}

async function manyConnections(name: string, way: Way): Promise<string[]> {
  const before = residentBytes(way.pid)
  const args = ['--import', 'tsx', here('many-connections.ts'), String(way.door), String(CONNECTIONS)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const told = await firstJson<{ connected: number; answered: number; refused: number }>(child)
  const each = (residentBytes(way.pid) - before) / CONNECTIONS / 1024
  await stop(child)
  return [
    `${CONNECTIONS} connections at once through ${name}: ${told.connected} connected, ${told.answered} answered, ${told.refused} refused; ${each.toFixed(0)} kB of memory each`,
  ]
}

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

/** utime and stime, seconds: USER_HZ is 100 on Linux, whatever the machine. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function idle(name: string, pid: number): Promise<string> {
  // By then V8 has compiled, and collected what the start has left.
  await pause(SETTLE_SECONDS * 1000)
  const before = cpuSeconds(pid)
  await pause(IDLE_SECONDS * 1000)
  const share = ((cpuSeconds(pid) - before) / IDLE_SECONDS) * 100
  return `${name}, idle for ${IDLE_SECONDS} s: ${share.toFixed(1)} % of one core`
}

async function idleLab(): Promise<string> {
  const lab = await startLab(['--network', 'lab'])
  try {
    return await idle('a whole lab', lab.pid)
  } finally {
    await lab.end()
  }
}

async function using<W extends Way>(way: W, work: (way: W) => Promise<string[]>): Promise<string[]> {
  try {
    return await work(way)
  } finally {
    await way.end()
  }
}

export async function network(): Promise<string[]> {
  return [
    await idleLab(),
    ...(await using(await throughLab('echo'), async (lab) => [
      ...(await addedRoundTrip('the lab, every frame observed', lab)),
      ...(await manyConnections('the lab', lab)),
    ])),
    ...(await using(await throughWire('echo'), async (wire) => [
      await idle('a wire', wire.pid),
      ...(await addedRoundTrip('a wire', wire)),
      ...(await manyConnections('a wire', wire)),
    ])),
    ...(await using(await throughLab('sink'), goodput)),
    ...(await using(await throughWire('sink'), async (wire) => [
      `through a wire, not recorded: ${rate(await move(wire.door))}`,
    ])),
  ]
}

/**
 * A lab network with the Linux kernel as one of its hosts: a TAP device, moved into a network namespace of its own,
 * whose frames socat carries as datagrams (one a frame) to a host that joined the lab network. Nothing of it is
 * visible outside the namespace, and it goes when its processes go.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WallClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import type { TcpOptions } from '../../server/network/tcp/options.ts'
import { TYPESCRIPT } from '../programs.ts'
import type { Answer, AnswerMessage, Conversation, Order, Outcome } from './linux-side.ts'
import { Witness } from './witness.ts'

const exec = promisify(execFile)
const SIDE = fileURLToPath(new URL('linux-side.ts', import.meta.url))
/** As much as the kernel grants by default (net.core.rmem_max may be less): a burst must not be lost on the way to socat. */
const BUFFER = 4_000_000

const addressText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
const macText = (mac: number): string => (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':')

async function datagrams(): Promise<dgram.Socket> {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: BUFFER, sendBufferSize: BUFFER })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** A port that is free now: socat can't be asked which one it got. */
async function freePort(): Promise<number> {
  const socket = await datagrams()
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Waits for a line of a child's standard error. */
function untilSaid(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-4000)
      if (said.includes(words)) resolve()
    })
    child.once('exit', () => reject(new Error(`ended before it said "${words}": ${said}`)))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Devices of one process need names of their own, if only until they have moved. */
let taps = 0

/** A kernel's socket at work. */
export interface Kernels {
  readonly port: number
  outcome(): Promise<Outcome>
}

export class LinuxPeer {
  readonly network: LabNetwork
  readonly clock = new WallClock()
  readonly witness = new Witness()
  /** The kernel's. */
  address = 0
  readonly #side: ChildProcess
  readonly #answers = new Map<number, (answer: Answer) => void>()
  readonly #closing: (() => Promise<void> | void)[] = []
  #orders = 0

  private constructor(seed: number, tcp: TcpOptions | undefined) {
    const { clock, witness: tap } = this
    this.network = new LabNetwork({ clock, seed, tap, ...(tcp === undefined ? {} : { tcp }) })
    this.#closing.push(() => this.network.close())
    this.#side = spawn('unshare', ['--net', process.execPath, ...TYPESCRIPT, SIDE], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#closing.push(() => stop(this.#side))
    this.#side.on('message', ({ number, answer }: AnswerMessage) => {
      this.#answers.get(number)?.(answer)
      this.#answers.delete(number)
    })
    this.#side.once('exit', (code) => {
      for (const answer of this.#answers.values()) answer({ error: `the kernel’s side ended with ${code}` })
      this.#answers.clear()
    })
  }

  static async start(options: { seed?: number; tcp?: TcpOptions } = {}): Promise<LinuxPeer> {
    const peer = new LinuxPeer(options.seed ?? 1, options.tcp)
    try {
      await peer.#plugIn()
      return peer
    } catch (error) {
      await peer.close()
      throw error
    }
  }

  async #plugIn(): Promise<void> {
    const ready = new Promise<Answer>((resolve) => this.#answers.set(0, resolve))
    const frames = await datagrams()
    this.#closing.push(() => void frames.close())
    const port = await freePort()
    const tap = `wl${process.pid}n${++taps}`
    const socat = spawn(
      'socat',
      [
        ...['-d', '-d', '-b', '65536'],
        `TUN,tun-type=tap,tun-name=${tap},iff-no-pi`,
        `UDP:127.0.0.1:${frames.address().port},bind=127.0.0.1:${port},rcvbuf=${BUFFER},sndbuf=${BUFFER}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#closing.push(() => stop(socat))
    await untilSaid(socat, 'starting data transfer loop')
    await ready
    const joined = this.network.join({
      name: 'linux',
      role: 'client',
      send: (frame) => frames.send(frame, port, '127.0.0.1'),
    })
    frames.on('message', (frame) => joined.receive(frame))
    this.address = joined.address
    await this.set('net/ipv6/conf/all/disable_ipv6', '1')
    await this.set('net/ipv6/conf/default/disable_ipv6', '1')
    await exec('ip', ['link', 'set', tap, 'netns', String(this.#side.pid)])
    const settings = ['address', macText(joined.mac), 'txqueuelen', '10000', 'mtu', '1500']
    await this.run('ip', ['link', 'set', tap, ...settings])
    await this.run('ip', ['addr', 'add', `${addressText(joined.address)}/${joined.prefix}`, 'dev', tap])
    await this.run('ip', ['link', 'set', 'lo', 'up'])
    await this.run('ip', ['link', 'set', tap, 'up'])
  }

  /** The lab host's address, dotted. */
  get labAddress(): string {
    return addressText(this.network.server.address)
  }

  order(order: Order): Promise<Answer> {
    const number = ++this.#orders
    return new Promise((resolve) => {
      this.#answers.set(number, resolve)
      this.#side.send({ number, order })
    })
  }

  async set(path: string, value: string): Promise<void> {
    const answer = await this.order({ op: 'set', path, value })
    if ('error' in answer && answer.error !== null) throw new Error(`${path}: ${answer.error}`)
  }

  /** A program in the kernel's namespace; its standard output. */
  async run(command: string, args: string[], input?: Uint8Array): Promise<Buffer> {
    const given = input === undefined ? {} : { input: Buffer.from(input).toString('base64') }
    const answer = await this.order({ op: 'run', command, args, ...given })
    if (!('stdout' in answer) || answer.status !== 0)
      throw new Error(`${command} ${args.join(' ')}: ${JSON.stringify(answer)}`)
    return Buffer.from(answer.stdout, 'base64')
  }

  async listen(conversation: Conversation): Promise<Kernels> {
    return this.#kernels(await this.order({ op: 'listen', conversation }))
  }

  async connect(port: number, conversation: Conversation): Promise<Kernels> {
    return this.#kernels(await this.order({ op: 'connect', address: this.labAddress, port, conversation }))
  }

  #kernels(answer: Answer): Kernels {
    if (!('port' in answer)) throw new Error(JSON.stringify(answer))
    const outcome = async () => {
      const told = await this.order({ op: 'outcome', id: answer.id })
      if (!('outcome' in told)) throw new Error(JSON.stringify(told))
      return told.outcome
    }
    return { port: answer.port, outcome }
  }

  async close(): Promise<void> {
    for (const end of this.#closing.reverse()) await end()
  }
}

/**
 * The program's side of joining: this process becomes a host of the lab network, with a TCP and a UDP of its
 * own, when one of its sockets needs the network first. It leaves when the process ends, and the process may
 * end as soon as no socket is open.
 */
import { randomInt } from 'node:crypto'
import net from 'node:net'
import { messageOf } from '../../errors.ts'
import { parseIpv4 } from '../address.ts'
import { WallClock } from '../clock.ts'
import { Host } from '../host.ts'
import { seeded } from '../random.ts'
import type { TcpHandle, TcpSample } from '../tcp/connection-api.ts'
import type { Attachment, LabTarget, Stay, Transport, Use } from './attachment.ts'
import { findLab, nameOf, netDown, roleOf } from './find-lab.ts'
import { JOIN_VERSION, MessageReader, type PortMaps, type Welcome } from './join-messages.ts'
import { readPorts, readRefused, readWelcome } from './join-reading.ts'
import { whenAllIsSaid } from './last-words.ts'
import { isLoopbackName } from './look-up.ts'
import { MessageWriter } from './message-writer.ts'

let joining: Promise<JoinedHost> | undefined

/** The one host that this process is; joins at the first call, and again after the lab was gone. */
export function joinedHost(use: Use): Promise<Attachment> {
  joining ??= join(use).catch((error: Error) => {
    joining = undefined
    throw error
  })
  return joining
}

const WELCOME_WITHIN_MS = 10_000

async function join(use: Use): Promise<JoinedHost> {
  const { env, argv, pid } = process
  const role = roleOf(env, use)
  const path = await findLab(env)
  const channel = net.connect(path)
  return new Promise((resolve, reject) => {
    const fail = (because: string) => {
      channel.destroy()
      reject(netDown(because))
    }
    const writer = new MessageWriter(channel)
    let host: JoinedHost | undefined
    const late = setTimeout(() => fail(`the lab at ${path} does not answer`), WELCOME_WITHIN_MS)
    const reader = new MessageReader({
      frame: (bytes) => host?.host.receive(bytes),
      control: (value) => {
        if (host !== undefined) {
          host.control(value)
          return
        }
        clearTimeout(late)
        const refused = readRefused(value)
        if (refused !== undefined) {
          fail(`the lab refused: ${refused.message}`)
          return
        }
        host = new JoinedHost(channel, writer, readWelcome(value))
        resolve(host)
      },
    })
    channel.on('data', (bytes) => {
      try {
        reader.take(bytes)
      } catch (error) {
        fail(`the lab at ${path} said what can't be understood: ${messageOf(error)}`)
      }
    })
    channel.on('error', (error) =>
      fail(`there is no lab at ${path} (${error.message}): start it with "npm start"`),
    )
    channel.on('close', () => {
      clearTimeout(late)
      if (host === undefined) fail(`the lab at ${path} has hung up`)
      else host.gone()
    })
    const run = env.WIRELAB_RUN
    const name = nameOf(env, argv[1])
    writer.control({ type: 'hello', version: JOIN_VERSION, role, name, pid, ...(run && { run }) })
  })
}

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

class JoinedHost implements Attachment {
  readonly host: Host
  readonly #channel: net.Socket
  readonly #writer: MessageWriter
  readonly #server: number
  readonly #stays = new Set<(error: Error) => void>()
  readonly #listening = new Set<string>()
  #ports: PortMaps
  #holds = 0

  constructor(channel: net.Socket, writer: MessageWriter, welcome: Welcome) {
    this.#channel = channel
    this.#writer = writer
    this.#ports = welcome.ports
    this.#server = address(welcome.server)
    const clock = new WallClock(performance.timeOrigin, { holdsProcess: false })
    this.host = new Host({
      name: welcome.address,
      address: address(welcome.address),
      prefix: welcome.prefix,
      ...(welcome.gateway !== undefined && { gateway: address(welcome.gateway) }),
      clock,
      random: seeded(randomInt(2 ** 32)),
      mtu: welcome.mtu,
    })
    this.host.attach({ send: (frame) => void writer.frame(frame) })
    this.host.tcp.onSample = (connection, sample) => this.#sample(clock.epochStart, connection, sample)
    process.on('exit', this.#goodbye)
    for (const signal of ENDINGS) process.on(signal, this.#signalled)
    // A socket that was closed while we joined has left nobody who would let the process go.
    setImmediate(() => this.#hold(0))
  }

  target(name: string | undefined, port: number, transport: Transport): LabTarget | undefined {
    if (!isLoopbackName(name) && name !== undefined) {
      const given = parseIpv4(name)
      return given === undefined ? undefined : { address: given, port }
    }
    if (this.#listening.has(`${transport} ${port}`)) return { address: this.host.address, port }
    const mapped = this.#ports[transport][port]
    return mapped === undefined
      ? { address: this.#server, port }
      : { address: address(mapped.address), port: mapped.port }
  }

  enter(down: (error: Error) => void): Stay {
    // Its own function: two sockets may give the same.
    const told = (error: Error) => down(error)
    this.#stays.add(told)
    let held = false
    const hold = (on: boolean) => {
      if (held !== on) this.#hold(on ? 1 : -1)
      held = on
    }
    hold(true)
    return {
      ref: () => hold(this.#stays.has(told)),
      unref: () => hold(false),
      closing: (handle) => whenAllIsSaid(handle, () => hold(false)),
      leave: () => {
        this.#stays.delete(told)
        hold(false)
      },
    }
  }

  #hold(by: number): void {
    this.#holds += by
    if (this.#holds > 0) this.#channel.ref()
    else this.#channel.unref()
  }

  listening(transport: Transport, port: number): () => void {
    const key = `${transport} ${port}`
    this.#listening.add(key)
    this.#writer.control({ type: 'listening', transport, port, on: true })
    return () => {
      if (this.#listening.delete(key)) this.#writer.control({ type: 'listening', transport, port, on: false })
    }
  }

  control(value: unknown): void {
    const ports = readPorts(value)
    if (ports !== undefined) this.#ports = ports
  }

  #sample(epochStart: number, { local, remote }: TcpHandle, sample: TcpSample): void {
    const time = epochStart + sample.time
    // JSON has no Infinity and no undefined: both are null there.
    const { ssthresh, srtt = null, rttvar = null } = sample
    const known = { ssthresh: Number.isFinite(ssthresh) ? ssthresh : null, srtt, rttvar }
    this.#writer.control({ type: 'sample', local, remote, sample: { ...sample, ...known, time } }, true)
  }

  /** The lab is gone: no frame comes or goes any more. */
  gone(): void {
    joining = undefined
    this.#leave()
    const because = 'the lab has ended, and with it its network; start it again with "npm start"'
    for (const down of [...this.#stays]) down(netDown(because))
    this.#stays.clear()
    this.host.close()
  }

  #leave(): void {
    process.off('exit', this.#goodbye)
    for (const signal of ENDINGS) process.off(signal, this.#signalled)
  }

  /** What a kernel does for a process that ends: peers are told that nobody is there any more. */
  readonly #goodbye = () => {
    this.host.close()
    this.#writer.control({ type: 'bye' })
    this.#writer.flush()
  }

  readonly #signalled = (signal: NodeJS.Signals) => {
    // The program has its own mind on this signal: if it ends, 'exit' comes.
    if (process.listenerCount(signal) > 1) return
    this.#goodbye()
    this.#leave()
    process.kill(process.pid, signal)
  }
}

function address(text: string): number {
  const parsed = parseIpv4(text)
  if (parsed === undefined) throw new Error(`expected an IPv4 address, found ${JSON.stringify(text)}`)
  return parsed
}

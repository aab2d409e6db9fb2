/**
 * The lab's side of joining: programs on this machine that are hosts of the lab network themselves come in by
 * a local socket (`join-messages.ts` is what is said there). Each gets a port of the switch, as if it were
 * plugged in, and is unplugged when its process goes.
 */
import { chmod } from 'node:fs/promises'
import net from 'node:net'
import { messageOf } from '../../errors.ts'
import { ipv4Text, macText } from '../address.ts'
import type { LabNetwork } from '../lab-network.ts'
import { type Hello, JOIN_VERSION, MessageReader, type PortMaps } from './join-messages.ts'
import { type JoinedSample, readHello, readListening, readSample } from './join-reading.ts'
import { LeftBehind } from './left-behind.ts'
import { MessageWriter } from './message-writer.ts'
import { type StandIn, standIn } from './stand-in.ts'

export interface JoinDoorOptions {
  readonly network: Pick<LabNetwork, 'join'>
  /** Where to listen: a Unix socket in a folder that is this user's alone (0700), on Windows a named pipe. */
  readonly path: string
  /** What a program that joins is told of the lab; asked again by `update`. */
  describe(): LabDescription
  /** A joined program's TCP told of itself. */
  readonly onSample?: (host: JoinedProgram, sample: JoinedSample) => void
}

export interface LabDescription {
  /** Dotted decimal: what `localhost` means to a joined program. */
  readonly server: string
  readonly mtu: number
  /** By the host computer's port, where it leads on the lab network; a port that is not listed leads to the same one at `server`. */
  readonly ports: PortMaps
}

export interface JoinedProgram {
  readonly name: string
  readonly pid: number
  readonly role: 'client' | 'server'
  /** Dotted decimal. */
  readonly address: string
  /** Frames that it was too slow to take. */
  readonly dropped: number
}

export interface JoinDoor {
  readonly path: string
  readonly programs: readonly JoinedProgram[]
  /** Tells every joined program of `describe`'s ports anew. */
  update(): void
  /** Unplugs everybody. */
  close(): Promise<void>
}

/** More than a class on one machine needs. */
const MAX_PROGRAMS = 200
const HELLO_WITHIN_MS = 5000
/** Ports at which joined programs listen, of one and of all: what tells of them has to fit in one message. */
const MAX_LISTED = 1000
/** For a program that is refused to read why. */
const LAST_WORD_MS = 1000
const ETHERNET_HEADER = 14

/** Rejects with Node's error where the path can't be listened on. */
export async function startJoinDoor(options: JoinDoorOptions): Promise<JoinDoor> {
  const programs = new Set<Program>()
  /** Killed, and somebody stands in for them. */
  const departed = new Set<Program>()
  let due: NodeJS.Immediate | undefined
  /** Once a turn, whatever has happened in it: everybody is told of everything. */
  const update = () => {
    due ??= setImmediate(() => {
      due = undefined
      const ports = portsFor(options, programs)
      for (const program of programs) program.tellPorts(ports)
    })
  }
  const server = net.createServer((socket) => {
    const program = new Program(socket, options, {
      ports: () => portsFor(options, programs),
      changed: update,
      gone: () => {
        programs.delete(program)
        if (program.standsIn) departed.add(program)
        if (program.listens) update()
      },
      forgotten: () => departed.delete(program),
    })
    programs.add(program)
  })
  server.maxConnections = MAX_PROGRAMS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.path, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      resolve()
    })
  })
  if (process.platform !== 'win32') await chmod(options.path, 0o600)
  return {
    path: options.path,
    get programs() {
      return [...programs].filter((program) => program.address !== '')
    },
    update,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          clearImmediate(due)
          resolve()
        })
        for (const program of [...programs, ...departed]) program.end()
      }),
  }
}

/** The lab's own ports, and those at which joined programs listen: a client finds these by `localhost`, too. */
function portsFor({ describe }: JoinDoorOptions, programs: Iterable<Program>): PortMaps {
  const { tcp, udp } = describe().ports
  const listed = { tcp: { ...tcp }, udp: { ...udp } }
  let left = MAX_LISTED
  for (const program of programs) {
    for (const { transport, port } of program.listeningAt) {
      if (left-- <= 0) return listed
      listed[transport][port] ??= { address: program.address, port }
    }
  }
  return listed
}

interface Door {
  ports(): PortMaps
  changed(): void
  gone(): void
  forgotten(): void
}

class Program implements JoinedProgram {
  readonly #socket: net.Socket
  readonly #options: JoinDoorOptions
  readonly #door: Door
  readonly #writer: MessageWriter
  readonly #listening = new Map<string, { transport: 'tcp' | 'udp'; port: number }>()
  readonly #late: NodeJS.Timeout
  readonly #leftBehind = new LeftBehind()
  #standIn: StandIn | undefined
  /** The lab ends: nobody is left to be told. */
  #ended = false
  #port: ReturnType<LabNetwork['join']> | undefined
  #mtu = 0
  /** It does not read, and so has not been told of the latest ports. */
  #untold = false
  /** Refused: what else it says is not heard. */
  #over = false
  name = ''
  pid = 0
  role: 'client' | 'server' = 'client'
  address = ''

  constructor(socket: net.Socket, options: JoinDoorOptions, door: Door) {
    this.#socket = socket
    this.#options = options
    this.#door = door
    this.#writer = new MessageWriter(socket)
    const reader = new MessageReader({
      frame: (bytes) => this.#frame(bytes),
      control: (value) => this.#control(value),
    })
    this.#late = setTimeout(() => this.#refuse('no hello came in time'), HELLO_WITHIN_MS)
    socket.on('data', (bytes) => {
      if (this.#over) return
      try {
        reader.take(bytes)
      } catch (error) {
        this.#refuse(messageOf(error))
      }
    })
    socket.on('drain', () => {
      if (this.#untold) this.tellPorts(this.#door.ports())
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(this.#late)
      this.#leave()
      this.#door.gone()
    })
  }

  /** Unplugged; what it left behind is ended first. */
  #leave(): void {
    const port = this.#port
    this.#port = undefined
    if (port === undefined) return
    if (this.#leftBehind.open === 0 || this.#ended) port.leave()
    else this.#standIn = standIn(port, this.#leftBehind, this.#mtu, () => this.#door.forgotten())
  }

  get dropped(): number {
    return this.#writer.dropped
  }

  get listens(): boolean {
    return this.#listening.size > 0
  }

  get standsIn(): boolean {
    return this.#standIn !== undefined
  }

  get listeningAt(): Iterable<{ transport: 'tcp' | 'udp'; port: number }> {
    return this.#listening.values()
  }

  tellPorts(ports: PortMaps): void {
    if (this.#port !== undefined) this.#untold = !this.#writer.control({ type: 'ports', ports }, true)
  }

  end(): void {
    this.#ended = true
    this.#standIn?.leave()
    this.#socket.destroy()
  }

  #frame(bytes: Uint8Array): void {
    if (this.#port === undefined) throw new Error('expected hello before the first frame')
    if (bytes.length < ETHERNET_HEADER) {
      throw new Error(`expected a frame of at least ${ETHERNET_HEADER} bytes, found ${bytes.length}`)
    }
    // A longer one than the cable carries never leaves a network card.
    if (bytes.length > ETHERNET_HEADER + this.#mtu) return
    this.#leftBehind.sent(bytes)
    this.#port.receive(bytes)
  }

  /** To the program, or to who stands in for it. */
  #deliver(frame: Uint8Array): void {
    if (this.#standIn !== undefined) {
      this.#standIn.receive(frame)
      return
    }
    this.#leftBehind.received(frame)
    this.#writer.frame(frame)
  }

  #control(value: unknown): void {
    if (this.#port === undefined) {
      const hello = readHello(value)
      if (hello.version !== JOIN_VERSION) {
        throw new Error(`this lab speaks version ${JOIN_VERSION} of joining, the program ${hello.version}`)
      }
      this.#join(hello)
      return
    }
    const listening = readListening(value)
    if (listening !== undefined) {
      const key = `${listening.transport} ${listening.port}`
      if (!listening.on) this.#listening.delete(key)
      else if (this.#listening.size < MAX_LISTED) this.#listening.set(key, listening)
      this.#door.changed()
      return
    }
    const sample = readSample(value)
    // Of its own TCP it knows, of nobody else's.
    if (sample?.local.address === this.address) this.#options.onSample?.(this, sample)
  }

  #join({ name, role, pid, run }: Hello): void {
    const lab = this.#options.describe()
    // Throws when every address is taken: refused with its words.
    const port = this.#options.network.join({
      name,
      role,
      ...(run !== undefined && { run }),
      send: (frame) => this.#deliver(frame),
    })
    clearTimeout(this.#late)
    this.#port = port
    this.#mtu = lab.mtu
    this.name = name
    this.pid = pid
    this.role = role
    this.address = ipv4Text(port.address)
    this.#writer.control({
      type: 'welcome',
      address: this.address,
      mac: macText(port.mac),
      prefix: port.prefix,
      ...(port.gateway !== undefined && { gateway: ipv4Text(port.gateway) }),
      server: lab.server,
      mtu: lab.mtu,
      ports: this.#door.ports(),
    })
  }

  #refuse(message: string): void {
    this.#over = true
    this.#writer.control({ type: 'refused', message })
    this.#writer.flush()
    this.#socket.destroySoon()
    const last = setTimeout(() => this.#socket.destroy(), LAST_WORD_MS)
    this.#socket.once('close', () => clearTimeout(last))
    this.#leave()
  }
}

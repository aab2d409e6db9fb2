/**
 * As much of Redis as the streams adapter of Socket.IO asks for: one log to which entries are added and from which
 * readers wait for news (XADD, XREAD BLOCK, XRANGE), and channels (SUBSCRIBE, PUBLISH). Spoken in RESP, the protocol of
 * Redis: a command is an array of strings, `*2\r\n$4\r\nINFO\r\n…`.
 */
import net, { type Socket } from 'node:net'

interface Entry {
  readonly id: string
  readonly fields: readonly Buffer[]
}

interface Reader {
  readonly stream: string
  readonly after: string
  answer(entries: readonly Entry[] | null): void
}

/** What a reply is made of; a Map is RESP3's `%`, `push` its `>`. */
type Reply = string | number | null | Buffer | Error | readonly Reply[] | ReadonlyMap<string, Reply> | Push

interface Push {
  readonly push: readonly Reply[]
}

const OK = Symbol('OK')
const QUEUED = Symbol('QUEUED')
const NEWEST = '+'

/** Rejects with Node's error when the port is taken. */
export function startStandIn(port: number, host: string): Promise<net.Server> {
  const store = new Store()
  const server = net.createServer((socket) => new Client(socket, store))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

class Store {
  readonly values = new Map<string, Buffer>()
  readonly channels = new Map<string, Set<Client>>()
  readonly readers = new Set<Reader>()
  readonly #streams = new Map<string, Entry[]>()
  #last = { ms: 0, sequence: 0 }

  add(stream: string, fields: readonly Buffer[]): string {
    const ms = Math.max(Date.now(), this.#last.ms)
    this.#last = { ms, sequence: ms === this.#last.ms ? this.#last.sequence + 1 : 0 }
    const id = `${ms}-${this.#last.sequence}`
    this.#streams.set(stream, [...this.entries(stream), { id, fields }])
    for (const reader of [...this.readers]) {
      if (reader.stream !== stream) continue
      this.readers.delete(reader)
      reader.answer(this.after(stream, reader.after))
    }
    return id
  }

  entries(stream: string): readonly Entry[] {
    return this.#streams.get(stream) ?? []
  }

  after(stream: string, id: string): readonly Entry[] {
    return this.entries(stream).filter((entry) => compare(entry.id, id) > 0)
  }
}

class Client {
  readonly #socket: Socket
  readonly #store: Store
  #isResp3 = false
  #rest: Buffer = Buffer.alloc(0)
  /** Commands between MULTI and EXEC. */
  #queue: Buffer[][] | undefined

  constructor(socket: Socket, store: Store) {
    this.#socket = socket
    this.#store = store
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#leave())
    socket.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes])
      for (let command = this.#next(); command !== undefined; command = this.#next()) this.#take(command)
    })
  }

  push(...parts: Reply[]): void {
    this.#write(this.#isResp3 ? { push: parts } : parts)
  }

  #leave(): void {
    for (const members of this.#store.channels.values()) members.delete(this)
  }

  #take(command: Buffer[]): void {
    const name = String(command[0]).toUpperCase()
    if (this.#queue !== undefined && name !== 'EXEC') {
      this.#queue.push(command)
      this.#write(QUEUED)
      return
    }
    const reply = this.#run(name, command.slice(1))
    if (reply !== undefined) this.#write(reply)
  }

  /** Undefined where the reply comes later, or has been written. */
  #run(name: string, args: Buffer[]): Reply | symbol | undefined {
    const words = args.map(String)
    const [first = '', second = ''] = words
    const { values, channels } = this.#store
    switch (name) {
      case 'PING':
        return 'PONG'
      case 'HELLO':
        this.#isResp3 = first === '3'
        return this.#pairs([
          ['server', 'redis'],
          ['version', '7.0.0'],
          ['proto', this.#isResp3 ? 3 : 2],
          ['role', 'master'],
        ])
      case 'CLIENT':
        return OK
      case 'INFO':
        return Buffer.from(
          `redis_version:7.0.0\r\nloading:0\r\nblocked_clients:${this.#store.readers.size}\r\n`,
        )
      case 'SET':
        values.set(first, args[1] ?? Buffer.alloc(0))
        return OK
      case 'GET':
        return values.get(first) ?? null
      case 'DEL':
        return values.delete(first) ? 1 : 0
      case 'MULTI':
        this.#queue = []
        return OK
      case 'EXEC': {
        const queue = this.#queue ?? []
        this.#queue = undefined
        return queue.map(([command, ...rest]) => this.#run(String(command).toUpperCase(), rest) as Reply)
      }
      case 'XADD': {
        const star = words.indexOf('*')
        return Buffer.from(this.#store.add(first, args.slice(star + 1)))
      }
      case 'XRANGE':
        return this.#range(first, second, words[2] ?? NEWEST)
      case 'XREAD':
        return this.#read(words)
      case 'SUBSCRIBE':
        for (const [at, channel] of words.entries()) {
          channels.set(channel, (channels.get(channel) ?? new Set()).add(this))
          this.push(Buffer.from('subscribe'), Buffer.from(channel), at + 1)
        }
        return undefined
      case 'PUBLISH': {
        const members = [...(channels.get(first) ?? [])]
        for (const member of members) {
          member.push(Buffer.from('message'), Buffer.from(first), args[1] ?? null)
        }
        return members.length
      }
      case 'PUBSUB':
        return words.slice(1).flatMap((channel) => [Buffer.from(channel), channels.get(channel)?.size ?? 0])
      default:
        return new Error(`ERR unknown command '${name}'`)
    }
  }

  #range(stream: string, from: string, to: string): Reply {
    const isLate = (id: string) => to !== NEWEST && compare(id, to) > 0
    return this.#store
      .entries(stream)
      .filter(({ id }) => compare(id, from) >= 0 && !isLate(id))
      .map(replyOf)
  }

  /** `XREAD BLOCK ms COUNT n STREAMS key id`; `$` stands for what is the newest now. */
  #read(words: readonly string[]): Reply | undefined {
    const at = words.findIndex((word) => word.toUpperCase() === 'STREAMS')
    const blockAt = words.findIndex((word) => word.toUpperCase() === 'BLOCK')
    const stream = words[at + 1] ?? ''
    const given = words[at + 2] ?? '$'
    const after = given === '$' ? (this.#store.entries(stream).at(-1)?.id ?? '0-0') : given
    const shown = (entries: readonly Entry[]) => this.#pairs([[stream, entries.map(replyOf)]])
    const there = this.#store.after(stream, after)
    if (there.length > 0 || blockAt < 0) return there.length > 0 ? shown(there) : null
    const answer = (entries: readonly Entry[] | null) => {
      clearTimeout(limit)
      this.#store.readers.delete(reader)
      this.#socket.off('close', forget)
      this.#write(entries === null ? null : shown(entries))
    }
    const reader: Reader = { stream, after, answer }
    const forget = () => {
      clearTimeout(limit)
      this.#store.readers.delete(reader)
    }
    const limit = setTimeout(() => answer(null), Number(words[blockAt + 1]))
    this.#store.readers.add(reader)
    this.#socket.once('close', forget)
    return undefined
  }

  /** RESP2 has no maps: there it is an array, of pairs for XREAD's streams and flat for HELLO. */
  #pairs(entries: readonly (readonly [string, Reply])[]): Reply {
    if (this.#isResp3) return new Map(entries)
    const isFlat = entries.length > 1
    return isFlat
      ? entries.flatMap(([key, value]) => [Buffer.from(key), value])
      : entries.map(([key, value]) => [Buffer.from(key), value])
  }

  #write(reply: Reply | symbol): void {
    if (!this.#socket.destroyed) this.#socket.write(this.#encode(reply))
  }

  #encode(reply: Reply | symbol): Buffer {
    if (reply === null) return Buffer.from(this.#isResp3 ? '_\r\n' : '*-1\r\n')
    if (typeof reply === 'symbol') return Buffer.from(`+${reply.description}\r\n`)
    if (typeof reply === 'string') return Buffer.from(`+${reply}\r\n`)
    if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`)
    if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`)
    if (Buffer.isBuffer(reply)) {
      return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')])
    }
    if (reply instanceof Map) {
      const pairs = [...reply].flatMap(([key, value]) => [
        this.#encode(Buffer.from(key)),
        this.#encode(value),
      ])
      return Buffer.concat([Buffer.from(`%${reply.size}\r\n`), ...pairs])
    }
    return isList(reply) ? this.#list('*', reply) : this.#list('>', (reply as Push).push)
  }

  #list(mark: string, parts: readonly Reply[]): Buffer {
    return Buffer.concat([
      Buffer.from(`${mark}${parts.length}\r\n`),
      ...parts.map((part) => this.#encode(part)),
    ])
  }

  /** The next whole command of what has come; a line of words is one too. */
  #next(): Buffer[] | undefined {
    const end = this.#rest.indexOf('\r\n')
    if (end < 0) return undefined
    if (this.#rest[0] !== 0x2a) {
      const words = this.#rest.toString('latin1', 0, end).split(' ')
      this.#rest = this.#rest.subarray(end + 2)
      return words.map((word) => Buffer.from(word))
    }
    const parts: Buffer[] = []
    let at = end + 2
    for (let left = Number(this.#rest.toString('latin1', 1, end)); left > 0; left--) {
      const line = this.#rest.indexOf('\r\n', at)
      if (line < 0) return undefined
      const from = line + 2
      const to = from + Number(this.#rest.toString('latin1', at + 1, line))
      if (this.#rest.length < to + 2) return undefined
      parts.push(this.#rest.subarray(from, to))
      at = to + 2
    }
    this.#rest = this.#rest.subarray(at)
    return parts
  }
}

const isList = (reply: Reply): reply is readonly Reply[] => Array.isArray(reply)
const replyOf = ({ id, fields }: Entry): Reply => [Buffer.from(id), fields]

/** Ids are `milliseconds-sequence`. */
function compare(a: string, b: string): number {
  const [aMs = 0, aSequence = 0] = a.split('-').map(Number)
  const [bMs = 0, bSequence = 0] = b.split('-').map(Number)
  return aMs - bMs || aSequence - bSequence
}

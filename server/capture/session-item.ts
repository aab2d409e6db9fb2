/**
 * What Wirelab tells of a lab beside its packets, as it travels in a capture file: shapes that are checked when they
 * come back, since a file may come from anybody. `docs/files.md` says how they lie in the file.
 *
 * Times are epoch seconds as text with 9 decimals, as everywhere in the API. `back` says which frame an item is of:
 * 0 is the last one before it, 1 the one before that, and so on, those of `unseen` items counted as well; so it stays
 * true when a file is cut, or split into several.
 */
import { createRequire } from 'node:module'
import type { Static, TSchema } from 'typebox'
import type { Compile } from 'typebox/compile'

const MOST_HOSTS = 5000

function schemas({ Type }: typeof import('typebox')) {
  const Text = Type.String({ maxLength: 400 })
  const LongText = Type.String({ maxLength: 4000 })
  const Time = Type.String({ pattern: '^-?\\d{1,10}\\.\\d{9}$' })
  const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
  const Back = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
  const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
  const Amount = Type.Number({ minimum: 0 })
  const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
  const oneOf = <const T extends readonly string[]>(...words: T) =>
    Type.Enum<[...T]>(words as readonly [...T])
  const List = <T extends TSchema>(schema: T, maxItems = 1000) => Type.Array(schema, { maxItems })
  const Shape = Type.Object

  const Endpoint = Shape({ address: Text, port: Port })
  const Transport = oneOf('tcp', 'udp')

  /** Which lab it was, and where one looked from: stands before everything else. */
  const About = Shape({
    kind: Type.Literal('session'),
    /** Of the program. */
    version: Text,
    run: Text,
    startedAt: Time,
    network: oneOf('lab', 'kernel'),
    /** The end of the lab network's cables whose capture this is; null on the kernel's network. */
    at: orNull(oneOf('client', 'server')),
    /** Only packets that a filter let through are here: what is counted by packets can't be. */
    filtered: Type.Boolean(),
  })

  /** The services, and every port that is known to be one's. */
  const Services = Shape({
    kind: Type.Literal('services'),
    services: List(
      Shape({
        name: Text,
        title: Text,
        protocol: Text,
        host: Text,
        port: Port,
        state: oneOf('listening', 'failed'),
        lab: orNull(Endpoint),
        tryIt: LongText,
        note: orNull(LongText),
      }),
      100,
    ),
    ports: List(Shape({ transport: Transport, port: Port, service: Text }), 10_000),
    heartbeat: Shape({ pingInterval: Count, pingTimeout: Count }),
  })

  const Impairments = Shape({
    rate: Amount,
    delay: Amount,
    jitter: Amount,
    loss: Amount,
    burst: Amount,
    duplicate: Amount,
    corrupt: Amount,
    reorder: Amount,
    limit: Amount,
  })

  /** How the lab network stood from then on. */
  const Network = Shape({
    kind: Type.Literal('network'),
    time: Time,
    node: Shape({
      network: Type.Literal('lab'),
      topology: oneOf('switch', 'router'),
      seed: Type.Number(),
      up: Impairments,
      down: Impairments,
      preset: orNull(Text),
      presets: List(
        Shape({
          id: Text,
          name: Text,
          about: LongText,
          up: Impairments,
          down: Impairments,
          cut: Type.Boolean(),
        }),
        100,
      ),
      hosts: List(
        Shape({
          name: Text,
          mac: Text,
          address: Text,
          kind: oneOf('server', 'client', 'router'),
          door: oneOf('direct', 'gateway', 'joined', 'demo', 'exit', 'router'),
          remote: orNull(Text),
          run: Type.Optional(Text),
          connections: orNull(Count),
        }),
        MOST_HOSTS,
      ),
      cables: List(
        Shape({ name: Text, between: Type.Tuple([Text, Text]), cut: Type.Boolean(), inside: Count }),
        MOST_HOSTS,
      ),
      chosen: List(
        Shape({
          id: Count,
          direction: oneOf('up', 'down'),
          match: oneOf('any', 'data', 'ack', 'syn', 'fin', 'last', 'udp'),
          flow: Type.Union([Endpoint, Type.Literal('any'), Type.Null()]),
          ports: orNull(List(Port, 100)),
          nth: Count,
          count: orNull(Count),
          fate: oneOf('lost', 'corrupted', 'duplicated', 'delayed'),
          delay: orNull(Amount),
          met: Count,
          matched: Count,
        }),
      ),
      undo: orNull(Text),
    }),
  })

  /** What a service did. */
  const Event = Shape({
    kind: Type.Literal('event'),
    /** The packet that carried it; left out where it had none, or none was known when this was written. */
    back: Type.Optional(Back),
    event: Shape({
      id: Count,
      time: Time,
      service: Text,
      kind: oneOf('connect', 'disconnect', 'upgrade', 'emit', 'on', 'join', 'leave', 'lag'),
      remoteAddress: orNull(Text),
      remotePort: orNull(Port),
      eioSid: orNull(Text),
      socket: orNull(Text),
      nsp: orNull(Text),
      direction: orNull(oneOf('in', 'out')),
      index: orNull(Count),
      event: orNull(LongText),
      args: orNull(LongText),
      listeners: orNull(Count),
      rooms: orNull(List(Text)),
      except: Type.Optional(List(Text)),
      ack: Type.Optional(Type.Number()),
      cause: Type.Optional(Shape({ eioSid: Text, index: Count })),
      volatile: Type.Optional(Type.Boolean()),
      attachments: Type.Optional(Count),
      reason: orNull(LongText),
    }),
  })

  const Sample = Shape({
    time: Type.Number(),
    because: oneOf('state', 'ack', 'retransmission', 'timeout', 'asked'),
    state: Text,
    sndUna: Type.Number(),
    sndNxt: Type.Number(),
    sndWnd: Type.Number(),
    rcvNxt: Type.Number(),
    rcvWnd: Type.Number(),
    cwnd: Type.Number(),
    ssthresh: orNull(Type.Number()),
    srtt: orNull(Type.Number()),
    rttvar: orNull(Type.Number()),
    rto: Type.Number(),
    inFlight: Type.Number(),
    retransmissions: Count,
    recovery: oneOf('open', 'fast recovery', 'rto recovery'),
  })

  /** What one end of a connection knew of itself, oldest first. */
  const Samples = Shape({
    kind: Type.Literal('samples'),
    local: Endpoint,
    remote: Endpoint,
    /** When the first was told of this connection, epoch milliseconds: tells it from others between the same sockets. */
    from: Type.Number(),
    samples: List(Sample, 4000),
  })

  /** A frame that a capture at this end would not show, and that the lab knows of all the same. */
  const Unseen = Shape({
    kind: Type.Literal('unseen'),
    time: Time,
    length: Count,
    linkType: Type.Integer({ minimum: 0, maximum: 65_535 }),
    base64: Type.String({ maxLength: 400_000 }),
    /** As in a packet's comment. */
    link: LongText,
  })

  /** What became of a frame that was still under way when it was written. */
  const Transit = Shape({ kind: Type.Literal('transit'), back: Back, link: LongText })

  /** A lab run that is handed in: what has to be known to judge its packets again. */
  const Submission = Shape({
    kind: Type.Literal('submission'),
    lab: Text,
    learner: Text,
    network: oneOf('lab', 'kernel'),
    /** Of the lab network's chance; 0 on the kernel's. */
    seed: Type.Integer(),
    startedAt: Time,
    endedAt: Time,
    /** By name, as `RunView`'s. */
    ports: Type.Record(Type.String({ maxLength: 20 }), Port),
    /** Lab addresses of programs that had joined. */
    hosts: List(Text, 100),
    /** Clients of programs that were not the learner's. */
    strangers: List(Endpoint, 1000),
    answers: Type.Record(Type.String({ maxLength: 100 }), Text),
    /** What was said on the wire at the beginning, and by whom. */
    nonce: Shape({ text: Text, client: Endpoint }),
    /** What the lab did to the cable; `packet` counts the file's packets from 1. */
    held: List(
      Shape({ step: Text, packet: orNull(Count), since: Type.Number(), until: orNull(Type.Number()) }),
      1000,
    ),
  })

  return {
    session: About,
    services: Services,
    network: Network,
    event: Event,
    samples: Samples,
    unseen: Unseen,
    transit: Transit,
    submission: Submission,
  } as const
}

type Schemas = ReturnType<typeof schemas>
export type SessionItem = { [K in keyof Schemas]: Static<Schemas[K]> }[keyof Schemas]
export type SessionAbout = Static<Schemas['session']>
export type SessionServices = Static<Schemas['services']>
export type SessionSubmission = Static<Schemas['submission']>
export type SessionNetwork = Static<Schemas['network']>

type Check = ReturnType<typeof Compile<TSchema>>
let checks: ReadonlyMap<string, Check> | undefined

/** Made when the first item comes: in most files there is none, and TypeBox is long. */
function checkOf(kind: string): Check | undefined {
  if (checks === undefined) {
    const load = createRequire(import.meta.url)
    const { Compile: compile } = load('typebox/compile') as typeof import('typebox/compile')
    const all = Object.entries<TSchema>(schemas(load('typebox') as typeof import('typebox')))
    checks = new Map(all.map(([name, schema]) => [name, compile(schema)]))
  }
  return checks.get(kind)
}

/** The item that a parsed JSON text is; else why it is none, in words. */
export function asSessionItem(value: unknown): SessionItem | string {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  const check = typeof kind === 'string' ? checkOf(kind) : undefined
  if (check === undefined) return `an item of kind ${JSON.stringify(kind)?.slice(0, 40)}, which is not known`
  if (check.Check(value)) return value as SessionItem
  const [problem] = check.Errors(value)
  return `an item of kind ${kind}: ${problem?.instancePath.slice(1) || 'it'} ${problem?.message ?? 'is wrong'}`
}

/** Datagrams between two sockets as points for charts: when they came, how large, how evenly. */
import type { DatagramPoints, DatagramTotals } from '../dashboard/api-series.ts'
import {
  type BothSides,
  bothSides,
  fateOf,
  Gathering,
  type ReaderOptions,
  type SeriesPoint,
  SeriesReader,
} from './series-gathering.ts'

const MOST_DATAGRAMS = 4000
const UDP_HEADER = 8
/** RFC 3550 §6.4.1: how much of each new difference is taken in. */
const JITTER_GAIN = 1 / 16

interface Point extends SeriesPoint {
  readonly gap: number | null
  readonly jitter: number | null
}

/** What must be known of a side before its next datagram can be read. */
class Side {
  time = -1
  gap = -1
  /** Seconds on the way, where that is known. */
  transit = Number.NaN
  jitter = 0
  measured = false
  /** Every datagram so far came with its times at both ends. */
  timed = true
}

export class DatagramProgress {
  readonly client: Side
  readonly server: Side

  constructor(client = new Side(), server = new Side()) {
    this.client = client
    this.server = server
  }

  copy(): DatagramProgress {
    return new DatagramProgress(
      Object.assign(new Side(), this.client),
      Object.assign(new Side(), this.server),
    )
  }
}

function gathering(options: ReaderOptions): Gathering<Point, DatagramTotals> {
  return new Gathering(
    options,
    { packets: 0, wire: 0, fresh: 0, again: 0, lost: 0 },
    {
      most: MOST_DATAGRAMS,
      measures: [({ length }) => length, ({ gap }) => gap, ({ jitter }) => jitter],
      isSpecial: ({ fate }) => fate !== null,
    },
  )
}

export class DatagramSeriesReader extends SeriesReader<DatagramProgress, Point, DatagramTotals> {
  constructor(options: ReaderOptions, progress = new DatagramProgress()) {
    super(options, progress, gathering)
  }

  override read(number: number, told: boolean): void {
    const { trace, start } = this.options
    const packet = trace.packet(number)
    if (typeof packet === 'string' || packet.fromClient === null) return
    const layer = packet.layers.find(({ protocol }) => protocol.id === 'udp')
    const said = layer?.fields.find(({ field }) => field.name === 'udp.length')?.value
    if (typeof said !== 'number') return
    const length = Math.max(0, said - UDP_HEADER)
    const { transit } = packet
    const from = packet.fromClient ? 'client' : 'server'
    const side = this.progress[from]
    const time = Number(packet.time - start) / 1e9
    const unseen = transit?.seen === false
    const gap = unseen ? null : this.#measure(side, time, transit)
    if (!told) return
    const gathered = this.gathered[from]
    if (!unseen) gathered.count(time, packet.originalLength, length, 0)
    const jitter = unseen || !side.measured ? null : side.jitter
    gathered.add({ number, time, length, gap, jitter, fate: fateOf(transit), unseen }, transit)
  }

  points(): BothSides<DatagramPoints> {
    const { client, server } = this.gathered
    const { progress } = this
    const sides = { client: columns(client, progress.client), server: columns(server, progress.server) }
    return bothSides(sides, this.gathered)
  }

  /** Takes the datagram's time in; returns the seconds since the one before. */
  #measure(
    side: Side,
    time: number,
    transit: { sentAt: bigint; arrivals: readonly bigint[] } | undefined,
  ): number | null {
    const came = transit?.arrivals[0]
    const onTheWay =
      transit === undefined || came === undefined ? Number.NaN : Number(came - transit.sentAt) / 1e9
    const gap = side.time < 0 ? null : time - side.time
    if (transit === undefined) side.timed = false
    const difference = side.timed
      ? onTheWay - side.transit
      : gap === null || side.gap < 0
        ? Number.NaN
        : gap - side.gap
    if (!Number.isNaN(difference)) {
      side.jitter += (Math.abs(difference) - side.jitter) * JITTER_GAIN
      side.measured = true
    }
    side.time = time
    if (gap !== null) side.gap = gap
    if (!Number.isNaN(onTheWay)) side.transit = onTheWay
    return gap
  }
}

function columns(gathered: Gathering<Point, DatagramTotals>, { timed }: Side): DatagramPoints {
  const { points, shared } = gathered.columns()
  return {
    ...shared,
    gap: points.map(({ gap }) => gap),
    jitter: points.map(({ jitter }) => jitter),
    jitterOf: timed ? 'transit' : 'gaps',
  }
}

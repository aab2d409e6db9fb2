/** A TCP connection as points for charts: read once more from what the first pass kept, in the order of capture. */
import type { SegmentPoints, SegmentTotals } from '../dashboard/api-series.ts'
import type { Segment } from '../protocols/conversation.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts'
import { SeenBytes } from './seen-bytes.ts'
import { SegmentHeaders } from './segment-header.ts'
import { position } from './sequence.ts'
import {
  type BothSides,
  bothSides,
  fateOf,
  Gathering,
  type ReaderOptions,
  type SeriesPoint,
  SeriesReader,
} from './series-gathering.ts'

/** Of each direction; more are thinned out. */
export const MOST_SEGMENTS = 4000
/** A damaged segment's numbers may be anything: further off than any window, they are no part of a picture. */
const ABSURD = 1 << 24

const NONE: readonly string[] = []
const SPECIAL: ReadonlySet<string> = new Set([
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'zero_window',
  'zero_window_probe',
  'window_full',
])

interface Point extends SeriesPoint {
  readonly seq: number
  readonly ack: number | null
  readonly window: number
  readonly flags: number
  readonly rtt: number | null
  readonly names: readonly string[]
  readonly repeated: boolean
  readonly sacks: [number, number][]
}

/** What must be known of a side before its next segment can be read. */
class Side {
  /** Behind the highest number it sent. */
  near = 0
  seen = new SeenBytes()

  copy(): Side {
    const copy = new Side()
    copy.near = this.near
    copy.seen = this.seen.copy()
    return copy
  }
}

/** Both sides' sending, so that reading can go on from a packet that was reached before. */
export class SegmentProgress {
  readonly client: Side
  readonly server: Side

  constructor(client = new Side(), server = new Side()) {
    this.client = client
    this.server = server
  }

  copy(): SegmentProgress {
    return new SegmentProgress(this.client.copy(), this.server.copy())
  }
}

function gathering(options: ReaderOptions): Gathering<Point, SegmentTotals> {
  const totals = {
    packets: 0,
    wire: 0,
    fresh: 0,
    again: 0,
    lost: 0,
    resent: 0,
    retransmissions: 0,
    fast: 0,
    spurious: 0,
    outOfOrder: 0,
    duplicateAcks: 0,
  }
  return new Gathering(options, totals, {
    most: MOST_SEGMENTS,
    measures: [({ seq }) => seq, ({ window }) => window, ({ rtt }) => rtt, ({ ack }) => ack],
    isSpecial: ({ names, fate, flags, repeated }) =>
      fate !== null ||
      repeated ||
      (flags & (SYN | FIN | RST)) !== 0 ||
      names.some((name) => SPECIAL.has(name)),
  })
}

export class SegmentSeriesReader extends SeriesReader<SegmentProgress, Point, SegmentTotals> {
  readonly #headers = new SegmentHeaders()

  constructor(options: ReaderOptions, progress = new SegmentProgress()) {
    super(options, progress, gathering)
  }

  override read(number: number, told: boolean): void {
    const { trace, start } = this.options
    const frame = trace.frame(number)
    const segment = trace.segment(number)
    if (frame === undefined || segment === undefined || !this.#readHeader(frame, number)) return
    const { fromClient } = segment
    const { client, server } = this.progress
    const own = fromClient ? client : server
    const other = fromClient ? server : client
    const { flags, length } = this.#headers
    const { transit } = frame
    const unseen = transit?.seen === false
    const damaged = cameDamaged(frame, transit)
    const seq = position(segment.relativeSeq, 0, own.near)
    if (damaged && Math.abs(seq - own.near) > ABSURD) return
    const begin = seq + (flags & SYN ? 1 : 0)
    const whole = !unseen && !damaged && (flags & RST) === 0
    const fresh = whole ? own.seen.add(begin, begin + length) : 0
    const before = other.near
    if (whole) own.near = Math.max(own.near, begin + length + (flags & FIN ? 1 : 0))
    if (!told) return

    const gathered = this.gathered[fromClient ? 'client' : 'server']
    const names = segment.analysis.length === 0 ? NONE : segment.analysis.map(({ name }) => name)
    const time = Number(frame.time - start) / 1e9
    const repeated = whole && length > 0 && fresh === 0
    count(gathered.totals, names)
    if (repeated || names.includes('retransmission')) gathered.totals.resent++
    if (!unseen) gathered.count(time, frame.originalLength, fresh, damaged ? 0 : length - fresh)
    const acking = (flags & ACK) !== 0
    const point = {
      number,
      time,
      seq,
      length,
      ack: acking ? position(segment.relativeAck, 0, before) : null,
      window: segment.window,
      flags,
      rtt: segment.acks?.rtt ?? null,
      names,
      fate: fateOf(transit),
      unseen,
      repeated,
      sacks: acking ? this.#sacks(segment, before) : [],
    }
    gathered.add(point, transit)
  }

  /** What was told, by side; and how many of how many. */
  points(): BothSides<SegmentPoints> {
    const { client, server } = this.gathered
    return bothSides({ client: columns(client), server: columns(server) }, this.gathered)
  }

  #readHeader(frame: Frame, number: number): boolean {
    return this.#headers.read(frame, number) || this.#headers.dissect(this.options.trace.packet(number))
  }

  /** Counted as `relativeAck` is: from the first number of the side whose bytes they are. */
  #sacks({ relativeAck }: Segment, near: number): [number, number][] {
    const { sackEdges, ack } = this.#headers
    const blocks: [number, number][] = []
    const base = (ack - relativeAck) >>> 0
    for (let i = 0; i + 1 < sackEdges.length; i += 2) {
      blocks.push([position(sackEdges[i] ?? 0, base, near), position(sackEdges[i + 1] ?? 0, base, near)])
    }
    return blocks
  }
}

/** Whether what was captured is what fell over on the way: it is seen as it comes out of the cable. */
function cameDamaged(frame: Frame, transit: Transit | undefined): boolean {
  return transit?.fates.includes('corrupted') === true && frame.time !== transit.sentAt
}

function count(totals: SegmentTotals, names: readonly string[]): void {
  if (names.length === 0) return
  if (names.includes('retransmission')) totals.retransmissions++
  if (names.includes('fast_retransmission')) totals.fast++
  if (names.includes('spurious_retransmission')) totals.spurious++
  if (names.includes('out_of_order')) totals.outOfOrder++
  if (names.includes('duplicate_ack')) totals.duplicateAcks++
}

function columns(gathered: Gathering<Point, SegmentTotals>): SegmentPoints {
  const { points, shared } = gathered.columns()
  return {
    ...shared,
    seq: points.map(({ seq }) => seq),
    ack: points.map(({ ack }) => ack),
    window: points.map(({ window }) => window),
    flags: points.map(({ flags }) => flags),
    rtt: points.map(({ rtt }) => rtt),
    noted: points.flatMap(({ names }, at) => (names.length === 0 ? [] : [{ at, names: [...names] }])),
    repeated: points.flatMap(({ repeated }, at) => (repeated ? [at] : [])),
    sacks: points.flatMap(({ sacks }, at) => (sacks.length === 0 ? [] : [{ at, blocks: sacks }])),
  }
}

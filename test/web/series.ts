/** A conversation's points, made for tests: a few segments with what is said of each. */
import type { SampleNode } from '../../server/dashboard/api-network.ts'
import type { SegmentPoints, SegmentSeries } from '../../server/dashboard/api-series.ts'

export interface Sent {
  number: number
  time: number
  seq?: number
  length?: number
  ack?: number
  window?: number
  flags?: number
  rtt?: number
  names?: string[]
  fate?: string
  sacks?: [number, number][]
  repeated?: true
}

const ACK = 0x10

export function points(sent: readonly Sent[]): SegmentPoints {
  const fresh = sent.reduce((sum, { length = 0, repeated }) => sum + (repeated === true ? 0 : length), 0)
  const again = sent.reduce((sum, { length = 0, repeated }) => sum + (repeated === true ? length : 0), 0)
  const wire = sent.reduce((sum, { length = 0 }) => sum + length + 66, 0)
  const named = (name: string) => sent.filter(({ names = [] }) => names.includes(name)).length
  return {
    number: sent.map(({ number }) => number),
    time: sent.map(({ time }) => time),
    seq: sent.map(({ seq = 1 }) => seq),
    length: sent.map(({ length = 0 }) => length),
    ack: sent.map(({ ack }) => ack ?? null),
    window: sent.map(({ window = 65_535 }) => window),
    flags: sent.map(({ flags = ACK }) => flags),
    rtt: sent.map(({ rtt }) => rtt ?? null),
    fates: sent.flatMap(({ fate }, at) => (fate === undefined ? [] : [{ at, fate }])),
    unseen: [],
    noted: sent.flatMap(({ names }, at) => (names === undefined ? [] : [{ at, names }])),
    repeated: sent.flatMap(({ repeated }, at) => (repeated === true ? [at] : [])),
    sacks: sent.flatMap(({ sacks }, at) => (sacks === undefined ? [] : [{ at, blocks: sacks }])),
    bins: {
      at: sent.map(({ time }) => Math.floor(time * 10 + 1e-9)),
      packets: sent.map(() => 1),
      wire: sent.map(({ length = 0 }) => length + 66),
      fresh: sent.map(({ length = 0, repeated }) => (repeated === true ? 0 : length)),
      again: sent.map(({ length = 0, repeated }) => (repeated === true ? length : 0)),
    },
    totals: {
      packets: sent.length,
      wire,
      fresh,
      again,
      lost: sent.filter(({ fate }) => fate === 'lost').length,
      resent: sent.filter(({ repeated, names = [] }) => repeated === true || names.includes('retransmission'))
        .length,
      retransmissions: named('retransmission'),
      fast: named('fast_retransmission'),
      spurious: named('spurious_retransmission'),
      outOfOrder: named('out_of_order'),
      duplicateAcks: named('duplicate_ack'),
    },
  }
}

export function seriesOf(client: readonly Sent[], server: readonly Sent[]): SegmentSeries {
  const numbers = [...client, ...server].map(({ number }) => number)
  const times = [...client, ...server].map(({ time }) => time)
  return {
    flow: 'tcp.0',
    transport: 'tcp',
    start: '1700000000.000000000',
    last: Math.max(...numbers),
    end: Math.max(...times),
    complete: true,
    thinned: null,
    evicted: false,
    bin: 0.1,
    client: points(client),
    server: points(server),
  }
}

export function sampleAt(seconds: number, rest: Partial<SampleNode>): SampleNode {
  return {
    time: (1_700_000_000 + seconds) * 1000,
    because: 'ack',
    state: 'ESTABLISHED',
    sndUna: 1,
    sndNxt: 1,
    sndWnd: 65_535,
    rcvNxt: 1,
    rcvWnd: 65_535,
    cwnd: 10_000,
    ssthresh: null,
    srtt: 40,
    rttvar: 5,
    rto: 240,
    inFlight: 5000,
    retransmissions: 0,
    recovery: 'open',
    ...rest,
  }
}

/** The parts of a conversation's page, in the order they are read. */

export type FlowPart = 'ladder' | 'bytes' | 'stream' | 'states' | 'charts' | 'inspector'

export interface PartWords {
  readonly id: FlowPart
  readonly title: string
  /** Where there is room for one word only. */
  readonly short: string
  /** What one sees there, in a sentence. */
  readonly about: string
  /** Its tools stand beside its heading. */
  readonly tools?: true
}

export const BYTES: PartWords = {
  id: 'bytes',
  title: 'Byte ruler',
  short: 'Bytes',
  about:
    'TCP is a stream of bytes: what is written, what a segment carries and what is read end at different places.',
  tools: true,
}
export const STREAM: PartWords = {
  id: 'stream',
  title: 'Stream',
  short: 'Stream',
  about: 'What the two ends said to each other, in the order it came.',
}
export const STATES: PartWords = {
  id: 'states',
  title: 'TCP states',
  short: 'States',
  about: 'Each end keeps a state of its own and moves by what it sends and receives (RFC 9293, figure 5).',
  tools: true,
}
export const UDP_CHARTS: PartWords = {
  id: 'charts',
  title: 'Over time',
  short: 'Charts',
  about: 'When its datagrams came, how evenly, and how many bytes a second.',
}
export const CHARTS: PartWords = {
  id: 'charts',
  title: 'Over time',
  short: 'Charts',
  about: 'Sequence numbers, round trips, windows and throughput of this connection.',
}

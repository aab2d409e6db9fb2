/**
 * Both ends' TCP states (RFC 9293 §3.3.2) as the packets of one conversation show them. No packet says its sender's state:
 * they are inferred, and a real TCP may wait a little before it moves on.
 */
import type { Row } from '../../server/dashboard/api.ts'
import type { TcpStateName } from '../../server/dashboard/api-stream.ts'
import { fateShape } from './fate.ts'

export interface StateChange {
  /** The packet at which it came about, and whether by sending it or by getting it. */
  readonly number: number
  readonly end: 'client' | 'server'
  readonly by: 'sent' | 'received'
  readonly state: TcpStateName
}

type End = StateChange['end']

interface EndState {
  /** Undefined until it is known; one whose beginning was not seen is taken to be established. */
  state: TcpStateName | undefined
  /** What the other side acknowledges its FIN with, where the rows tell; undefined before it was sent. */
  finAck: number | undefined
}

/** The changes of one conversation's states, in the order in which they came about; `rows` oldest first. */
export function tcpStates(rows: readonly Row[]): StateChange[] {
  const changes: StateChange[] = []
  const ends: Record<End, EndState> = {
    client: { state: undefined, finAck: undefined },
    server: { state: undefined, finAck: undefined },
  }
  for (const row of rows) {
    if (row.fromClient === null) continue
    const sender: End = row.fromClient ? 'client' : 'server'
    const receiver: End = row.fromClient ? 'server' : 'client'
    const move = (end: End, by: StateChange['by'], state: TcpStateName | undefined) => {
      if (state === undefined || state === ends[end].state) return
      ends[end].state = state
      changes.push({ number: row.number, end, by, state })
    }
    const segment = segmentOf(row)
    for (const end of [sender, receiver]) {
      if (!segment.syn && ends[end].state === undefined) ends[end].state = 'ESTABLISHED'
    }
    if (segment.fin) ends[sender].finAck = segment.fin
    move(sender, 'sent', afterSending(ends[sender].state, segment))
    if (!arrives(row)) continue
    move(receiver, 'received', afterGetting(ends[receiver], segment))
  }
  return changes
}

interface Segment {
  readonly syn: boolean
  readonly ack: boolean
  readonly rst: boolean
  /** The number that acknowledges its FIN; NaN where the row does not tell, undefined without a FIN. */
  readonly fin: number | undefined
  /** What it acknowledges; undefined where the row does not tell. */
  readonly acknowledges: number | undefined
  readonly closes: boolean
}

function segmentOf({ label, info, episode }: Row): Segment {
  const words = label.replace(/^again: /, '')
  const flag = (name: string) => new RegExp(`^(?:\\w+ )*${name}\\b`).test(words)
  const number = (name: string) => {
    const [, digits] = new RegExp(`\\b${name}=(\\d+)`).exec(info) ?? []
    return digits === undefined ? undefined : Number(digits)
  }
  const bare = /^(?:SYN|FIN|RST|ACK)(?: ACK)?$/.test(words)
  const syn = bare && flag('SYN')
  const end = (number('Seq') ?? Number.NaN) + (number('Len') ?? 0) + 1
  return {
    syn,
    ack: !syn || words.endsWith('ACK'),
    rst: bare && flag('RST'),
    fin: bare && flag('FIN') ? end : undefined,
    acknowledges: number('Ack'),
    closes: episode === 'close',
  }
}

function afterSending(state: TcpStateName | undefined, segment: Segment): TcpStateName | undefined {
  if (segment.rst) return 'CLOSED'
  if (segment.syn) return segment.ack ? state : 'SYN-SENT'
  if (segment.fin === undefined) return undefined
  if (state === 'ESTABLISHED' || state === 'SYN-RECEIVED') return 'FIN-WAIT-1'
  return state === 'CLOSE-WAIT' ? 'LAST-ACK' : undefined
}

function afterGetting({ state, finAck }: EndState, segment: Segment): TcpStateName | undefined {
  if (segment.rst) return 'CLOSED'
  if (segment.syn) return segment.ack ? 'ESTABLISHED' : 'SYN-RECEIVED'
  const fin = segment.fin !== undefined
  if (state === 'SYN-RECEIVED' && segment.ack && !fin) return 'ESTABLISHED'
  if (state === 'ESTABLISHED' || state === 'SYN-RECEIVED') return fin ? 'CLOSE-WAIT' : undefined
  const acked = acknowledgesFin(segment, finAck)
  switch (state) {
    case 'FIN-WAIT-1':
      if (fin) return acked ? 'TIME-WAIT' : 'CLOSING'
      return acked ? 'FIN-WAIT-2' : undefined
    case 'FIN-WAIT-2':
      return fin ? 'TIME-WAIT' : undefined
    case 'CLOSING':
      return acked ? 'TIME-WAIT' : undefined
    case 'LAST-ACK':
      return acked ? 'CLOSED' : undefined
    default:
      return undefined
  }
}

/** By its number where both are told, else by being part of the close. */
function acknowledgesFin({ acknowledges, closes }: Segment, finAck: number | undefined): boolean {
  if (finAck === undefined) return false
  if (acknowledges === undefined || Number.isNaN(finAck)) return closes
  return acknowledges >= finAck
}

function arrives(row: Row): boolean {
  return fateShape(row) !== 'lost' && row.transit?.delay !== null
}

/** What belongs together on the ladder: the handshake, the upgrade, a heartbeat, the close. */
import type { Episode, Row } from '../../server/dashboard/api.ts'
import { between, formatInterval, plural } from '../lib/format.ts'

export type EpisodeKind = Exclude<Episode, 'data'>

export interface EpisodeGroup {
  /** The same as long as the group begins with the same packet. */
  readonly key: string
  readonly kind: EpisodeKind
  readonly flow: string
  readonly rows: readonly Row[]
  /** Heartbeats in it; more than one only where earlier ones are folded together. */
  readonly beats: number
  /** Whether it is folded until the reader opens it. */
  readonly foldedAtFirst: boolean
}

/** An acknowledgement later than this is about something else. */
const ACK_BELONGS_S = 0.25

/** A segment that only acknowledges: drawn quietly, and part of the episode that it follows. */
export function isBareAck(row: Row): boolean {
  return row.protocol === 'TCP' && row.label === 'ACK'
}

/** Engine.IO's ping, WebSocket's, or TCP's keep-alive: whatever in a heartbeat is no answer. */
function isPing(row: Row): boolean {
  return row.episode === 'heartbeat' && !/\b(pong|ACK)\b/.test(row.label)
}

/** What kind of heartbeat a ping belongs to: three layers may each have one of their own. */
type BeatKind = 'TCP keep-alive' | 'WebSocket ping' | 'heartbeat'

function beatKind({ protocol, label }: Row): BeatKind {
  if (protocol === 'TCP' || label.startsWith('TCP ')) return 'TCP keep-alive'
  return protocol === 'WebSocket' ? 'WebSocket ping' : 'heartbeat'
}

interface Run {
  kind: EpisodeKind
  flow: string
  rows: Row[]
}

/**
 * Groups rows, oldest first, by flow and episode; each group is one run within its flow. Of several heartbeats
 * in a row the last stands alone, the earlier ones are one group. A single packet is no group, but for a ping.
 */
export function groupEpisodes(rows: readonly Row[]): EpisodeGroup[] {
  const runs: Run[] = []
  const current = new Map<string, Run>()
  for (const row of rows) {
    if (row.flow === null) continue
    const open = current.get(row.flow)
    if (open !== undefined && belongs(row, open)) {
      open.rows.push(row)
      // What began as a handshake turns out to be refused.
      if (row.episode === 'refusal') open.kind = 'refusal'
    } else if (row.episode === null || row.episode === 'data') {
      current.delete(row.flow)
    } else {
      const run: Run = { kind: row.episode, flow: row.flow, rows: [row] }
      runs.push(run)
      current.set(row.flow, run)
    }
  }
  return joinAcross(runs)
    .flatMap((run) => (run.kind === 'heartbeat' ? splitBeats(run) : [group(run, run.rows, 0)]))
    .filter((made) => made.rows.length > 1 || made.kind === 'heartbeat')
}

/**
 * Some episodes take two connections of one session: the upgrade, a poll that ends and a websocket that begins, and
 * over polling the heartbeat, a ping in an answer and a pong in the next request.
 */
function joinAcross(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  for (const run of runs) {
    const around = out.findLast((other) => other.kind === run.kind && other.flow !== run.flow)
    if (around === undefined || !goOnElsewhere(around, run)) out.push(run)
    else around.rows = [...around.rows, ...run.rows].sort((a, b) => a.number - b.number)
  }
  return out
}

function goOnElsewhere(earlier: Run, later: Run): boolean {
  const first = later.rows[0]
  if (first === undefined) return false
  if (later.kind === 'upgrade') return first.number < (earlier.rows.at(-1)?.number ?? 0)
  return later.kind === 'heartbeat' && !isPing(first)
}

function belongs(row: Row, open: Run): boolean {
  const [first, last] = [open.rows[0], open.rows.at(-1)]
  if (first === undefined || last === undefined) return false
  const opensTcp = open.kind === 'handshake' && first.protocol === 'TCP'
  // TCP's handshake and that of the session after it are two.
  if (row.episode === open.kind) {
    // Of heartbeats each layer's are an episode of their own; an ACK belongs to whatever it acknowledges.
    if (open.kind === 'heartbeat' && !isBareAck(row)) return beatKind(row) === beatKind(first)
    return !opensTcp || row.protocol === 'TCP'
  }
  if (row.episode === 'refusal' && opensTcp) return true
  // The segments that acknowledge a message belong to it; those after TCP's handshake are about what follows.
  return !opensTcp && isBareAck(row) && between(last.time, row.time) < ACK_BELONGS_S
}

function splitBeats(run: Run): EpisodeGroup[] {
  const starts = run.rows.flatMap((row, at) => (isPing(row) ? [at] : []))
  const last = starts.at(-1)
  if (last === undefined || last === 0) return [group(run, run.rows, starts.length)]
  return [group(run, run.rows.slice(0, last), starts.length - 1), group(run, run.rows.slice(last), 1)]
}

function group(run: { kind: EpisodeKind; flow: string }, rows: readonly Row[], beats: number): EpisodeGroup {
  const key = `${run.flow}/${run.kind}/${rows[0]?.number ?? 0}`
  return { key, kind: run.kind, flow: run.flow, rows, beats, foldedAtFirst: beats > 1 }
}

function awaited(kind: BeatKind): string {
  return kind === 'TCP keep-alive' ? 'awaiting the ACK' : 'awaiting the pong'
}

/** The group's name and what was measured of it: `handshake`, `1 RTT, 210 µs`. */
export function episodeWords(group: EpisodeGroup): { title: string; detail: string } {
  const { rows, kind, beats } = group
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return { title: kind, detail: '' }
  const took = between(first.time, last.time)
  const packets = plural(rows.length, 'packet')
  switch (kind) {
    case 'handshake': {
      const complete = rows.length >= 3 && first.fromClient === true && last.fromClient === true
      if (first.protocol !== 'TCP') return { title: 'session', detail: formatInterval(took) }
      return { title: 'handshake', detail: complete ? `1 RTT, ${formatInterval(took)}` : packets }
    }
    case 'upgrade':
      return { title: 'upgrade', detail: rows.length > 1 ? formatInterval(took) : packets }
    case 'heartbeat': {
      const kind = beatKind(first)
      if (beats > 1)
        return { title: plural(beats, `earlier ${kind}`), detail: `over ${formatInterval(took)}` }
      const answer = rows.find((row) => row.fromClient !== first.fromClient && !isBareAck(row))
      return {
        title: kind,
        detail: answer ? `RTT ${formatInterval(between(first.time, answer.time))}` : awaited(kind),
      }
    }
    case 'close':
      return { title: 'close', detail: packets }
    case 'refusal':
      return { title: 'refused', detail: packets }
  }
}

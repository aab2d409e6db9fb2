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

function isPing(row: Row): boolean {
  return /^ping\b/i.test(row.label) && !/probe/.test(row.label)
}

/**
 * Groups rows, oldest first, by flow and episode; each group is one run within its flow. Of several heartbeats
 * in a row the last stands alone, the earlier ones are one group.
 */
export function groupEpisodes(rows: readonly Row[]): EpisodeGroup[] {
  const runs: { kind: EpisodeKind; flow: string; rows: Row[] }[] = []
  const current = new Map<string, (typeof runs)[number]>()
  for (const row of rows) {
    if (row.flow === null) continue
    const open = current.get(row.flow)
    if (open !== undefined && belongs(row, open)) {
      open.rows.push(row)
    } else if (row.episode === null || row.episode === 'data') {
      current.delete(row.flow)
    } else {
      const run = { kind: row.episode, flow: row.flow, rows: [row] }
      runs.push(run)
      current.set(row.flow, run)
    }
  }
  return joinUpgrades(runs).flatMap((run) =>
    run.kind === 'heartbeat' ? splitBeats(run) : [group(run, run.rows, 0)],
  )
}

/** An upgrade takes two connections of one session, the poll that ends and the websocket that begins: one episode. */
function joinUpgrades<T extends { kind: EpisodeKind; rows: Row[] }>(runs: readonly T[]): T[] {
  const out: T[] = []
  for (const run of runs) {
    const around = out.find(
      (other) => run.kind === 'upgrade' && other.kind === 'upgrade' && overlap(other.rows, run.rows),
    )
    if (around === undefined) out.push(run)
    else around.rows = [...around.rows, ...run.rows].sort((a, b) => a.number - b.number)
  }
  return out
}

function overlap(earlier: readonly Row[], later: readonly Row[]): boolean {
  return (later[0]?.number ?? 0) < (earlier.at(-1)?.number ?? 0)
}

function belongs(row: Row, open: { kind: EpisodeKind; rows: readonly Row[] }): boolean {
  if (row.episode === open.kind) return true
  const last = open.rows.at(-1)
  const follows = open.kind === 'heartbeat' || open.kind === 'upgrade'
  return follows && last !== undefined && isBareAck(row) && between(last.time, row.time) < ACK_BELONGS_S
}

function splitBeats(run: { kind: EpisodeKind; flow: string; rows: readonly Row[] }): EpisodeGroup[] {
  const starts = run.rows.flatMap((row, at) => (isPing(row) ? [at] : []))
  const last = starts.at(-1)
  if (last === undefined || last === 0) return [group(run, run.rows, starts.length)]
  return [group(run, run.rows.slice(0, last), starts.length - 1), group(run, run.rows.slice(last), 1)]
}

function group(run: { kind: EpisodeKind; flow: string }, rows: readonly Row[], beats: number): EpisodeGroup {
  const key = `${run.flow}/${run.kind}/${rows[0]?.number ?? 0}`
  return { key, kind: run.kind, flow: run.flow, rows, beats, foldedAtFirst: beats > 1 }
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
      return { title: 'handshake', detail: complete ? `1 RTT, ${formatInterval(took)}` : packets }
    }
    case 'upgrade':
      return { title: 'upgrade', detail: rows.length > 1 ? formatInterval(took) : packets }
    case 'heartbeat': {
      if (beats > 1)
        return { title: `${plural(beats, 'earlier heartbeat')}`, detail: `over ${formatInterval(took)}` }
      const answer = rows.find((row) => row.fromClient !== first.fromClient)
      return {
        title: 'heartbeat',
        detail: answer ? `RTT ${formatInterval(between(first.time, answer.time))}` : 'awaiting the pong',
      }
    }
    case 'close':
      return { title: 'close', detail: packets }
    case 'refusal':
      return { title: 'refused', detail: packets }
  }
}

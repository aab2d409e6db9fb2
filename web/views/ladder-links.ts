/** What ties the ladder's marks together: a repetition to its original, and the states that the packets lead each end to. */

import type { Row } from '../../server/dashboard/api.ts'
import type { TcpStateName } from '../../server/dashboard/api-stream.ts'
import { tcpStates } from '../lib/tcp-states.ts'
import { inner, type Plan, TIME_END } from './ladder-lanes.ts'
import { HEIGHT, type LadderMark, type PacketMark, wordsWidth } from './ladder-marks.ts'

export interface LadderLink {
  readonly key: string
  readonly x: number
  readonly y1: number
  readonly y2: number
  /** To which side of the lane it bulges: towards the other. */
  readonly towards: 'left' | 'right'
}

export interface LadderState {
  readonly key: string
  readonly end: 'client' | 'server'
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'end'
  readonly state: TcpStateName
}

/** Longer than this, px, one can't follow it any more. */
const LONGEST_LINK = 6000

export function placeLinks(marks: readonly LadderMark[]): LadderLink[] {
  const packets = new Map(
    marks.flatMap((mark) => (mark.kind === 'packet' ? [[mark.number, mark] as const] : [])),
  )
  return [...packets.values()].flatMap((mark) => {
    const original = mark.original === null ? undefined : packets.get(mark.original)
    if (original === undefined) return []
    const [y1, y2] = [original.top + original.y1, mark.top + mark.y1]
    if (y2 - y1 > LONGEST_LINK) return []
    return [{ key: `${original.number}/${mark.number}`, x: mark.x1, y1, y2, towards: mark.towards }]
  })
}

/** From a lane's words to it, and from a lane to words right of the brackets, px. */
const UNDER = 17
const OVER = 9
const BESIDE = 16
/** Between the baselines of a time and of a state that do not touch, px. */
const TIME_LINE = 11

/** Words for one conversation's two ends; with several on the ladder nobody could tell whose they are. */
export function placeStates(rows: readonly Row[], plan: Plan, marks: readonly LadderMark[]): LadderState[] {
  const [flow, ...others] = plan.byFlow.values()
  if (flow === undefined || others.length > 0 || flow.transport !== 'tcp') return []
  const packets = new Map(
    marks.flatMap((mark) => (mark.kind === 'packet' ? [[mark.number, mark] as const] : [])),
  )
  const outer = Math.max(...plan.lanes.map((lane) => lane.x))
  const { right } = inner(plan.lanes)
  const times = marks.flatMap((mark) =>
    mark.kind === 'packet' ? [mark.top + mark.y1 + 4] : mark.kind === 'event' ? [mark.top + mark.y + 4] : [],
  )
  return tcpStates(rows).flatMap(({ number, end, by, state }): LadderState[] => {
    const mark = packets.get(number)
    if (mark === undefined) return []
    const at = { key: `${number}/${end}`, end, state }
    const y = mark.top + (by === 'sent' ? mark.y1 : mark.y2)
    if (end === 'client') {
      // Under its own time, or over it where the next one follows closely.
      const free = [y + underTime(mark, by), y - OVER].find((line) =>
        times.every((time) => Math.abs(time - line) >= TIME_LINE),
      )
      return free === undefined ? [] : [{ ...at, x: TIME_END - 4, y: free, anchor: 'end' }]
    }
    if (plan.wide) return [{ ...at, x: outer + BESIDE, y: y + 4, anchor: 'start' }]
    // Without a margin only the end of an arrow has room.
    const below = { ...at, x: right - 8, y: y + 13, anchor: 'end' as const }
    const from = below.x - state.length * LETTER
    return by === 'sent' || marks.some((other) => isNear(other, other === mark, from, below.y)) ? [] : [below]
  })
}

/** Above and below a state's baseline, px: what is nearer touches its word. */
const ABOVE = 12
const BELOW = 6
/** Advance of a state's letters, px. */
const LETTER = 6.6

/** Something of the mark stands where a state's word would, right of `from`. Its own arrow is what it stands under. */
function isNear(mark: LadderMark, own: boolean, from: number, baseline: number): boolean {
  const touches = (upper: number, lower: number) =>
    mark.top + lower > baseline - ABOVE && mark.top + upper < baseline + BELOW
  if (mark.kind === 'event') return touches(mark.y - 8, mark.y + 8)
  if (mark.kind !== 'packet') return false
  const last = mark.saysY + HEIGHT.line * (mark.says.length - 1)
  const words = touches(mark.labelY - 12, Math.max(mark.labelY, last))
  if (mark.towards === 'left') return words || touches(mark.y1 - 2, mark.y1 + 2)
  const { label, says } = wordsWidth(mark)
  return (words && mark.textX + Math.max(label, says) > from) || (!own && touches(mark.y2 - 4, mark.y2))
}

/** The time stands at the arrow's beginning: a state that is reached there goes under it. */
function underTime({ y1, y2 }: PacketMark, by: 'sent' | 'received'): number {
  if (by === 'sent') return UNDER
  return y2 - y1 > UNDER ? 3 : UNDER - (y2 - y1)
}

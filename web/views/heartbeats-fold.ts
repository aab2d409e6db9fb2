/** Which lines of the heartbeat strip are in sight, and how many are folded away. */
import type { Subject } from './heartbeats-subjects.ts'
import { standingOf } from './heartbeats-words.ts'

/** So many live lines stand in the strip; the others fold. */
const MOST_LINES = 3
/** Of those unfolded no more are drawn. */
const MOST_UNFOLDED = 20
const JUST_S = 60

export interface Folded {
  readonly shown: readonly Subject[]
  /** Folded away: still asking, and over. */
  readonly live: number
  readonly closed: number
}

/** `subjects` come with the newest first and the closed last; `now` is epoch seconds. In the strip every kind has a line before any has two. */
export function linesShown(
  subjects: readonly Subject[],
  whole: boolean,
  unfolded: boolean,
  now: number,
): Folded {
  const open = subjects.filter((subject) => subject.closed === null)
  const closed = subjects.filter((subject) => subject.closed !== null)
  const lines = whole || unfolded ? open.slice(0, MOST_UNFOLDED) : fewOf(open)
  // A page without a line would say nothing.
  const all = unfolded || (whole && open.length === 0)
  const over = all ? closed : closed.filter((subject) => hasJustTimedOut(subject, now)).slice(0, 1)
  const shown = [...lines, ...over].slice(0, MOST_UNFOLDED)
  const hidden = closed.length - (all ? 0 : over.length)
  return { shown, live: open.length - lines.length, closed: hidden }
}

/** How it ended is what there is to see: for a minute the latest stays in sight. */
function hasJustTimedOut(subject: Subject, now: number): boolean {
  if (now - Number(subject.closed?.time) > JUST_S) return false
  return standingOf(subject, now).state === 'timed-out'
}

function fewOf(open: readonly Subject[]): Subject[] {
  const firsts = open.filter((subject, i) => open.findIndex(({ kind }) => kind === subject.kind) === i)
  const chosen = new Set(firsts)
  for (const subject of open) {
    if (chosen.size >= MOST_LINES) break
    chosen.add(subject)
  }
  return open.filter((subject) => chosen.has(subject))
}

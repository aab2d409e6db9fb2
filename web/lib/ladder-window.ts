/**
 * The arithmetic of a ladder of which only a window is here: packets before and after it have a height on the scroll
 * bar, guessed, until they are fetched and laid out.
 */
import { TALLEST } from './virtual-list.ts'

/** What the ladder lacks: rows next to its window, those around the packet at a place among all, or the newest. */
export type LadderNeed =
  | { readonly kind: 'newest' }
  | { readonly kind: 'earlier' | 'later'; readonly most: number }
  | { readonly kind: 'at'; readonly index: number }

export interface LadderShape {
  /** Packets before and after the window. */
  readonly above: number
  readonly below: number
  /** Rows in the window, and how tall they turned out. */
  readonly rows: number
  readonly height: number
  /** Height of the view onto it. */
  readonly viewport: number
}

/** Height of a packet that was not laid out, px. */
const MEAN = 44
/** Rows kept in the window, and how many more than that where they fold to little. */
export const LEAST_KEPT = 400
const MOST_KEPT = 3000
/** Rows nearer to the edge of the window than so many views are fetched. */
const AHEAD_VIEWS = 2
const LEAST_AHEAD = 1200

/** Height above the window, below it, and of all. */
export function ladderSpan(shape: LadderShape): { above: number; below: number; all: number } {
  const unseen = shape.above + shape.below
  const mean = Math.min(MEAN, TALLEST / Math.max(1, unseen))
  const [above, below] = [Math.round(shape.above * mean), Math.round(shape.below * mean)]
  return { above, below, all: above + Math.max(shape.height, shape.viewport) + below }
}

/** What to ask for with the view at `top`, px from the top of all; undefined while it has what it shows. */
export function ladderNeed(shape: LadderShape, top: number): LadderNeed | undefined {
  const span = ladderSpan(shape)
  const end = span.above + shape.height
  const { viewport } = shape
  if (top + viewport < span.above) {
    return { kind: 'at', index: Math.floor((top / Math.max(1, span.above)) * shape.above) }
  }
  if (top > end && shape.below > 0) {
    const share = (top - end) / Math.max(1, span.below)
    return { kind: 'at', index: shape.above + shape.rows + Math.floor(Math.min(1, share) * shape.below) }
  }
  const ahead = Math.max(LEAST_AHEAD, AHEAD_VIEWS * viewport)
  // Where a hundred packets fold to a line, more of them are needed to fill the view.
  const needed = Math.ceil((shape.rows / Math.max(1, shape.height)) * (3 * ahead + viewport))
  const most = Math.min(MOST_KEPT, Math.max(LEAST_KEPT, needed))
  const [over, under] = [top - span.above, end - top - viewport]
  // What is fetched on one side must not take away what the other needs.
  const room = shape.rows < most
  if (shape.above > 0 && over < ahead && (room || under >= ahead)) return { kind: 'earlier', most }
  if (shape.below > 0 && under < ahead && (room || over >= ahead)) return { kind: 'later', most }
  return undefined
}

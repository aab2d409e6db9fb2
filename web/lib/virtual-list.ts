/**
 * The arithmetic of a list of which only the rows in sight exist. Positions are pixels from the top of all rows;
 * a browser can't make an element of a hundred million pixels, so beyond a limit the scroll bar counts in a
 * larger unit than the rows: `scale` pixels of rows for each pixel that the bar knows.
 */

/** Firefox stops at 17.8 million pixels, Chrome at 33.5. */
export const TALLEST = 15_000_000

export interface ListShape {
  /** How many rows there are in all. */
  total: number
  rowHeight: number
  /** Height of the window onto them. */
  viewport: number
}

export interface ListWindow {
  /** Height of the element that makes the scroll bar. */
  height: number
  /** Rows to draw: from `first`, `count` of them. */
  first: number
  count: number
  /** Where row `first` stands, in pixels below the top of the window; negative when it is partly above. */
  offset: number
}

/** Rows drawn beyond each edge, so that a short scroll shows no gap. */
const OVERSCAN = 4

function reach(shape: ListShape): { rows: number; bar: number } {
  const all = shape.total * shape.rowHeight
  const height = Math.min(all, TALLEST)
  return { rows: Math.max(0, all - shape.viewport), bar: Math.max(0, height - shape.viewport) }
}

/** The position of the rows for a position of the scroll bar. */
export function fromBar(shape: ListShape, scrollTop: number): number {
  const { rows, bar } = reach(shape)
  if (bar === 0) return 0
  return Math.min(rows, Math.max(0, (scrollTop / bar) * rows))
}

/** The position of the scroll bar for a position of the rows. */
export function toBar(shape: ListShape, top: number): number {
  const { rows, bar } = reach(shape)
  if (rows === 0) return 0
  return (Math.min(rows, Math.max(0, top)) / rows) * bar
}

/** What to draw with the rows' window at `top`. */
export function listWindow(shape: ListShape, top: number): ListWindow {
  const { rows } = reach(shape)
  const at = Math.min(rows, Math.max(0, top))
  const inSight = Math.floor(at / shape.rowHeight)
  const first = Math.max(0, inSight - OVERSCAN)
  const end = Math.min(shape.total, Math.ceil((at + shape.viewport) / shape.rowHeight) + OVERSCAN)
  return {
    height: Math.min(shape.total * shape.rowHeight, TALLEST),
    first,
    count: Math.max(0, end - first),
    offset: first * shape.rowHeight - at,
  }
}

/** The position at which the last row stands at the bottom. */
export function tail(shape: ListShape): number {
  return reach(shape).rows
}

/** Whether the tail is in sight, give or take half a row. */
export function atTail(shape: ListShape, top: number): boolean {
  return top >= tail(shape) - shape.rowHeight / 2
}

/** The nearest position from `top` at which row `index` is wholly in sight. */
export function reveal(shape: ListShape, top: number, index: number): number {
  const start = index * shape.rowHeight
  const end = start + shape.rowHeight
  if (start < top) return start
  if (end > top + shape.viewport) return Math.min(tail(shape), end - shape.viewport)
  return top
}

/** A row far out of sight comes to the upper third, with what follows it below. */
export function revealFromAfar(shape: ListShape, top: number, index: number): number {
  const next = reveal(shape, top, index)
  if (Math.abs(next - top) <= 2 * shape.rowHeight) return next
  return Math.min(tail(shape), Math.max(0, index * shape.rowHeight - shape.viewport / 3))
}

/**
 * Where a list that stood at `top` stands when its rows or its window have another height than `before`: the same row is on
 * top, and row `chosen` in sight if it was.
 */
export function reshaped(
  shape: ListShape,
  before: Pick<ListShape, 'rowHeight' | 'viewport'>,
  top: number,
  chosen?: number | null,
): number {
  const { rowHeight, viewport } = before
  if (rowHeight === shape.rowHeight && viewport === shape.viewport) return top
  const scaled = Math.min(tail(shape), (top / rowHeight) * shape.rowHeight)
  const was = chosen != null && (chosen + 1) * rowHeight > top && chosen * rowHeight < top + viewport
  return was ? reveal(shape, scaled, chosen) : scaled
}

/** Rows that a page key moves by: what is in sight, less one to read on from. */
export function pageRows(shape: ListShape): number {
  return Math.max(1, Math.floor(shape.viewport / shape.rowHeight) - 1)
}

/** Where one begins who is on no row: at the newest while that is followed, else at the first that is wholly in sight. */
export function startAt(shape: ListShape, top: number, following: boolean): number {
  const last = shape.total - 1
  return following ? last : Math.min(last, Math.ceil(top / shape.rowHeight))
}

/** Keys that move along a list; anything else is `undefined`. Arrows go to row `start` from nowhere, which is -1. */
export function moveAlong(key: string, at: number, shape: ListShape, start?: number): number | undefined {
  const last = shape.total - 1
  if (last < 0) return undefined
  const clamp = (index: number) => Math.min(last, Math.max(0, index))
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return clamp(at < 0 ? (start ?? 0) : at + 1)
    case 'ArrowUp':
    case 'k':
      return clamp(at < 0 ? (start ?? last) : at - 1)
    case 'PageDown':
      return clamp(at + pageRows(shape))
    case 'PageUp':
      return clamp(at < 0 ? last - pageRows(shape) : at - pageRows(shape))
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

/**
 * Which rows to ask the server for: the window and as much again on either side, in steps of 50, so that a scroll
 * asks seldom and the same place always asks the same.
 */
export function requestFor(
  window: { first: number; count: number },
  limit = 500,
): { index: number; limit: number } {
  const margin = Math.max(50, window.count)
  const index = Math.max(0, Math.floor((window.first - margin) / 50) * 50)
  return {
    index,
    limit: Math.min(limit, Math.ceil((window.first + window.count + margin - index) / 50) * 50),
  }
}

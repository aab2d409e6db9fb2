/** Where something small stands beside what opened it: under it, above it where there is more room, never outside the window. */

export interface Rect {
  left: number
  top: number
  right: number
  bottom: number
}

/** All in CSS pixels of the window. */
export interface Placed {
  left: number
  top: number
  /** What there is room for; more than that scrolls. */
  maxHeight: number
}

const GAP = 4
/** Nothing touches the window's edge. */
const EDGE = 8

/** `align` says which edges meet, so that a menu at the right of a bar opens to the left. */
export function placeBeside(
  anchor: Rect,
  size: { width: number; height: number },
  view: { width: number; height: number },
  align: 'start' | 'end' = 'start',
): Placed {
  const wanted = align === 'start' ? anchor.left : anchor.right - size.width
  const left = Math.max(EDGE, Math.min(wanted, view.width - EDGE - size.width))
  const below = view.height - EDGE - (anchor.bottom + GAP)
  const above = anchor.top - GAP - EDGE
  if (size.height <= below || below >= above) {
    return { left, top: anchor.bottom + GAP, maxHeight: Math.max(0, below) }
  }
  return { left, top: Math.max(EDGE, anchor.top - GAP - size.height), maxHeight: Math.max(0, above) }
}

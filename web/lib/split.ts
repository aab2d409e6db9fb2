/** Sizes of the panes: what a drag or a key makes of them, and how they are remembered. */

export interface Sizes {
  /** Pixels: width of the left and right columns, height of the bottom row and of the map. */
  left: number
  right: number
  bottom: number
  map: number
  /** Parts of the inspector's height, in percent from its top: end of the envelopes, end of the fields. */
  stack: number
  fields: number
}

export type Split = keyof Sizes

export const LIMITS: Readonly<Record<Split, { min: number; max: number; start: number; step: number }>> = {
  left: { min: 160, max: 560, start: 280, step: 16 },
  right: { min: 280, max: 900, start: 500, step: 16 },
  bottom: { min: 96, max: 800, start: 256, step: 24 },
  map: { min: 120, max: 800, start: 340, step: 24 },
  stack: { min: 15, max: 70, start: 50, step: 4 },
  fields: { min: 30, max: 90, start: 80, step: 4 },
}

export const START: Sizes = {
  left: LIMITS.left.start,
  right: LIMITS.right.start,
  bottom: LIMITS.bottom.start,
  map: LIMITS.map.start,
  stack: LIMITS.stack.start,
  fields: LIMITS.fields.start,
}

export function clampSize(split: Split, size: number): number {
  const { min, max } = LIMITS[split]
  return Math.round(Math.min(max, Math.max(min, size)))
}

/** The size after a key on the divider; `grow` says which arrow makes it larger. Undefined: not a key of ours. */
export function sizeAfterKey(split: Split, size: number, key: string, grow: string): number | undefined {
  const { step, min, max } = LIMITS[split]
  const shrink = {
    ArrowLeft: 'ArrowRight',
    ArrowRight: 'ArrowLeft',
    ArrowUp: 'ArrowDown',
    ArrowDown: 'ArrowUp',
  }
  if (key === grow) return clampSize(split, size + step)
  if (key === shrink[grow as keyof typeof shrink]) return clampSize(split, size - step)
  if (key === 'Home') return min
  if (key === 'End') return max
  return undefined
}

/** What was remembered, as far as it makes sense today. */
export function readSizes(text: string | null): Sizes {
  const sizes = { ...START }
  if (text === null) return sizes
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found !== 'object' || found === null) return sizes
    for (const split of Object.keys(START) as Split[]) {
      const size: unknown = (found as Record<string, unknown>)[split]
      if (typeof size === 'number' && Number.isFinite(size)) sizes[split] = clampSize(split, size)
    }
  } catch {
    // Not ours, or cut: the start sizes serve.
  }
  return sizes
}

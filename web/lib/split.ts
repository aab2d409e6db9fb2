/** Sizes of the panes: what a drag or a key makes of them, and how they are remembered. */

export interface Sizes {
  /** Pixels: width of the left and right columns, height of the bottom row and of the map. */
  left: number
  right: number
  bottom: number
  map: number
  /** Width of the ladder beside a conversation's pictures. */
  flow: number
  /** Parts of the inspector's height, in percent from its top: end of the envelopes, end of the fields. */
  stack: number
  fields: number
}

export type Split = keyof Sizes

export const LIMITS: Readonly<Record<Split, { min: number; max: number; step: number }>> = {
  left: { min: 160, max: 560, step: 16 },
  right: { min: 280, max: 900, step: 16 },
  bottom: { min: 96, max: 800, step: 24 },
  map: { min: 120, max: 800, step: 24 },
  flow: { min: 240, max: 800, step: 16 },
  stack: { min: 15, max: 70, step: 4 },
  fields: { min: 30, max: 90, step: 4 },
}

/** What the panes begin with in a window so large, px: the ladder has about half of its height. */
export function startSizes(width: number, height: number): Sizes {
  const within = (least: number, size: number, most: number) =>
    Math.round(Math.min(most, Math.max(least, size)))
  return {
    left: within(248, width * 0.195, 320),
    // From 1440 on sixteen bytes stand on a line of the inspector.
    right: within(320, 372 + (width - 1280) * 0.75, 560),
    bottom: within(144, height * 0.24, 320),
    map: within(260, height * 0.33, 400),
    flow: within(320, width * 0.264, 460),
    stack: 50,
    fields: 80,
  }
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

/** What was remembered, as far as it makes sense today; `start` for the rest. */
export function readSizes(text: string | null, start: Sizes): Sizes {
  const sizes = { ...start }
  if (text === null) return sizes
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found !== 'object' || found === null) return sizes
    for (const split of Object.keys(start) as Split[]) {
      const size: unknown = (found as Record<string, unknown>)[split]
      if (typeof size === 'number' && Number.isFinite(size)) sizes[split] = clampSize(split, size)
    }
  } catch {
    // Not ours, or cut: the start sizes serve.
  }
  return sizes
}

/** The map's marks: what a host, a cable and a program outside are to the picture, and the way among them by key. */
import type { HostNode } from '../../server/dashboard/api-network.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface MapHost extends Point {
  readonly key: string
  readonly shape: 'client' | 'server' | 'router' | 'switch' | 'more'
  readonly door: HostNode['door'] | null
  /** Empty where it stands for several. */
  readonly address: string
  /** Beside it, one under the other. */
  readonly words: readonly string[]
  /** Characters that fit beside it. */
  readonly room: number
  /** Accessible name, and what Enter does. */
  readonly name: string
}

/** A cable's way from the end nearer to the clients to the one nearer to the server: `up` goes along it. */
export interface MapCable {
  readonly key: string
  readonly points: readonly Point[]
  readonly cut: boolean
  /** Its settings can be changed; a plain one does nothing to frames. */
  readonly impaired: boolean
  /** From its middle to where frames of one direction go: px. */
  readonly lane: number
  /** Address of the host that it leads to where it is a client's, to light it up when that speaks. */
  readonly of: string
  readonly words: readonly string[]
  /** Where the words end or begin. */
  readonly wordsAt: Point & { readonly anchor: 'start' | 'end' }
  readonly name: string
}

/** What stands for a host in the world outside: its socket ends at the gateway, the lab's begins there. */
export interface MapOutside {
  readonly key: string
  readonly x: number
  /** From the program to the host. */
  readonly y1: number
  readonly y2: number
  readonly gatewayY: number
  readonly words: string
  readonly wordsY: number
  /** Beside the bar: as much as there is room for. */
  readonly gatewayWords: string
  /** Characters of its words that fit. */
  readonly room: number
}

/** Half the size of a host's mark. */
export const HOST_RADIUS = 11

/** Half the width of an impaired cable: two lanes, each as wide as a frame. */
export const CABLE_RADIUS = 19

/** From a host's middle to its words. */
export const WORDS_AT = 18

export type MapMark =
  | { readonly kind: 'host'; readonly of: MapHost }
  | { readonly kind: 'cable'; readonly of: MapCable }

/** Half of what a pointer must hit at least. */
const HIT = 13

function middleOf({ kind, of }: MapMark): Point {
  if (kind === 'host') return of
  const [a, b] = [of.points.at(-2), of.points.at(-1)]
  return a === undefined || b === undefined ? { x: 0, y: 0 } : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}

/** Down the page, and along each row. */
export function heightOf(mark: MapMark): number {
  const { x, y } = middleOf(mark)
  return Math.round(y) * 1e5 + x
}

/** The mark that an arrow key leads to: the nearest that way, sideways counting double. */
export function neighbour<M extends MapMark>(key: string, from: M, marks: readonly M[]): M | undefined {
  if (key === 'Home') return marks[0]
  if (key === 'End') return marks.at(-1)
  const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key]
  if (way === undefined) return undefined
  const [dx = 0, dy = 0] = way
  const at = middleOf(from)
  let best: M | undefined
  let least = Number.POSITIVE_INFINITY
  for (const mark of marks) {
    const to = middleOf(mark)
    const ahead = (to.x - at.x) * dx + (to.y - at.y) * dy
    const aside = Math.abs((to.x - at.x) * dy) + Math.abs((to.y - at.y) * dx)
    if (mark === from || ahead <= 1 || (dx !== 0 && aside > ahead)) continue
    if (ahead + 2 * aside < least) [best, least] = [mark, ahead + 2 * aside]
  }
  return best
}

export function boxOf(mark: MapMark): { x: number; y: number; width: number; height: number } {
  if (mark.kind === 'host') {
    const { x, y, shape, words, room } = mark.of
    if (shape === 'switch' || shape === 'router') return { x: x - 36, y: y - HIT, width: 72, height: 2 * HIT }
    const longest = Math.min(room, Math.max(...words.map((line) => line.length)))
    return { x: x - HIT - 3, y: y - 18, width: 2 * HIT + 12 + longest * 6.9, height: 36 }
  }
  const [a, b] = [mark.of.points.at(-2), mark.of.points.at(-1)]
  if (a === undefined || b === undefined) return { x: 0, y: 0, width: 0, height: 0 }
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)]
  const [top, low] = [Math.min(a.y, b.y), Math.max(a.y, b.y)]
  const hit = mark.of.impaired ? CABLE_RADIUS + 3 : HIT
  return {
    x: left - hit,
    y: top + 2,
    width: right - left + 2 * hit,
    height: Math.max(2 * HIT, low - top - 6),
  }
}

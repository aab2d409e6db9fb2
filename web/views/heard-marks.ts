/** What an emission was to a socket, as a shape about its own middle: the same in the matrix and in the picture. */
import type { Heard } from '../lib/who-heard.ts'

const circle = (r: number) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`

/** `line` is stroked, `solid` is filled. */
export const HEARD_MARKS: Readonly<Record<Heard, { readonly line: string; readonly solid: string }>> = {
  acked: { line: circle(7), solid: circle(4) },
  delivered: { line: '', solid: circle(5) },
  going: { line: circle(4.5), solid: '' },
  'left-out': { line: `${circle(4.5)}M-6,6L6,-6`, solid: '' },
  'not-in-room': { line: '', solid: circle(1.5) },
  'not-meant': { line: '', solid: circle(1.5) },
  nothing: { line: '', solid: circle(1.5) },
  untold: { line: 'M-5,0h3m4,0h3', solid: '' },
  gone: { line: 'M-3.5,-3.5l7,7m0,-7l-7,7', solid: '' },
  absent: { line: '', solid: '' },
}

/** Where an emission began: points to the hub. */
export const SENT_MARK = 'M-4,-5L5,0L-4,5Z'

/** How they are read, in the order of the matrix's key. */
export const HEARD_WORDS: readonly (readonly [Heard | 'sent', string])[] = [
  ['sent', 'sent it'],
  ['delivered', 'delivered: its packet was seen, with the time from the hub’s call to it'],
  ['acked', 'delivered and answered'],
  ['going', 'written, and its packet not seen yet'],
  ['left-out', 'left out, by broadcast or except'],
  ['not-in-room', 'not in the room, or not meant, or nothing went to it'],
  ['untold', 'meant, and nothing was told of its packet'],
  ['gone', 'gone by then'],
]

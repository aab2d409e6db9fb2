/**
 * One animation frame for the whole page: whoever must draw says so, everything drawn comes in one frame, and a
 * view that asks ten times before it is drawn once.
 */

export interface Disposable {
  dispose(): void
}

type Draw = (now: number) => void

const wanted = new Set<Draw>()
const running = new Set<Draw>()
let scheduled = false

function schedule(): void {
  if (scheduled) return
  scheduled = true
  requestAnimationFrame((now) => {
    scheduled = false
    const due = [...wanted, ...running]
    wanted.clear()
    for (const draw of new Set(due)) draw(now)
    if (running.size > 0) schedule()
  })
}

/** Draws once in the next frame; asked again before that, still once. `now` is as `performance.now()`. */
export function redraw(draw: Draw): void {
  wanted.add(draw)
  schedule()
}

/** Draws in every frame until disposed of: only while something really moves. */
export function animate(draw: Draw): Disposable {
  running.add(draw)
  schedule()
  return { dispose: () => void running.delete(draw) }
}

/** Whether the reader asked for less motion: marks then appear in place. */
export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** The bar at the foot of the live page, wired to the state. */

import { later } from './lib/fate.ts'
import { SPEEDS } from './lib/replay.ts'
import { playOrStop } from './replay.ts'
import * as state from './state.ts'
import { currentTheme } from './theme.ts'
import * as time from './time.ts'
import { TimeBar } from './views/time-bar.tsx'

export function TimeFoot() {
  const timeline = state.timeline.value
  if (timeline === null || timeline.first === null || timeline.last === null) return null
  const origin = timeline.first.time
  const playing = state.playing.value
  return (
    <TimeBar
      timeline={timeline}
      cursor={state.cursor.value}
      playhead={playing?.at ?? null}
      playing={playing !== null}
      shortened={playing?.shortened === true}
      speed={state.speed.value}
      speeds={SPEEDS}
      newer={newer()}
      problem={state.timeProblem.value}
      file={state.opened.value !== null}
      theme={currentTheme()}
      onSeek={(at, aloud) => void time.seek({ time: later(origin, at) }, aloud)}
      onStep={(by) => void time.stepBy(by)}
      onEnd={(end) => void time.seek(end === 'oldest' ? { number: 1 } : {}, true)}
      onPlay={() => void playOrStop()}
      onSpeed={(speed) => (state.speed.value = speed)}
      onLive={() => (state.cursor.value === null ? void time.hold() : time.goLive())}
    />
  )
}

/** Packets behind the cursor, of those that match. */
function newer(): number {
  const cursor = state.cursor.value
  const index = state.cursorIndex.value
  const { total, last } = state.rows.value
  if (cursor === null) return 0
  if (state.filter.value === '' || index === null) return Math.max(0, last - cursor.number)
  return Math.max(0, total - index - 1)
}

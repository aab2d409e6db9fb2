/** The newest rows, asked for beside the live feed: that takes several turns to open, and the first packets need not wait. */
import { FIRST_ROOM } from './actions.ts'
import type { Address } from './lib/url.ts'
import { getPackets } from './requests.ts'
import * as state from './state.ts'

export async function showFirstRows({ filter, packet, capture, time, at }: Address): Promise<void> {
  // Whoever comes to something in particular is not shown something else before.
  if (filter !== '' || packet !== null || capture !== null || time !== null) return
  const answer = await getPackets({ before: Number.MAX_SAFE_INTEGER, limit: FIRST_ROOM })
  if (!answer.ok || state.rows.peek() !== state.NO_ROWS || !state.following.peek()) return
  // Meanwhile the reader may have turned to something else.
  if (state.filter.peek() !== '' || state.opened.peek() !== null || state.at.peek() !== at) return
  const { packets, ...page } = answer.value
  if (packets.length > 0) state.rows.value = { ...page, rows: packets }
}

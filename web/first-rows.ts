/** The newest rows, asked for beside the live feed: that takes several turns to open, and the first packets need not wait. */
import type { Address } from './lib/url.ts'
import { getPackets } from './requests.ts'
import * as state from './state.ts'

/** What a list shows at first. */
const ROOM = 24

export async function showFirstRows({ filter, packet, capture, time }: Address): Promise<void> {
  // Whoever comes to something in particular is not shown something else before.
  if (filter !== '' || packet !== null || capture !== null || time !== null) return
  const answer = await getPackets({ before: Number.MAX_SAFE_INTEGER, limit: ROOM })
  if (!answer.ok || state.rows.peek() !== state.NO_ROWS || !state.following.peek()) return
  const { packets, ...page } = answer.value
  if (packets.length > 0) state.rows.value = { ...page, run: '', rows: packets }
}

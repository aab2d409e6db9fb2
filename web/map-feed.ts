/**
 * The frames that the map moves: those of the packet list while it follows its tail unfiltered; else they are asked
 * for, since a list that stands still must not still the map.
 */
import { effect } from '@preact/signals'
import { getPackets } from './requests.ts'
import * as state from './state.ts'

const REST_MS = 200
/** More in one go are a stroke with a count anyway. */
const MOST = 80

export function feedMap(): () => void {
  let known = 0
  let subject = ''
  let busy = false

  return effect(() => {
    const message = state.rows.value
    const capture = `${message.run} ${state.at.value}`
    if (message.run === '' || state.network.value?.network !== 'lab' || state.page.value !== 'live') return
    if (capture !== subject) {
      subject = capture
      known = message.last
      state.mapFrames.value = { capture, rows: message.rows }
      return
    }
    if (state.following.value && state.filter.value === '') {
      known = Math.max(known, message.last)
      state.mapFrames.value = { capture, rows: message.rows }
    } else void catchUp(message.last)
  })

  async function catchUp(last: number): Promise<void> {
    if (busy || last <= known) return
    busy = true
    const mine = subject
    const answer = await getPackets({ after: Math.max(known, last - MOST), limit: MOST })
    if (mine === subject && answer.ok) {
      known = Math.max(last, answer.value.packets.at(-1)?.number ?? 0)
      state.mapFrames.value = { capture: mine, rows: answer.value.packets }
    }
    setTimeout(() => {
      busy = false
      if (mine === subject && !state.following.peek()) void catchUp(state.rows.peek().last)
    }, REST_MS)
  }
}

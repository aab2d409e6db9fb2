/** While the guide goes on: who is connected to the hub, what was said there, and the newest heartbeat. */
import { effect } from '@preact/signals'
import { afterChat } from './lib/first-minutes.ts'
import * as state from './state.ts'

export function followChat(): () => void {
  return effect(() => {
    if (!state.guide.value || state.opened.value !== null) return
    state.chat.value = afterChat(state.chat.peek(), state.sessions.value, state.events.value)
  })
}

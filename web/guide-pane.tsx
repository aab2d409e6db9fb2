/** The first five minutes above the ladder, wired to the state. */
import * as act from './actions.ts'
import { openLab } from './lab-place.ts'
import { flowsFilter } from './lib/filter-words.ts'
import { count, messagePacket } from './lib/first-minutes.ts'
import { remember } from './lib/memory.ts'
import { cutOrPlugIn } from './network-actions.ts'
import { getPackets } from './requests.ts'
import * as state from './state.ts'
import { Guide } from './views/welcome.tsx'

function closeGuide(): void {
  state.guide.value = false
  remember('guide', 'seen')
}

/** Opens the packet with the message, also before the ladder has its conversation's packets. */
async function openMessage(id: string | undefined): Promise<void> {
  if (id === undefined) return
  let row = messagePacket(state.ladderRows.value.filter(({ flow }) => flow === id))
  if (row === undefined) {
    const answer = await getPackets({ filter: flowsFilter([id]) ?? '' })
    if (answer.ok) row = messagePacket(answer.value.packets)
  }
  if (row === undefined) return
  void act.select(row.number)
  if (state.narrow.value) state.tab.value = 'inspector'
}

/** What the first minutes lead to. */
const FIRST_LAB = '01-layers'

export function GuideStrip() {
  const id = state.sentFlow.value?.id
  const rows = state.ladderRows.value.filter((row) => row.flow === id)
  return (
    <Guide
      step={state.guideStep.value}
      guess={state.guess.value}
      count={id === undefined ? null : count(rows)}
      services={state.status.value?.services ?? []}
      lab={state.labNetwork.value !== null}
      pull={state.pull.value}
      chat={state.chat.value}
      openedOther={state.inspected.value.state === 'ready' && !state.openedMessage.value}
      host={location.hostname}
      onWho={() => (state.lower.value = 'who-heard')}
      onLab={() => {
        closeGuide()
        state.labsOpen.value = true
        openLab(state.labs.value?.[0]?.id ?? FIRST_LAB)
      }}
      sending={state.sending.value}
      onCut={() => cutOrPlugIn()}
      onSend={() => void act.sendMessage('tcp-echo', 'hello\n')}
      onPacket={(number) => void act.select(number)}
      onOpenMessage={() => void openMessage(id)}
      onClose={closeGuide}
    />
  )
}

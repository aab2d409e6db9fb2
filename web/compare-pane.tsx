/** The comparison, wired to the state. */
import { batch } from '@preact/signals'
import type { CompareResult } from '../server/dashboard/api-compare.ts'
import { select } from './actions.ts'
import { compare } from './requests.ts'
import * as state from './state.ts'
import { Compare } from './views/compare.tsx'
import { mergeResults, TRANSPORTS } from './views/compare-layout.ts'

export function ComparePage() {
  return (
    <Compare
      comparison={state.comparison.value}
      capture={state.status.value?.capture ?? null}
      onRun={(message) => void run(message)}
      onSelectPacket={(number) => {
        state.page.value = 'live'
        void select(number)
      }}
    />
  )
}

/** The same message over each transport in turn; the page fills as they come. */
async function run(message: string): Promise<void> {
  state.comparison.value = { state: 'running', result: null }
  let result: CompareResult | null = null
  for (const { id } of TRANSPORTS) {
    const answer = await compare(message, [id])
    if (!answer.ok) {
      state.comparison.value = { state: 'failed', message: answer.error.message, result }
      return
    }
    result = mergeResults(result, answer.value)
    const flows = answer.value.transports.flatMap((transport) => transport.flows)
    batch(() => {
      state.compared.value = new Set([...state.compared.value, ...flows])
      state.comparison.value = { state: 'running', result }
    })
  }
  if (result !== null) state.comparison.value = { state: 'done', result }
}

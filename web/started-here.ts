/**
 * Remembers which conversations this browser's own Send and Compare made, so that after a reload, or in another tab,
 * they are not taken for the reader's. Holds for one run: in the next the ports are other programs'.
 */
import { effect } from '@preact/signals'
import type { EndpointNode } from '../server/dashboard/api.ts'
import { remember, remembered } from './lib/memory.ts'
import { compared, sentFrom, status } from './state.ts'

const KEY = 'started-here'
const MOST = 200

interface Kept {
  run: string
  sockets: EndpointNode[]
  flows: string[]
}

export function keepStartedHere(): void {
  let known = ''
  effect(() => {
    const run = status.value?.run ?? ''
    if (run === '') return
    if (run !== known) {
      known = run
      const kept = read(run)
      sentFrom.value = [...kept.sockets, ...sentFrom.peek()]
      compared.value = new Set([...kept.flows, ...compared.peek()])
    }
    const kept: Kept = { run, sockets: sentFrom.value.slice(-MOST), flows: [...compared.value].slice(-MOST) }
    remember(KEY, JSON.stringify(kept))
  })
}

function read(run: string): Omit<Kept, 'run'> {
  const nothing = { sockets: [], flows: [] }
  try {
    const kept = JSON.parse(remembered(KEY) ?? 'null') as Partial<Kept> | null
    if (kept?.run !== run || !Array.isArray(kept.sockets) || !Array.isArray(kept.flows)) return nothing
    return { sockets: kept.sockets, flows: kept.flows }
  } catch {
    return nothing
  }
}

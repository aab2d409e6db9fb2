/** What a reader can do to the cable: each change is seen at once, sent, and taken back where the lab refuses it. */
import { batch } from '@preact/signals'
import type { ApiError } from '../server/dashboard/api.ts'
import type {
  ImpairmentsNode,
  LabNetworkNode,
  NetworkNode,
  NetworkPatch,
} from '../server/dashboard/api-network.ts'
import {
  alike,
  cableName,
  type Direction,
  formatImpairment,
  type ImpairmentName,
  impairmentWords,
  isCut,
} from './lib/impairments.ts'
import { getNetwork, patchNetwork } from './requests.ts'
import * as state from './state.ts'

/** A slider on the move is sent this often; its last place always. */
const REST_MS = 120

type Changes = Partial<Record<Direction, Partial<Record<ImpairmentName, number | string>>>>

let waiting: Changes | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Asked once; from then on the live feed tells of changes. */
export async function readNetwork(): Promise<void> {
  const of = state.opened.value?.id
  const answer = await getNetwork()
  if (answer.ok && state.opened.value?.id === of) networkCame(answer.value)
}

/** As the lab said it last. */
let told: NetworkNode | null = null

/** What the lab says, but for what is just being changed here. */
export function networkCame(network: NetworkNode): void {
  told = network
  state.network.value = waiting === undefined ? network : withChanges(network, waiting)
}

/** One setting, of one direction or both; as a number in the API's units, or as text for the lab to read. */
export function setImpairment(
  ways: readonly Direction[],
  name: ImpairmentName,
  value: number | string,
): void {
  waiting ??= {}
  for (const way of ways) waiting[way] = { ...waiting[way], [name]: value }
  const shown = state.network.value
  batch(() => {
    state.networkError.value = null
    if (shown !== null) state.network.value = withChanges(shown, waiting ?? {})
  })
  if (typeof value === 'string') flush()
  else timer ??= setTimeout(flush, REST_MS)
}

function flush(): void {
  clearTimeout(timer)
  timer = undefined
  const changes = waiting
  if (changes === undefined) return
  waiting = undefined
  void patch(changes)
}

function withChanges(network: NetworkNode, changes: Changes): NetworkNode {
  if (network.network !== 'lab') return network
  return {
    ...network,
    preset: null,
    up: changed(network.up, changes.up),
    down: changed(network.down, changes.down),
  }
}

/** Text is the lab's to read: until it has, the old value stands. */
function changed(node: ImpairmentsNode, changes: Changes[Direction]): ImpairmentsNode {
  const numbers = Object.entries(changes ?? {}).filter(([, value]) => typeof value === 'number')
  return { ...node, ...Object.fromEntries(numbers) }
}

/** Sends a change; its answer is what stands from then on. */
export async function patch(given: NetworkPatch): Promise<ApiError | null> {
  const before = state.network.peek()
  const answer = await patchNetwork(given)
  if (!answer.ok) {
    batch(() => {
      state.networkError.value = answer.error
      if (told !== null) networkCame(told)
    })
    return answer.error
  }
  batch(() => {
    state.networkError.value = null
    networkCame(answer.value)
    if (answer.value.network === 'lab') {
      state.networkSaid.value = said(given, answer.value, before?.network === 'lab' ? before : null)
    }
  })
  return null
}

export function cutOrPlugIn(cable = 'server'): void {
  const network = state.network.value
  if (network?.network !== 'lab') return
  void patch(isCut(network, cable) ? { plugIn: [cable] } : { cut: [cable] })
}

/** Takes the last change back; true when there was one. */
export function undo(): boolean {
  if (state.opened.value !== null) return false
  const network = state.network.value
  if (network?.network !== 'lab' || network.undo === null) return false
  void patch({ undo: true })
  return true
}

/** What has changed, for those who hear the page. */
function said(given: NetworkPatch, now: LabNetworkNode, before: LabNetworkNode | null): string {
  if (given.undo) return `Taken back. The cable is ${cableName(now)}.`
  if (given.cut) return 'The cable is cut.'
  if (given.plugIn) return 'The cable is plugged in.'
  if (given.choose) return 'A fate is chosen for frames to come.'
  if (given.unchoose !== undefined) return 'The chosen fate is taken away.'
  if (given.preset !== undefined) return `The cable is now ${cableName(now)}: ${impairmentWords(now.up)}.`
  const parts = (['up', 'down'] as const).flatMap((way) =>
    Object.keys(given[way] ?? {}).map((name) => {
      const value = formatImpairment(name as ImpairmentName, now[way][name as ImpairmentName])
      return alike(now.up, now.down) ? `${name} ${value}` : `${name} ${value} ${WAYS[way]}`
    }),
  )
  const cut = before !== null && isCut(before) && isCut(now) ? ' The cable is cut all the same.' : ''
  return `${[...new Set(parts)].join(', ')}.${cut}`
}

const WAYS: Readonly<Record<Direction, string>> = { up: 'to the server', down: 'to the client' }

/** The points of the conversation that is looked at by itself, fetched as it grows, and more of them where one zooms in. */
import { effect, signal } from '@preact/signals'
import type { FlowSamples, SampleNode } from '../server/dashboard/api-network.ts'
import type { FlowSeries } from '../server/dashboard/api-series.ts'
import { flowPart } from './flow.ts'
import { append, lastUpTo } from './lib/series.ts'
import type { Span } from './lib/time-axis.ts'
import { type Answer, getSamples, getSeries, restAfter } from './requests.ts'
import * as state from './state.ts'

export const series = signal<FlowSeries | null>(null)
export const samples = signal<FlowSamples | null>(null)
/** A stretch with more of its points than the whole has. */
export const detail = signal<{ series: FlowSeries; span: Span } | null>(null)
/** Why they can't be shown; null while they can. */
export const chartsProblem = signal<string | null>(null)

/** At least so long between two requests. */
const REST_MS = 1000
/** Zooming settles before more is asked for. */
const SETTLE_MS = 250

export function feedCharts(): () => void {
  let subject = ''
  let packets = -1
  let busy = false

  return effect(() => {
    const flow = state.openedFlow.value
    const shown = state.page.value === 'live' && (!state.narrow.value || flowPart.value === 'charts')
    if (flow === null || !shown) return
    const { status, opened, at } = state
    const wanted = `${status.value?.run ?? ''} ${opened.value?.id ?? ''} ${opened.value?.run ?? ''} ${at.value} ${flow.id}`
    if (wanted !== subject) {
      subject = wanted
      packets = -1
      series.value = null
      samples.value = null
      detail.value = null
      chartsProblem.value = null
    }
    if (!busy && packets !== flow.packets) void ask(flow.id)
  })

  async function ask(id: string): Promise<void> {
    busy = true
    const mine = subject
    packets = state.openedFlow.peek()?.packets ?? 0
    const came = await catchUp(id, mine)
    setTimeout(
      () => {
        busy = false
        const flow = state.openedFlow.peek()
        if (flow === null || (mine === subject && flow.packets === packets)) return
        void ask(flow.id)
      },
      restAfter(REST_MS, ...came),
    )
  }

  /** Answers what came of it, but for the whole that it begins with. */
  async function catchUp(id: string, mine: string): Promise<Answer<unknown>[]> {
    const known = series.peek()
    const going = known !== null && known.flow === id
    const told = samples.peek()
    const [points, states] = await Promise.all([
      getSeries(id, going ? { after: known.last, bin: known.bin } : {}),
      getSamples(id, told === null ? {} : { since: newest(told) }),
    ])
    const came = going ? [points, states] : []
    if (mine !== subject) return came
    if (states.ok) samples.value = told === null ? states.value : joined(told, states.value)
    if (!points.ok) {
      chartsProblem.value = points.error.message
      return came
    }
    chartsProblem.value = null
    const grown = going ? append(known, points.value) : points.value
    if (grown !== undefined) {
      series.value = grown
      return came
    }
    const anew = await getSeries(id, {})
    if (mine === subject && anew.ok) series.value = anew.value
    return [...came, anew]
  }
}

function newest({ client, server }: FlowSamples): number | undefined {
  const times = [client.at(-1)?.time, server.at(-1)?.time].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

function joined(one: FlowSamples, other: FlowSamples): FlowSamples {
  const more = (known: SampleNode[], news: SampleNode[]) => {
    const last = known.at(-1)?.time ?? Number.NEGATIVE_INFINITY
    const fresh = news.filter(({ time }) => time > last)
    return fresh.length === 0 ? known : [...known, ...fresh]
  }
  const [client, server] = [more(one.client, other.client), more(one.server, other.server)]
  return { ...other, client, server, note: client.length + server.length > 0 ? null : other.note }
}

let settling: ReturnType<typeof setTimeout> | undefined
let looks = 0

/** What is looked at of the charts; null for the whole. Where points were left out there, they are fetched. */
export function lookAt(span: Span | null): void {
  clearTimeout(settling)
  const whole = series.peek()
  const mine = ++looks
  if (span === null || whole === null || whole.thinned === null) {
    detail.value = null
    return
  }
  settling = setTimeout(async () => {
    const [after, until] = packetsOf(whole, span)
    const answer = await getSeries(whole.flow, { after, until, bin: whole.bin })
    if (mine === looks && answer.ok) detail.value = { series: answer.value, span }
  }, SETTLE_MS)
}

/** The packets just before and just behind a stretch. */
function packetsOf({ client, server, last }: FlowSeries, { from, to }: Span): [after: number, until: number] {
  const sides = [client, server]
  const before = sides.map(({ number, time }) => (number[lastUpTo(time, from)] ?? 1) - 1)
  const behind = sides.map(({ number, time }) => number[lastUpTo(time, to) + 1] ?? last)
  return [Math.max(0, Math.min(...before)), Math.max(...behind)]
}

/** The conversation that is looked at by itself: its pictures, wired to the state. */
import { useMemo } from 'preact/hooks'
import type { StreamSide } from '../server/dashboard/api-stream.ts'
import * as act from './actions.ts'
import { ChartsPane } from './charts-pane.tsx'
import { flowPart, flowProblem, zoomOut } from './flow.ts'
import { flowBytes, flowEmits, flowStates } from './flow-feed.ts'
import { BYTES, CHARTS, STATES, STREAM, UDP_CHARTS } from './lib/flow-parts.ts'
import { InspectorPane, LadderPane } from './live-panes.tsx'
import { type Answer, findInStream, getStream, saveStream } from './requests.ts'
import * as state from './state.ts'
import { ByteRuler } from './views/byte-ruler.tsx'
import type { RulerData } from './views/byte-ruler-layout.ts'
import { writesOf } from './views/byte-ruler-words.ts'
import { FlowPage, FlowTabs, type Part } from './views/flow.tsx'
import { FollowStream, type StreamChoice } from './views/follow-stream.tsx'
import { TcpStates } from './views/tcp-states.tsx'

export function FlowPane() {
  const id = state.openFlow.value
  if (id === null) return null
  const flow = state.openedFlow.value
  const page = {
    id,
    flow,
    problem: flowProblem.value,
    parts: partsOf(flow?.transport ?? 'tcp'),
    onBack: zoomOut,
  }
  if (!state.narrow.value) return <FlowPage {...page} />
  return (
    <FlowTabs
      {...page}
      ladder={<LadderPane />}
      inspector={<InspectorPane />}
      shown={flowPart.value}
      onShow={(part) => (flowPart.value = part)}
    />
  )
}

/** Datagrams have no stream, no state and no window. */
function partsOf(transport: 'tcp' | 'udp'): Part[] {
  const stream = { words: STREAM, content: <Stream /> }
  const charts = { words: transport === 'udp' ? UDP_CHARTS : CHARTS, content: <ChartsPane /> }
  if (transport === 'udp') return [stream, charts]
  return [{ words: BYTES, content: <Ruler /> }, stream, { words: STATES, content: <States /> }, charts]
}

const select = (number: number) => void act.select(number)
const selectedNumber = () => state.selected.value?.number ?? null

function Ruler() {
  const known = flowBytes.value
  const flow = state.openedFlow.value
  const until = state.cursor.value?.number ?? null
  const pushed = state.events.value
  const emits = flowEmits.value
  const mine = useMemo(() => {
    const port = flow?.client.port
    const own = [...emits, ...pushed].filter(
      ({ kind, remotePort, seen }) => kind === 'emit' && remotePort === port && seen === undefined,
    )
    return [...new Map(own.map((event) => [event.id, event])).values()]
  }, [emits, pushed, flow?.client.port])
  // Events come again when the packet that carried them is found.
  const carried = mine.filter(({ packet }) => packet !== null).length
  const sides = useMemo(() => {
    const side = (name: StreamSide): RulerData => {
      const own = {
        messages: (known?.messages ?? []).filter(({ direction }) => direction === name),
        segments: (known?.segments ?? []).filter(({ direction }) => direction === name),
      }
      return { ...own, written: writesOf(own, mine, name === 'server'), until }
    }
    return { client: side('client'), server: side('server') }
  }, [known, until, carried, mine.at(-1)?.id])
  return <ByteRuler {...sides} earlier={known?.earlier ?? 0} selected={selectedNumber()} onSelect={select} />
}

function Stream() {
  const flow = state.openedFlow.value
  if (flow === null) return null
  const { id, transport, packets } = flow
  const query = ({ content, direction, view }: StreamChoice) => ({
    content,
    view,
    ...(direction !== undefined && { direction }),
  })
  return (
    <FollowStream
      subject={`${state.status.value?.run ?? ''} ${state.opened.value?.id ?? ''} ${state.opened.value?.run ?? ''} ${state.at.value} ${id}`}
      transport={transport}
      packets={packets}
      selected={selectedNumber()}
      until={state.cursor.value?.number ?? null}
      read={async (choice, line, limit, signal) =>
        orMessage(
          await getStream(id, { ...query(choice), limit, ...(line !== undefined && { line }) }, signal),
        )
      }
      find={async (choice, wanted, signal) =>
        orMessage(await findInStream(id, { ...query(choice), ...wanted }, signal))
      }
      onSave={(content, direction) => {
        const name = `${id}-${content}${direction === undefined ? '' : `-${direction}`}.bin`
        void saveStream(id, { content, ...(direction !== undefined && { direction }) }, name)
      }}
      onSelect={select}
    />
  )
}

function orMessage<T>(answer: Answer<T>): T | string {
  return answer.ok ? answer.value : answer.error.message
}

function States() {
  const cursor = state.cursor.value
  return (
    <TcpStates
      states={flowStates.value}
      until={cursor === null ? null : Number(cursor.time)}
      selected={selectedNumber()}
      onSelect={select}
    />
  )
}

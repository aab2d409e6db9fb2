/** The conversations seen so far, those of one Engine.IO session together, the latest first. */
import { Fragment } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { FlowNode, SessionNode } from '../../server/dashboard/api.ts'
import { connectionFilters, flowsFilter } from '../lib/filter-words.ts'
import { formatBytes, formatCount, formatInterval, plural } from '../lib/format.ts'
import { type ConnectionGroup, groupConnections, isOver, layerOf, stateWords } from './connections-order.ts'
import { nextIndex } from './roving.ts'
import { type Ends, TcpEnds } from './tcp-ends.tsx'

export interface ConnectionsProps {
  flows: readonly FlowNode[]
  sessions: readonly SessionNode[]
  /** Flows on the ladder. */
  selected: readonly string[]
  /** Flows of the reader's own programs. */
  yours?: ReadonlySet<string>
  /** What both ends of one of them know of themselves. */
  ends?: Ends | null
  /** Names of hosts by address, as a capture file knows them. */
  names?: Readonly<Record<string, string>>
  /** One flow, or all of a session. */
  onSelect: (flows: readonly string[]) => void
  /** Enter or a double click on a flow: it is looked at by itself. */
  onOpen?: (flow: string) => void
  /** Epoch seconds on the server's clock. */
  clock?: () => number
}

/** So many that are over stay in sight; the others fold. */
const OVER_IN_SIGHT = 4
/** And of those unfolded no more are drawn: the packet list has a filter for the rest. */
const MOST_OVER = 200

export function Connections(props: ConnectionsProps) {
  const { flows, sessions, clock = () => Date.now() / 1000 } = props
  const [unfolded, setUnfolded] = useState(false)
  const now = useSeconds(clock)
  const groups = groupConnections(flows, sessions)
  const live = groups.filter((group) => !group.over)
  const over = groups.filter((group) => group.over)
  const shownOver = over.slice(0, unfolded ? MOST_OVER : OVER_IN_SIGHT)
  const hidden = over.length - shownOver.length

  return (
    <div class="connections">
      {[...live, ...shownOver].map((group) => (
        <Group key={group.key} group={group} now={now} {...props} />
      ))}
      {(hidden > 0 || (unfolded && over.length > OVER_IN_SIGHT)) && (
        <button
          type="button"
          class="connections__fold"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? 'Fold the closed ones' : `${formatCount(hidden)} more closed`}
        </button>
      )}
      {unfolded && hidden > 0 && <p class="connections__note">{plural(hidden, 'older one')} not shown.</p>}
    </div>
  )
}

interface GroupProps extends ConnectionsProps {
  group: ConnectionGroup
  now: number
}

function Group({ group, now, selected, yours, ends, names = {}, onSelect, onOpen }: GroupProps) {
  const [unfolded, setUnfolded] = useState(false)
  const item = (flow: FlowNode) => (
    <Fragment key={flow.id}>
      <Item
        flow={flow}
        now={now}
        current={selected.includes(flow.id)}
        own={group.sid === null && (yours?.has(flow.id) ?? false)}
        names={names}
        onSelect={() => onSelect([flow.id])}
        onOpen={() => onOpen?.(flow.id)}
      />
      {ends?.flow === flow.id && <TcpEnds {...ends} />}
    </Fragment>
  )
  if (group.sid === null) return <>{group.flows.map(item)}</>
  const ids = group.flows.map((flow) => flow.id)
  const all = ids.length > 1 && ids.every((id) => selected.includes(id))
  // A session that polls opens a connection for every request: those that are over fold, but for one that is read.
  const folding = group.flows.filter((flow) => isOver(flow) && (all || !selected.includes(flow.id)))
  const folded = new Set(unfolded ? [] : folding)
  return (
    <section class="connections__session" aria-label={`Session ${group.sid.slice(0, 4)}`}>
      <button
        type="button"
        class={`connections__sid${all ? ' is-selected' : ''}`}
        data-layer={5}
        data-filter={flowsFilter(ids)}
        aria-current={all ? 'true' : undefined}
        onClick={() => onSelect(ids)}
        onKeyDown={moveAmongButtons}
      >
        <span class="connections__chip">5</span>
        <span class="connections__name">
          session <b>{group.sid.slice(0, 4)}</b>
          {ids.some((id) => yours?.has(id)) && <b class="connections__own">yours</b>}
        </span>
        <span class="connections__all">
          {[
            group.session === null ? '' : `${group.session.transport}, ${group.session.state}`,
            ids.length > 1 ? `${plural(ids.length, 'connection')}` : '',
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </span>
      </button>
      {group.flows.filter((flow) => !folded.has(flow)).map(item)}
      {folding.length > 0 && (
        <button
          type="button"
          class="connections__fold"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
          onKeyDown={moveAmongButtons}
        >
          {unfolded ? 'Fold the closed ones' : `${formatCount(folded.size)} closed`}
        </button>
      )}
    </section>
  )
}

interface ItemProps {
  flow: FlowNode
  now: number
  current: boolean
  own: boolean
  names: Readonly<Record<string, string>>
  onSelect: () => void
  onOpen: () => void
}

function Item({ flow, now, current, own, names, onSelect, onOpen }: ItemProps) {
  const service = flow.service ?? names[flow.server.address]
  return (
    <button
      type="button"
      class={`connections__item${current ? ' is-selected' : ''}${isOver(flow) ? ' is-over' : ''}`}
      data-layer={layerOf(flow.protocol)}
      data-flow={flow.id}
      data-filter={connectionFilters(flow)}
      aria-current={current ? 'true' : undefined}
      aria-keyshortcuts="Enter"
      onClick={onSelect}
      onDblClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') {
          moveAmongButtons(event)
          return
        }
        event.preventDefault()
        onOpen()
      }}
    >
      <span class="connections__chip">{layerOf(flow.protocol)}</span>
      <span class="connections__protocol">
        {flow.protocol}
        {own && <b class="connections__own">yours</b>}
      </span>
      <span class="connections__state">
        <StateMark state={flow.state} />
        {stateWords(flow, now)}
      </span>
      <span class="connections__more">
        <span class="connections__ends" title={endsWords(flow, names)}>
          :{flow.client.port}
          <span aria-hidden="true"> → </span>
          <b>{service ?? `port ${flow.server.port}`}</b>
          {service !== undefined && `:${flow.server.port}`}
        </span>
        <span class="connections__numbers">
          <span>{plural(flow.packets, 'packet')}</span>
          <span>{formatBytes(flow.bytes)}</span>
          {flow.rtt !== null && <span>RTT {formatInterval(flow.rtt)}</span>}
        </span>
      </span>
    </button>
  )
}

/** `10.0.0.100:50000 (laptop) → 10.0.0.1:4001` */
function endsWords({ client, server }: FlowNode, names: ItemProps['names']): string {
  const words = ({ address, port }: FlowNode['client']) => {
    const place = `${address.includes(':') ? `[${address}]` : address}:${port}`
    const name = names[address]
    return name === undefined ? place : `${place} (${name})`
  }
  return `${words(client)} → ${words(server)}`
}

/** The state as a shape: half open, solid, half closed, hollow, crossed, barred, or dots for datagrams. */
function StateMark({ state }: { state: FlowNode['state'] }) {
  return (
    <svg
      class={`connections__mark connections__mark--${state}`}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      {state === 'datagrams' ? (
        <path d="M2 6h.01M6 6h.01M10 6h.01" />
      ) : (
        <>
          <circle cx="6" cy="6" r="4" />
          {state === 'opening' && <path class="is-filled" d="M6 2a4 4 0 0 0 0 8z" />}
          {state === 'closing' && <path class="is-filled" d="M6 2a4 4 0 0 1 0 8z" />}
          {state === 'reset' && <path d="M1.5 1.5l9 9M10.5 1.5l-9 9" />}
          {state === 'refused' && <path d="M2.5 6h7" />}
        </>
      )}
    </svg>
  )
}

/** Up and down go from button to button. */
function moveAmongButtons(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const list = event.currentTarget.closest('.connections')
  const buttons = [...(list?.querySelectorAll<HTMLElement>('button') ?? [])]
  const to = nextIndex(event.key, buttons.indexOf(event.currentTarget), buttons.length)
  if (to === undefined) return
  buttons[to]?.focus()
  event.preventDefault()
}

function useSeconds(clock: () => number): number {
  const latest = useRef(clock)
  latest.current = clock
  const [now, setNow] = useState(clock)
  useEffect(() => {
    const timer = setInterval(() => setNow(latest.current()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** One conversation by itself: its pictures one below the other, or, where there is little room, one at a time. */
import type { ComponentChildren } from 'preact'
import type { FlowNode } from '../../server/dashboard/api.ts'
import type { FlowPart, PartWords } from '../lib/flow-parts.ts'
import { formatBytes, plural } from '../lib/format.ts'
import { Icon } from './icons.tsx'
import { Problem } from './problem.tsx'

export interface Part {
  readonly words: PartWords
  readonly content: ComponentChildren
}

export interface FlowHeadProps {
  id: string
  flow: FlowNode | null
  onBack: () => void
}

/** Which conversation it is, and the way back. */
function FlowHead({ id, flow, onBack }: FlowHeadProps) {
  return (
    <header class="flow__head">
      <button type="button" class="flow__back" onClick={onBack} title="Back to all conversations (Esc)">
        <Icon name="back" />
        All conversations
      </button>
      <h2 class="flow__title">
        {flow?.protocol ?? 'Conversation'} <span class="mono">{id}</span>
      </h2>
      {flow !== null && (
        <p class="flow__facts">
          <span class="mono">{place(flow.client)}</span>
          <span aria-hidden="true"> → </span>
          <span class="visually-hidden"> to </span>
          <span class="mono">{place(flow.server)}</span>
          {flow.service !== null && <span>{flow.service}</span>}
          <span>{flow.state}</span>
          <span>{plural(flow.packets, 'packet')}</span>
          <span>{formatBytes(flow.bytes)}</span>
        </p>
      )}
    </header>
  )
}

export interface FlowPageProps extends FlowHeadProps {
  parts: readonly Part[]
  problem: string | null
}

/** The pictures beside the ladder. */
export function FlowPage({ id, flow, parts, problem, onBack }: FlowPageProps) {
  return (
    <section class="pane pane--flow" aria-label={`Conversation ${id}`} id="pane-flow">
      <FlowHead id={id} flow={flow} onBack={onBack} />
      <Problem message={problem} />
      <div class="pane__body">
        <div class="flow__parts" data-scrolls>
          {parts.map(({ words, content }) => (
            <section class="flow__part" id={`flow-${words.id}`} key={words.id} aria-label={words.title}>
              <PartHead words={words} />
              {content}
            </section>
          ))}
        </div>
      </div>
    </section>
  )
}

export interface FlowTabsProps extends FlowPageProps {
  ladder: ComponentChildren
  inspector: ComponentChildren
  shown: FlowPart
  onShow: (part: FlowPart) => void
}

/** The same where one part at a time has room. */
export function FlowTabs(props: FlowTabsProps) {
  const { id, flow, parts, problem, shown, onBack, onShow } = props
  const tabs: readonly (readonly [FlowPart, string])[] = [
    ['ladder', 'Ladder'],
    ...parts.map(({ words }) => [words.id, words.short] as const),
    ['inspector', 'Packet'],
  ]
  const part = parts.find(({ words }) => words.id === shown)
  return (
    <div class="tabbed tabbed--flow">
      <FlowHead id={id} flow={flow} onBack={onBack} />
      <Problem message={problem} />
      <div class="tabbed__pane" role="tabpanel" id="flow-panel" aria-labelledby={`flow-tab-${shown}`}>
        {shown === 'ladder' && props.ladder}
        {shown === 'inspector' && props.inspector}
        {part !== undefined && (
          <section class="pane pane--flow" aria-label={part.words.title}>
            <div class="pane__body">
              <div class="flow__parts" data-scrolls>
                <section class="flow__part" id={`flow-${shown}`}>
                  <PartHead words={part.words} />
                  {part.content}
                </section>
              </div>
            </div>
          </section>
        )}
      </div>
      <div class="tabbed__tabs" role="tablist" aria-label="Parts of the conversation">
        {tabs.map(([name, title], index) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`flow-tab-${name}`}
            aria-selected={name === shown}
            aria-controls="flow-panel"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => onShow(name)}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
              const next = tabs[(index + step + tabs.length) % tabs.length]
              if (step === 0 || next === undefined) return
              event.preventDefault()
              onShow(next[0])
              document.getElementById(`flow-tab-${next[0]}`)?.focus()
            }}
          >
            {title}
          </button>
        ))}
      </div>
    </div>
  )
}

function PartHead({ words }: { words: PartWords }) {
  return (
    <header class={words.tools ? 'flow__part-head flow__part-head--tools' : 'flow__part-head'}>
      <h3>{words.title}</h3>
      <p>{words.about}</p>
    </header>
  )
}

function place({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

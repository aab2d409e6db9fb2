/** One step of a lab: what to do, what the wire says of it, and the question it may ask. */
import { useState } from 'preact/hooks'
import type { LabStepNode } from '../../server/dashboard/api-labs.ts'
import { Icon } from './icons.tsx'
import { LabQuestion } from './lab-question.tsx'
import { PacketWords } from './packet-words.tsx'
import { Prose } from './prose.tsx'

export interface LabStepProps {
  step: LabStepNode
  /** From 1. */
  open: boolean
  /** False before the lab was started: the wire can't say anything yet. */
  running: boolean
  /** What the page was pointed at for this step; null while it was not. */
  shown: string | null
  onToggle: () => void
  onAnswer: (answer: string) => void
  onShow: () => void
  onShowBack: () => void
  onFilter: (filter: string) => void
  onSelectPacket: (number: number) => void
}

/** Answered before the packets that decide have come. */
export function isNoted(step: LabStepNode): boolean {
  return step.kind === 'predict' && step.state === 'open' && step.answer !== null && step.packet === null
}

function spoken(step: LabStepNode): string {
  if (isNoted(step)) return 'answered'
  if (step.state === 'open') return 'open'
  return step.earlier === true ? 'done in an earlier run' : 'done'
}

export function LabStep(props: LabStepProps) {
  const { step, open, onToggle, onAnswer, onSelectPacket } = props
  const body = `lab-step-${step.id}`
  return (
    <li
      class="lab-step"
      data-state={isNoted(step) ? 'noted' : step.state}
      data-earlier={step.earlier || undefined}
    >
      <button
        type="button"
        class="lab-step__head"
        aria-expanded={open}
        aria-controls={body}
        onClick={onToggle}
      >
        <span class="lab-step__mark">{step.state === 'done' ? <Icon name="check" /> : step.number}</span>
        <span class="lab-step__title">{step.title}</span>
        <span class="lab-step__hidden">, {spoken(step)}</span>
      </button>
      {open && (
        <div class="lab-step__body" id={body}>
          <Prose text={step.text} />
          {step.cable !== null && (
            <p class="lab-step__cable" role="status">
              {step.cable}
            </p>
          )}
          {step.kind === 'predict' && <LabQuestion step={step} onAnswer={onAnswer} />}
          <div aria-live="polite">
            {step.reply !== null && (
              <p class="lab-step__reply" data-state={step.state}>
                <PacketWords words={step.reply} packet={step.packet} onSelect={onSelectPacket} />
              </p>
            )}
          </div>
          {step.kind !== 'predict' && <Evidence {...props} />}
          <Show {...props} />
          {step.state !== 'done' && <Hints hints={step.hints} />}
        </div>
      )}
    </li>
  )
}

function Evidence({ step, running, onFilter, onSelectPacket }: LabStepProps) {
  const { state, lookedFor, filter, seen, packet, earlier } = step
  const words =
    state === 'open'
      ? (seen ?? 'Nothing yet.')
      : earlier === true
        ? 'The wire showed it in an earlier run.'
        : 'The wire showed it:'
  return (
    <dl class="lab-step__evidence">
      {lookedFor !== '' && (
        <div>
          <dt>Looked for</dt>
          <dd>
            {lookedFor}
            {filter !== null && (
              <button type="button" class="lab-step__link" title={filter} onClick={() => onFilter(filter)}>
                filter
                <span class="lab-step__hidden"> the packets by {filter}</span>
              </button>
            )}
          </dd>
        </div>
      )}
      {(running || earlier === true) && (
        <div aria-live="polite">
          <dt>{state === 'done' ? 'Seen' : 'Seen instead'}</dt>
          <dd>
            <PacketWords words={words} packet={packet} onSelect={onSelectPacket} />
          </dd>
        </div>
      )}
    </dl>
  )
}

const VIEWS: Readonly<Record<NonNullable<LabStepNode['look']>['view'], string>> = {
  map: 'on the map',
  ladder: 'in the ladder',
  packets: 'in the list of packets',
  inspector: 'in the inspector',
  heartbeats: 'among the heartbeats',
  events: 'among the events',
  'who-heard': 'in who heard',
  flow: 'in the conversation',
  compare: 'in Compare',
}

/** Before a run there is nothing of the learner's to show. */
function Show({ step, running, shown, onShow, onShowBack }: LabStepProps) {
  if (step.look === null || !running) return null
  return (
    <div class="lab-step__show">
      <button type="button" class="lab-step__point" onClick={onShow}>
        <Icon name="alone" />
        Show me {VIEWS[step.look.view]}
      </button>
      {shown !== null && (
        <button type="button" class="lab-step__link" onClick={onShowBack}>
          Back to what I looked at
        </button>
      )}
      <p class="lab-step__shown" role="status">
        {shown ?? ''}
      </p>
    </div>
  )
}

/** One at a time: the first points, the last all but says it. */
function Hints({ hints }: { hints: readonly string[] }) {
  const [shown, setShown] = useState(0)
  if (hints.length === 0) return null
  return (
    <div class="lab-step__hints">
      <ol aria-live="polite">
        {hints.slice(0, shown).map((hint) => (
          <li key={hint}>
            <Prose text={hint} />
          </li>
        ))}
      </ol>
      {shown < hints.length && (
        <button type="button" class="lab-step__hint" onClick={() => setShown(shown + 1)}>
          {shown === 0 ? 'A hint' : 'Another hint'}
          <span class="lab-step__count">
            {shown + 1} of {hints.length}
          </span>
        </button>
      )}
    </div>
  )
}

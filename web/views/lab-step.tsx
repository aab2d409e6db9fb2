/** One step of a lab: what to do, what the wire says of it, and the question it may ask. */
import { useState } from 'preact/hooks'
import type { LabStepNode } from '../../server/dashboard/api-labs.ts'
import { Icon } from './icons.tsx'
import { renderMarkdown } from './markdown.ts'

export interface LabStepProps {
  step: LabStepNode
  /** From 1. */
  place: number
  open: boolean
  /** False before the lab was started: the wire can't say anything yet. */
  running: boolean
  onToggle: () => void
  onAnswer: (answer: string) => void
  onFilter: (filter: string) => void
  onSelectPacket: (number: number) => void
}

/** Answered before the packets that decide have come. */
export function isNoted(step: LabStepNode): boolean {
  return step.kind === 'predict' && step.state === 'open' && step.answer !== null && step.packet === null
}

const SPOKEN = { open: 'open', done: 'done' } as const

export function LabStep({
  step,
  place,
  open,
  running,
  onToggle,
  onAnswer,
  onFilter,
  onSelectPacket,
}: LabStepProps) {
  const body = `lab-step-${step.id}`
  return (
    <li class="lab-step" data-state={isNoted(step) ? 'noted' : step.state}>
      <button
        type="button"
        class="lab-step__head"
        aria-expanded={open}
        aria-controls={body}
        onClick={onToggle}
      >
        <span class="lab-step__mark">{step.state === 'done' ? <Icon name="check" /> : place}</span>
        <span class="lab-step__title">{step.title}</span>
        <span class="lab-step__hidden">, {isNoted(step) ? 'answered' : SPOKEN[step.state]}</span>
      </button>
      {open && (
        <div class="lab-step__body" id={body}>
          <Prose text={step.text} />
          {step.cable !== null && (
            <p class="lab-step__cable" role="status">
              {step.cable}
            </p>
          )}
          {step.kind === 'predict' && <Question key={step.answer ?? ''} step={step} onAnswer={onAnswer} />}
          {step.reply !== null && (
            <p class="lab-step__reply" data-state={step.state} role="status">
              {step.reply}
              {step.packet !== null && <PacketLink number={step.packet} onSelect={onSelectPacket} />}
            </p>
          )}
          {step.kind !== 'predict' && (
            <Evidence step={step} running={running} onFilter={onFilter} onSelectPacket={onSelectPacket} />
          )}
          {step.state !== 'done' && <Hints hints={step.hints} />}
        </div>
      )}
    </li>
  )
}

export function Prose({ text }: { text: string }) {
  // renderMarkdown lets none of the text's own HTML through.
  return <div class="prose" dangerouslySetInnerHTML={{ __html: renderMarkdown(text) }} />
}

interface EvidenceProps {
  step: LabStepNode
  running: boolean
  onFilter: (filter: string) => void
  onSelectPacket: (number: number) => void
}

function Evidence({ step, running, onFilter, onSelectPacket }: EvidenceProps) {
  const { state, lookedFor, filter, seen, packet } = step
  return (
    <dl class="lab-step__evidence">
      {lookedFor !== '' && (
        <div>
          <dt>Looked for</dt>
          <dd>
            {lookedFor}
            {filter !== null && (
              <button type="button" class="lab-step__link" title={filter} onClick={() => onFilter(filter)}>
                show
                <span class="lab-step__hidden"> the packets that match {filter}</span>
              </button>
            )}
          </dd>
        </div>
      )}
      {running && (
        <div aria-live="polite">
          <dt>{state === 'done' ? 'Seen' : 'Seen instead'}</dt>
          <dd>
            {state === 'done' ? 'The wire showed it.' : (seen ?? 'Nothing yet.')}
            {packet !== null && <PacketLink number={packet} onSelect={onSelectPacket} />}
          </dd>
        </div>
      )}
    </dl>
  )
}

function PacketLink({ number, onSelect }: { number: number; onSelect: (number: number) => void }) {
  return (
    <button type="button" class="lab-step__link" onClick={() => onSelect(number)}>
      packet {number}
    </button>
  )
}

function Question({ step, onAnswer }: { step: LabStepNode; onAnswer: (answer: string) => void }) {
  const [answer, setAnswer] = useState(step.answer ?? '')
  const free = step.choices.length === 0
  return (
    <form
      class="lab-step__question"
      onSubmit={(event) => {
        event.preventDefault()
        if (answer.trim() !== '') onAnswer(answer.trim())
      }}
    >
      {free ? (
        <input
          class="lab-step__input"
          aria-label={`Your answer: ${step.title}`}
          value={answer}
          maxLength={200}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setAnswer(event.currentTarget.value)}
        />
      ) : (
        <fieldset class="lab-step__choices">
          <legend class="lab-step__hidden">{step.title}</legend>
          {step.choices.map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name={`answer-${step.id}`}
                value={choice}
                checked={answer === choice}
                onChange={() => setAnswer(choice)}
              />
              <span>{choice}</span>
            </label>
          ))}
        </fieldset>
      )}
      <button
        type="submit"
        class="lab-step__answer"
        disabled={answer.trim() === '' || answer.trim() === step.answer}
      >
        {step.answer === null ? 'Answer' : 'Answer again'}
      </button>
    </form>
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

/** A fate for frames to come, chosen instead of left to chance: the usual ones in a press, others by a sentence to fill in. */
import { useState } from 'preact/hooks'
import type { FlowNode, Row } from '../../server/dashboard/api.ts'
import type { ChosenFateNode } from '../../server/dashboard/api-network.ts'
import {
  type Choice,
  choiceOf,
  choiceProgress,
  choiceWords,
  type Draft,
  FATES,
  FIRST_DRAFT,
  MATCHES,
  quickChoices,
} from '../lib/chosen-fates.ts'
import { Icon } from './icons.tsx'

export interface ChosenFatesProps {
  chosen: readonly ChosenFateNode[]
  /** The conversation one is on, and the packet of it. */
  flow: FlowNode | null
  row: Row | null
  /** Why the last one was refused. */
  error: string | null
  onChoose: (choice: Choice) => void
  onRemove: (id: number) => void
}

export function ChosenFates({ chosen, flow, row, error, onChoose, onRemove }: ChosenFatesProps) {
  const [draft, setDraft] = useState<Draft>(FIRST_DRAFT)
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  // What was said of one conversation is not meant for none.
  const of = flow === null && draft.of === 'this' ? 'next' : draft.of
  return (
    <section class="fates" aria-labelledby="fates-title">
      <h2 id="fates-title">Choose a frame’s fate</h2>
      <div class="fates__quick">
        {quickChoices(flow, row).map(({ label, choice }) => (
          <button key={label} type="button" onClick={() => onChoose(choice)}>
            {label}
          </button>
        ))}
      </div>
      <p class="fates__of">
        {flow === null
          ? 'Of any conversation. Choose one, or a packet of it, to mean that alone.'
          : `Of ${flow.id}, the conversation you are on.`}
      </p>
      <form
        class="fates__form"
        onSubmit={(event) => {
          event.preventDefault()
          onChoose(choiceOf({ ...draft, of }, flow?.client ?? null))
        }}
      >
        <Pick label="What happens" value={draft.fate} options={FATES} onPick={(fate) => change({ fate })} />
        <Pick
          label="Which frames count"
          value={draft.match}
          options={MATCHES.map(([id, one]) => [id, one] as const)}
          onPick={(match) => change({ match })}
        />
        <label>
          number
          <input
            type="number"
            min={1}
            max={1e6}
            value={draft.nth}
            onInput={({ currentTarget: { valueAsNumber: n } }) => n >= 1 && change({ nth: Math.floor(n) })}
          />
        </label>
        <Pick
          label="How many"
          value={draft.count === null ? 'all' : draft.count === 1 ? 'one' : 'some'}
          options={[
            ['one', 'that one'],
            ['some', 'several'],
            ['all', 'and all after it'],
          ]}
          onPick={(many) => change({ count: many === 'all' ? null : many === 'one' ? 1 : 3 })}
        />
        {draft.count !== null && draft.count > 1 && (
          <label>
            how many
            <input
              type="number"
              min={2}
              max={1e6}
              value={draft.count}
              onInput={({ currentTarget: { valueAsNumber: n } }) =>
                n >= 2 && change({ count: Math.floor(n) })
              }
            />
          </label>
        )}
        {draft.fate === 'delayed' && (
          <label>
            by ms
            <input
              type="number"
              min={1}
              max={600_000}
              value={draft.delayMs}
              onInput={({ currentTarget: { valueAsNumber: n } }) => n >= 1 && change({ delayMs: n })}
            />
          </label>
        )}
        <Pick
          label="Of which conversation"
          value={of}
          options={[
            ...(flow === null ? [] : [['this', `of ${flow.id}`] as const]),
            ['next', 'of whichever comes first'] as const,
            ['any', 'of any'] as const,
          ]}
          onPick={(next) => change({ of: next })}
        />
        <Pick
          label="Direction"
          value={draft.direction}
          options={[
            ['up', 'to the server'],
            ['down', 'to the client'],
          ]}
          onPick={(direction) => change({ direction })}
        />
        <button type="submit">Choose</button>
      </form>
      {error !== null && (
        <p class="fates__error" role="alert">
          {error}
        </p>
      )}
      {chosen.length > 0 && (
        <ul class="fates__list" aria-label="Chosen fates">
          {chosen.map((one) => (
            <li key={one.id}>
              <span>{choiceWords(one)}</span>
              <span class="fates__progress">{choiceProgress(one)}</span>
              <button
                type="button"
                aria-label={`Take away: ${choiceWords(one)}`}
                onClick={() => onRemove(one.id)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface PickProps<T extends string> {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onPick: (value: T) => void
}

function Pick<T extends string>({ label, value, options, onPick }: PickProps<T>) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => {
        const found = options.find(([id]) => id === event.currentTarget.value)
        if (found !== undefined) onPick(found[0])
      }}
    >
      {options.map(([id, words]) => (
        <option key={id} value={id}>
          {words}
        </option>
      ))}
    </select>
  )
}

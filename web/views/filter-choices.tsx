/** What opens under the filter bar: names that fit what is typed, or filters that were in force and some to know. */
import type { Completion } from '../../server/dashboard/api.ts'
import { Icon } from './icons.tsx'

export type Choice =
  | { kind: 'name'; text: string; completion: Completion }
  | { kind: 'history'; text: string }
  | { kind: 'example'; text: string; finds: string }

export interface FilterChoicesProps {
  id: string
  choices: readonly Choice[]
  /** The one that the keys are on; -1 for none. */
  at: number
  /** Something is typed that a choice can be added to. */
  addable: boolean
  /** The last one that was taken out, for as long as it can be had back. */
  forgotten: string | null
  onTake: (choice: Choice) => void
  onAdd: (choice: Choice) => void
  onForget: (filter: string) => void
  onRestore: () => void
}

const GROUPS = [
  ['name', ''],
  ['history', 'Lately'],
  ['example', 'Good to know'],
] as const

export function FilterChoices(props: FilterChoicesProps) {
  const { id, choices, forgotten } = props
  const wholes = choices.some(({ kind }) => kind !== 'name')
  return (
    // The input keeps the focus: nothing in here takes it.
    <div class="filter-bar__names" onPointerDown={(event) => event.preventDefault()}>
      <div id={`${id}-names`} role="listbox" aria-label={wholes ? 'Filters' : 'Names'}>
        {GROUPS.map(([kind, title]) => {
          const own = choices.filter((choice) => choice.kind === kind)
          if (own.length === 0) return null
          const options = own.map((choice) => (
            <Option key={choice.text} {...props} choice={choice} index={choices.indexOf(choice)} />
          ))
          if (title === '') return options
          return (
            <div key={kind} role="group" aria-label={title}>
              <p class="filter-bar__group" aria-hidden="true">
                {title}
              </p>
              {options}
            </div>
          )
        })}
      </div>
      {wholes && (
        <p class="filter-bar__keys">
          {forgotten !== null ? (
            <>
              <span>
                <code>{forgotten}</code> is forgotten.
              </span>
              <button type="button" tabIndex={-1} onClick={props.onRestore}>
                Undo <kbd>Ctrl+Z</kbd>
              </button>
            </>
          ) : (
            <>
              <span>
                <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Enter</kbd> use
              </span>
              {props.addable && (
                <span>
                  <kbd>Shift</kbd> <kbd>Enter</kbd> and
                </span>
              )}
              {choices.some(({ kind }) => kind === 'history') && (
                <span>
                  <kbd>Del</kbd> forget
                </span>
              )}
            </>
          )}
        </p>
      )}
    </div>
  )
}

function Option({
  id,
  choice,
  index,
  at,
  addable,
  onTake,
  onAdd,
  onForget,
}: FilterChoicesProps & { choice: Choice; index: number }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys; options are never focused
    <div
      id={`${id}-${index}`}
      role="option"
      aria-selected={index === at}
      class={`filter-bar__name filter-bar__name--${choice.kind}`}
      onClick={(event) => (event.shiftKey && addable ? onAdd(choice) : onTake(choice))}
    >
      <code>{choice.text}</code>
      {choice.kind === 'name' ? (
        <>
          <span class="filter-bar__type">
            {choice.completion.type === 'value' ? choice.completion.label : choice.completion.type}
          </span>
          {/* Values are all of one field, and what that is needs saying once. */}
          <span class="filter-bar__about">
            {choice.completion.type !== 'value' || index === 0
              ? (choice.completion.about ?? choice.completion.label)
              : ''}
          </span>
        </>
      ) : (
        <>
          {choice.kind === 'example' && <span class="filter-bar__about">{choice.finds}</span>}
          {/* The pointer's way to what the keys do: an option can hold no button. */}
          {choice.kind === 'history' && (
            // biome-ignore lint/a11y/useKeyWithClickEvents: Delete does it
            // biome-ignore lint/a11y/noStaticElementInteractions: Delete does it
            <span
              class="filter-bar__forget"
              title="Forget this one (Del)"
              onClick={(event) => {
                event.stopPropagation()
                onForget(choice.text)
              }}
            >
              <Icon name="close" />
            </span>
          )}
        </>
      )}
    </div>
  )
}

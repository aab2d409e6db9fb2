/**
 * The display filter: completes names while one types, applies on Enter, and puts an error under its character. Empty,
 * it has the filters that were in force, and some that are good to know.
 */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ApiError, CompletionList } from '../../server/dashboard/api.ts'
import { EXAMPLES } from '../lib/filter-history.ts'
import { joined } from '../lib/filter-words.ts'
import { formatCount } from '../lib/format.ts'
import { type Choice, FilterChoices } from './filter-choices.tsx'
import { Icon } from './icons.tsx'

export interface FilterBarProps {
  /** The filter in effect. */
  value: string
  error: ApiError | null
  /** How many packets match, when a filter is in effect. */
  matches: number | null
  /** Filters that were in force, the newest first. */
  history: readonly string[]
  complete: (text: string, at: number, signal: AbortSignal) => Promise<CompletionList | null>
  onApply: (text: string) => void
  onEdit: () => void
  onForget: (filter: string) => void
  /** The history as it was before something was forgotten. */
  onRestore: (history: readonly string[]) => void
}

/** Long enough that a fast typist asks once a word. */
const PAUSE_MS = 90
const MOST_NAMES = 12
const MOST_LATELY = 8

type Open = { of: 'names'; list: CompletionList } | { of: 'filters' } | null

export function FilterBar(props: FilterBarProps) {
  const { value, error, matches, history, complete, onApply, onEdit } = props
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const asking = useRef<AbortController>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [text, setText] = useState(value)
  const [opened, setOpened] = useState<Open>(null)
  const [at, setAt] = useState(-1)
  const [scrolled, setScrolled] = useState(0)
  const [before, setBefore] = useState<{ history: readonly string[]; forgotten: string } | null>(null)

  useEffect(() => setText(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])

  const choices = choicesOf(opened, history)
  const open = choices.length > 0

  const stopAsking = () => {
    clearTimeout(timer.current)
    asking.current?.abort()
  }
  const close = () => {
    stopAsking()
    setOpened(null)
    setAt(-1)
    setBefore(null)
  }
  const openFilters = (first = -1) => {
    stopAsking()
    setOpened({ of: 'filters' })
    setAt(first)
  }

  const ask = (now: string, caret: number) => {
    stopAsking()
    const controller = new AbortController()
    asking.current = controller
    timer.current = setTimeout(async () => {
      const found = await complete(now, caret, controller.signal)
      if (controller.signal.aborted || found === null) return
      const word = now.slice(found.from, found.to)
      // Nothing to add to a name that is already there in full.
      const done = found.names.length === 1 && found.names[0]?.name === word
      setOpened(done ? null : { of: 'names', list: found })
      setAt(-1)
    }, PAUSE_MS)
  }

  const apply = (filter: string) => {
    setText(filter)
    close()
    onApply(filter)
  }

  const take = (choice: Choice | undefined) => {
    if (choice === undefined) return
    if (choice.kind !== 'name') return apply(choice.text)
    if (opened?.of !== 'names') return
    const { from, to } = opened.list
    const caret = from + choice.text.length
    setText(text.slice(0, from) + choice.text + text.slice(to))
    onEdit()
    close()
    queueMicrotask(() => {
      input.current?.focus()
      input.current?.setSelectionRange(caret, caret)
    })
  }
  const add = (choice: Choice) => apply(joined(text, choice.text, 'and'))

  const forget = (filter: string) => {
    setBefore({ history, forgotten: filter })
    props.onForget(filter)
  }
  const restore = () => {
    if (before !== null) props.onRestore(before.history)
    setBefore(null)
  }

  const key = (event: KeyboardEvent) => {
    const choice = choices[at]
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (open) close()
      else if (text !== value) setText(value)
      else input.current?.blur()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (choice === undefined) apply(text)
      else if (event.shiftKey && text !== '' && choice.kind !== 'name') add(choice)
      else take(choice)
    } else if (event.key === 'Tab' && opened?.of === 'names' && !event.shiftKey) {
      event.preventDefault()
      take(choices[Math.max(0, at)])
    } else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setAt((at + step + choices.length + (at < 0 && step < 0 ? 1 : 0)) % choices.length)
    } else if (event.key === 'ArrowUp' || (event.key === 'ArrowDown' && text === '')) {
      event.preventDefault()
      openFilters(0)
    } else if (event.key === 'ArrowDown') {
      event.preventDefault()
      ask(text, input.current?.selectionStart ?? text.length)
    } else if (event.key === 'Delete' && choice?.kind === 'history') {
      event.preventDefault()
      setAt(Math.min(at, choices.length - 2))
      forget(choice.text)
    } else if (event.key === 'z' && (event.ctrlKey || event.metaKey) && before !== null) {
      event.preventDefault()
      restore()
    }
  }

  // The one that the keys are on is in sight.
  useEffect(() => {
    if (at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [at, id])

  const caretAt = error?.at
  return (
    <search class="filter-bar">
      <label class="filter-bar__label" for={id}>
        Filter
      </label>
      <div class="filter-bar__field">
        <input
          ref={input}
          id={id}
          class="filter-bar__input"
          data-key="filter"
          type="text"
          value={text}
          placeholder="tcp.port == 4001"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          role="combobox"
          aria-expanded={open}
          aria-controls={open ? `${id}-names` : undefined}
          aria-autocomplete="list"
          aria-activedescendant={open && at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onInput={(event) => {
            const { value: now, selectionStart } = event.currentTarget
            setText(now)
            setBefore(null)
            onEdit()
            if (now === '') openFilters()
            else ask(now, selectionStart ?? now.length)
          }}
          onClick={() => {
            if (text === '' && !open) openFilters()
          }}
          onScroll={(event) => setScrolled(event.currentTarget.scrollLeft)}
          onKeyDown={key}
          onBlur={close}
        />
        {error !== null && caretAt !== undefined && (
          <span class="filter-bar__at" style={`--at: ${caretAt}; --scrolled: ${scrolled}px`} />
        )}
        {matches !== null && error === null && text === value && (
          <span class="filter-bar__count" role="status">
            {formatCount(matches)} match{matches === 1 ? 'es' : ''}
          </span>
        )}
        <div class="filter-bar__buttons">
          {text === '' && <span class="filter-bar__hint" />}
          {text !== '' && (
            <button
              type="button"
              aria-label="Clear the filter"
              onClick={() => {
                apply('')
                input.current?.focus()
              }}
            >
              <Icon name="close" />
            </button>
          )}
          <button
            type="button"
            aria-label="Filters that were in force, and some to know"
            title="History and examples (↑)"
            aria-expanded={open && opened?.of === 'filters'}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => {
              if (opened?.of === 'filters') return close()
              input.current?.focus()
              openFilters()
            }}
          >
            <Icon name="caret" />
          </button>
        </div>
      </div>
      {error !== null && !open && (
        <p class="filter-bar__error" id={`${id}-error`} role="alert">
          {error.message}
          {error.expected !== undefined && <span> Expected: {error.expected}.</span>}
        </p>
      )}
      {open && (
        <FilterChoices
          id={id}
          choices={choices}
          at={at}
          addable={text !== ''}
          forgotten={before?.forgotten ?? null}
          onTake={take}
          onAdd={add}
          onForget={forget}
          onRestore={restore}
        />
      )}
      <span class="visually-hidden" role="status">
        {before === null ? '' : `${before.forgotten} is forgotten. Control Z brings it back.`}
      </span>
    </search>
  )
}

function choicesOf(opened: Open, history: readonly string[]): Choice[] {
  if (opened === null) return []
  if (opened.of === 'names') {
    return opened.list.names.slice(0, MOST_NAMES).map((completion) => ({
      kind: 'name',
      text: completion.name,
      completion,
    }))
  }
  const lately = history.slice(0, MOST_LATELY)
  return [
    ...lately.map((text): Choice => ({ kind: 'history', text })),
    ...EXAMPLES.filter(([text]) => !lately.includes(text)).map(
      ([text, finds]): Choice => ({ kind: 'example', text, finds }),
    ),
  ]
}

/** The display filter: completes names while one types, applies on Enter, and puts an error under its character. */
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ApiError, CompletionList } from '../../server/dashboard/api.ts'
import { formatCount } from '../lib/format.ts'
import { Icon } from './icons.tsx'

export interface FilterBarProps {
  /** The filter in effect. */
  value: string
  error: ApiError | null
  /** How many packets match, when a filter is in effect. */
  matches: number | null
  complete: (text: string, at: number, signal: AbortSignal) => Promise<CompletionList | null>
  onApply: (text: string) => void
  onEdit: () => void
}

/** Long enough that a fast typist asks once a word. */
const PAUSE_MS = 90

export function FilterBar({ value, error, matches, complete, onApply, onEdit }: FilterBarProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const asking = useRef<AbortController>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [text, setText] = useState(value)
  const [list, setList] = useState<CompletionList | null>(null)
  const [at, setAt] = useState(-1)
  const [scrolled, setScrolled] = useState(0)

  useEffect(() => setText(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])

  const names = list?.names.slice(0, 12) ?? []
  const open = names.length > 0

  const close = () => {
    clearTimeout(timer.current)
    asking.current?.abort()
    setList(null)
    setAt(-1)
  }

  const ask = (now: string, caret: number) => {
    clearTimeout(timer.current)
    asking.current?.abort()
    const controller = new AbortController()
    asking.current = controller
    timer.current = setTimeout(async () => {
      const found = await complete(now, caret, controller.signal)
      if (controller.signal.aborted || found === null) return
      const word = now.slice(found.from, found.to)
      // Nothing to add to a name that is already there in full.
      setList(found.names.length === 1 && found.names[0]?.name === word ? null : found)
      setAt(-1)
    }, PAUSE_MS)
  }

  const take = (index: number) => {
    const name = names[index]?.name
    if (list === null || name === undefined) return
    const next = text.slice(0, list.from) + name + text.slice(list.to)
    const caret = list.from + name.length
    setText(next)
    onEdit()
    close()
    queueMicrotask(() => {
      input.current?.focus()
      input.current?.setSelectionRange(caret, caret)
    })
  }

  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (open) close()
      else if (text !== value) setText(value)
      else input.current?.blur()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (open && at >= 0) return take(at)
      close()
      onApply(text)
    } else if (event.key === 'Tab' && open && !event.shiftKey) {
      event.preventDefault()
      take(Math.max(0, at))
    } else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setAt((at + step + names.length + (at < 0 && step < 0 ? 1 : 0)) % names.length)
    } else if (event.key === 'ArrowDown') {
      event.preventDefault()
      ask(text, input.current?.selectionStart ?? text.length)
    }
  }

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
          aria-controls={`${id}-names`}
          aria-autocomplete="list"
          aria-activedescendant={open && at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onInput={(event) => {
            const { value: now, selectionStart } = event.currentTarget
            setText(now)
            onEdit()
            ask(now, selectionStart ?? now.length)
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
        {text !== '' ? (
          <button
            type="button"
            class="filter-bar__clear"
            aria-label="Clear the filter"
            onClick={() => {
              setText('')
              close()
              onApply('')
              input.current?.focus()
            }}
          >
            <Icon name="close" />
          </button>
        ) : (
          <span class="filter-bar__hint" />
        )}
      </div>
      {error !== null && (
        <p class="filter-bar__error" id={`${id}-error`} role="alert">
          {error.message}
          {error.expected !== undefined && <span> Expected: {error.expected}.</span>}
        </p>
      )}
      <div class="filter-bar__names" id={`${id}-names`} role="listbox" aria-label="Names" hidden={!open}>
        {names.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys; options are never focused
          <div
            key={entry.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            class="filter-bar__name"
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(index)}
          >
            <code>{entry.name}</code>
            <span class="filter-bar__type">{entry.type === 'value' ? entry.label : entry.type}</span>
            {/* Values are all of one field, and what that is needs saying once. */}
            <span class="filter-bar__about">
              {entry.type !== 'value' || index === 0 ? (entry.about ?? entry.label) : ''}
            </span>
          </div>
        ))}
      </div>
    </search>
  )
}

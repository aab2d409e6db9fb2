/** A button that asks before it does: what it would do, and two answers. Esc is the second. */
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface AskingProps {
  class: string
  /** What the button says. */
  label: string
  disabled?: boolean
  /** What would happen, in a sentence or two. */
  children: ComponentChildren
  yes: string
  no: string
  onYes: () => void
}

export function Asking({ class: name, label, disabled = false, children, yes, no, onYes }: AskingProps) {
  const [open, setOpen] = useState(false)
  const question = useId()
  const button = useRef<HTMLButtonElement>(null)
  const safe = useRef<HTMLButtonElement>(null)
  const asked = useRef(false)
  // Before the next key can be pressed: Esc answers the question, and closes nothing else.
  useLayoutEffect(() => {
    if (open) safe.current?.focus()
    else if (asked.current) button.current?.focus()
    asked.current = open
  }, [open])
  if (!open)
    return (
      <button ref={button} type="button" class={name} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </button>
    )
  return (
    <div
      class="asking"
      role="group"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        setOpen(false)
      }}
    >
      <p class="asking__question" id={question}>
        {children}
      </p>
      <button
        type="button"
        class="asking__yes"
        aria-describedby={question}
        onClick={() => {
          setOpen(false)
          onYes()
        }}
      >
        {yes}
      </button>
      <button
        ref={safe}
        type="button"
        class="asking__no"
        aria-describedby={question}
        onClick={() => setOpen(false)}
      >
        {no}
      </button>
    </div>
  )
}

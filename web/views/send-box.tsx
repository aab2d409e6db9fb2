/** Sends one message to an echo service, for those without a terminal at hand. */
import { useState } from 'preact/hooks'

export interface SendTarget {
  /** `tcp-echo`, as the API names it. */
  readonly service: string
  /** As the reader knows it: `TCP echo`. */
  readonly title: string
  /** Id of the lab's run whose service is meant; null for the fixed ones. */
  readonly run: string | null
}

export type SendOutcome =
  | { readonly state: 'answered'; readonly reply: string | null }
  | { readonly state: 'failed'; readonly message: string }

export interface SendBoxProps {
  targets: readonly SendTarget[]
  onSend: (target: SendTarget, message: string) => Promise<SendOutcome>
}

export function SendBox({ targets, onSend }: SendBoxProps) {
  const [at, setAt] = useState(0)
  const [message, setMessage] = useState('hello')
  const [newline, setNewline] = useState(true)
  const [outcome, setOutcome] = useState<SendOutcome | 'sending' | null>(null)
  const target = targets[at] ?? targets[0]
  if (target === undefined) return null
  const text = newline ? `${message}\n` : message
  const bytes = new TextEncoder().encode(text).length
  return (
    <form
      class="send-box"
      onSubmit={async (event) => {
        event.preventDefault()
        setOutcome('sending')
        setOutcome(await onSend(target, text))
      }}
    >
      <div class="send-box__line">
        <input
          class="send-box__message"
          aria-label="Message"
          value={message}
          maxLength={10_000}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setMessage(event.currentTarget.value)}
        />
        <button type="submit" class="send-box__send" disabled={outcome === 'sending' || text === ''}>
          Send
        </button>
      </div>
      <div class="send-box__line send-box__line--quiet">
        {targets.length > 1 ? (
          <select
            class="send-box__target"
            aria-label="To"
            value={String(at)}
            onChange={(event) => setAt(Number(event.currentTarget.value))}
          >
            {targets.map((option, i) => (
              <option key={option.service} value={String(i)}>
                to {option.title}
              </option>
            ))}
          </select>
        ) : (
          <span>to {target.title}</span>
        )}
        <label>
          <input
            type="checkbox"
            checked={newline}
            onChange={(event) => setNewline(event.currentTarget.checked)}
          />{' '}
          with a newline
        </label>
        <span class="send-box__size">{bytes === 1 ? '1 byte' : `${bytes} bytes`}</span>
      </div>
      <p class="send-box__outcome" role="status">
        {outcome === 'sending' && 'On its way.'}
        {outcome !== null && outcome !== 'sending' && <Outcome outcome={outcome} />}
      </p>
    </form>
  )
}

function Outcome({ outcome }: { outcome: SendOutcome }) {
  if (outcome.state === 'failed') return <>{outcome.message}</>
  if (outcome.reply === null) return <>Sent. Nothing came back.</>
  return (
    <>
      Came back: <code>{JSON.stringify(outcome.reply)}</code>
    </>
  )
}

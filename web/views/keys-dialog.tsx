/** The keys, on one page. */
import { useEffect, useRef } from 'preact/hooks'
import { keyGroups, keyWords } from '../lib/keys.ts'
import { Icon } from './icons.tsx'

export interface KeysDialogProps {
  /** The panes that digits show, in their order. */
  panes: readonly string[]
  /** Whether keys of one letter do anything: speech input would press them by accident (WCAG 2.1.4). */
  letters: boolean
  onLetters: (letters: boolean) => void
  onClose: () => void
}

/** Exists while it is open. */
export function KeysDialog({ panes, letters, onLetters, onClose }: KeysDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={onClose}>
      <header class="keys__head">
        <h2 id="keys-title">Keys</h2>
        <button type="button" class="keys__close" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="keys__groups">
        {keyGroups(panes).map(({ title, entries }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {entries.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((key) => (
                      <span key={key} class="keys__one">
                        {keyWords(key).map((word) => (
                          <kbd key={word}>{word}</kbd>
                        ))}
                      </span>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label class="keys__choice">
        <input
          type="checkbox"
          checked={letters}
          onChange={(event) => onLetters(event.currentTarget.checked)}
        />
        Single letters, digits and signs are keys. Without, Tab, Enter, arrows and Esc still work.
      </label>
    </dialog>
  )
}

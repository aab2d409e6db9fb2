/** The keys, on one page. */
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'

const KEYS: readonly (readonly [string, readonly (readonly [string[], string])[]])[] = [
  [
    'Packets',
    [
      [['j', '↓'], 'the next packet'],
      [['k', '↑'], 'the one before'],
      [['Home', 'End'], 'the oldest, the newest'],
      [['Enter'], 'into the inspector'],
      [['Space'], 'hold the page still, go on'],
      [['/'], 'filter'],
    ],
  ],
  [
    'Panes',
    [
      [['1'], 'ladder'],
      [['2'], 'packets'],
      [['3'], 'inspector'],
      [['4'], 'connections'],
      [['5'], 'heartbeats'],
      [['6'], 'events'],
      [['7'], 'map'],
      [['Esc'], 'back, one step at a time'],
    ],
  ],
  [
    'Page',
    [
      [['t'], 'dark or light'],
      [['l'], 'labs'],
      [['c'], 'compare'],
      [['Ctrl+Z'], 'take back the last change of the cable'],
      [['?'], 'these keys'],
      [['Tab'], 'from pane to pane; arrows move a divider'],
    ],
  ],
]

export interface KeysDialogProps {
  open: boolean
  /** Whether keys of one letter do anything: speech input would press them by accident (WCAG 2.1.4). */
  letters: boolean
  onLetters: (letters: boolean) => void
  onClose: () => void
}

export function KeysDialog({ open, letters, onLetters, onClose }: KeysDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element === null) return
    if (open && !element.open) element.showModal()
    else if (!open && element.open) element.close()
  }, [open])
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={onClose}>
      <header class="keys__head">
        <h2 id="keys-title">Keys</h2>
        <button type="button" class="keys__close" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="keys__groups">
        {KEYS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([names, does]) => (
                <div key={does}>
                  <dt>
                    {names.map((name) => (
                      <kbd key={name}>{name}</kbd>
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

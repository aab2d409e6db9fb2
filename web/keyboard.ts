/** Keys that work wherever one is, except where one types. Panes have keys of their own and keep those. */

export interface Keys {
  filter(): void
  help(): void
  next(): void
  previous(): void
  newest(): void
  oldest(): void
  pause(): void
  pane(number: number): void
  theme(): void
  labs(): void
  compare(): void
  /** One step back: whatever was opened last. */
  back(): void
}

/** Names of the keys as `KeyboardEvent.key` has them, to what they do. */
const COMMANDS: Readonly<Record<string, Exclude<keyof Keys, 'pane'>>> = {
  '/': 'filter',
  '?': 'help',
  j: 'next',
  k: 'previous',
  ArrowDown: 'next',
  ArrowUp: 'previous',
  End: 'newest',
  Home: 'oldest',
  ' ': 'pause',
  t: 'theme',
  l: 'labs',
  c: 'compare',
  Escape: 'back',
}

/** Elements that use Space, arrows, Home and End themselves. */
const BUSY =
  'button, a, summary, select, [role="separator"], [role="treeitem"], [role="application"], [role="tab"], [role="radio"], [role="slider"]'
/** Where arrows scroll. */
const SCROLLS = '[tabindex="0"][role="region"], [data-scrolls]'

export function listenToKeys(target: Document, keys: Keys, letters: () => boolean): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.key.length === 1 && !letters()) return
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    const on = event.target instanceof Element ? event.target : null
    if (on?.closest('input, textarea, select, [contenteditable="true"], dialog')) return
    if (/^[1-9]$/.test(event.key)) {
      event.preventDefault()
      keys.pane(Number(event.key))
      return
    }
    const command = COMMANDS[event.key]
    if (command === undefined) return
    const moves =
      event.key === ' ' || event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End'
    if (moves && (on?.closest(BUSY) || (event.key !== ' ' && on?.closest(SCROLLS)))) return
    event.preventDefault()
    keys[command]()
  }
  target.addEventListener('keydown', listen)
  return () => target.removeEventListener('keydown', listen)
}

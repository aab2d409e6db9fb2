/** Keys that work wherever one is, except where one types. Panes have keys of their own and keep those. */
import { commandOf, type Keys } from './lib/keys.ts'

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
    if (on?.closest('input, textarea, select, [contenteditable="true"], dialog[open]')) return
    if (/^[1-9]$/.test(event.key)) {
      event.preventDefault()
      keys.pane(Number(event.key))
      return
    }
    const command = commandOf(event.key, event.shiftKey)
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

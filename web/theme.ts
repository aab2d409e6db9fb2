/** Dark or light: the system's wish, until the reader says otherwise. */
import { effect, signal } from '@preact/signals'
import { remember, remembered } from './lib/memory.ts'

export type Theme = 'dark' | 'light'

const KEY = 'theme'
const light = matchMedia('(prefers-color-scheme: light)')
const system = signal<Theme>(light.matches ? 'light' : 'dark')
const chosen = signal<Theme | null>(asTheme(remembered(KEY)))

export function currentTheme(): Theme {
  return chosen.value ?? system.value
}

/** Sets `data-theme` on the page and keeps it true. */
export function followTheme(root: HTMLElement): void {
  light.addEventListener('change', (event) => {
    system.value = event.matches ? 'light' : 'dark'
  })
  effect(() => {
    root.dataset.theme = currentTheme()
  })
}

/** The other theme; choosing what the system wants anyway forgets the choice. */
export function toggleTheme(): void {
  const next: Theme = currentTheme() === 'dark' ? 'light' : 'dark'
  chosen.value = next === system.value ? null : next
  remember(KEY, chosen.value)
}

function asTheme(text: string | null): Theme | null {
  return text === 'dark' || text === 'light' ? text : null
}

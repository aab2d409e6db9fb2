/** How the page looks: dark or light, contrast, and larger for a projector. The system's wish, until the reader says otherwise. */
import { effect, signal } from '@preact/signals'
import { remember, remembered } from './lib/memory.ts'
import type { MenuItem } from './views/menu.tsx'

export type Theme = 'dark' | 'light'

const light = matchMedia('(prefers-color-scheme: light)')
const more = matchMedia('(prefers-contrast: more)')
const system = signal<Theme>(light.matches ? 'light' : 'dark')
const systemContrast = signal(more.matches)
const chosen = signal<Theme | null>(asTheme(remembered('theme')))
const chosenContrast = signal<boolean | null>(asContrast(remembered('contrast')))

/** For a projector: larger type, stronger lines, and only the panes that matter. */
export const projecting = signal(remembered('projector') === 'on')

export function currentTheme(): Theme {
  return chosen.value ?? system.value
}

const highContrast = () => chosenContrast.value ?? systemContrast.value

/** Says it on the page's root, for the styles, and keeps it true. */
export function followTheme(root: HTMLElement): void {
  light.addEventListener('change', (event) => {
    system.value = event.matches ? 'light' : 'dark'
  })
  more.addEventListener('change', (event) => {
    systemContrast.value = event.matches
  })
  effect(() => {
    root.dataset.theme = currentTheme()
    root.toggleAttribute('data-projector', projecting.value)
    if (highContrast()) root.dataset.contrast = 'more'
    else delete root.dataset.contrast
  })
}

/** The other theme; choosing what the system wants anyway forgets the choice. */
export function toggleTheme(): void {
  const next: Theme = currentTheme() === 'dark' ? 'light' : 'dark'
  choose(next === system.value ? null : next)
}

export function toggleProjector(): void {
  projecting.value = !projecting.value
  remember('projector', projecting.value ? 'on' : null)
}

function choose(theme: Theme | null): void {
  chosen.value = theme
  remember('theme', theme)
}

function toggleContrast(): void {
  const next = !highContrast()
  chosenContrast.value = next === systemContrast.value ? null : next
  remember('contrast', chosenContrast.value === null ? null : next ? 'more' : 'usual')
}

/** The menu of all that. */
export function lookItems(): MenuItem[] {
  const themes = [
    [null, 'As the system'],
    ['dark', 'Dark'],
    ['light', 'Light'],
  ] as const
  return [
    ...themes.map(([theme, label]) => ({
      label,
      checked: chosen.value === theme,
      onPick: () => choose(theme),
    })),
    { label: 'High contrast', checked: highContrast(), toggles: true, apart: true, onPick: toggleContrast },
    {
      label: 'For a projector',
      about: 'p',
      checked: projecting.value,
      toggles: true,
      onPick: toggleProjector,
    },
  ]
}

function asTheme(text: string | null): Theme | null {
  return text === 'dark' || text === 'light' ? text : null
}

function asContrast(text: string | null): boolean | null {
  return text === null ? null : text === 'more'
}

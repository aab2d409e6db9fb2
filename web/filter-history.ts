/** The filters that were in force in this browser, remembered from one visit to the next. */
import { effect, signal } from '@preact/signals'
import { readHistory, withFilter, without } from './lib/filter-history.ts'
import { remember, remembered } from './lib/memory.ts'
import { filter } from './state.ts'

const KEY = 'filters'

export const filterHistory = signal<readonly string[]>(readHistory(remembered(KEY)))

function keep(history: readonly string[]): void {
  filterHistory.value = history
  remember(KEY, history.length === 0 ? null : JSON.stringify(history))
}

/** Every filter that comes into force, wherever it was made. */
export function keepFilters(): void {
  effect(() => {
    const text = filter.value
    if (text !== '') keep(withFilter(filterHistory.peek(), text))
  })
}

export function forgetFilter(text: string): void {
  keep(without(filterHistory.value, text))
}

/** As it was before one was forgotten. */
export function restoreFilters(history: readonly string[]): void {
  keep(history)
}

/**
 * What the first look at the page does not need is loaded when it is opened, or before that, as soon as the page has
 * nothing else to do: then it opens at once, also when the lab is gone by then.
 */
import { signal } from '@preact/signals'
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'

type Load = () => Promise<unknown>

const ahead: Load[] = []

/** What is open and could not be loaded. */
export const missing = signal<ReadonlySet<Load>>(new Set())

/** A part of the page that is loaded once it is shown; `meanwhile` stands in its place. */
export function lazy<P extends object>(
  get: () => Promise<ComponentType<P>>,
  meanwhile: ComponentChildren = null,
): (props: P) => ComponentChildren {
  const loaded = signal<ComponentType<P> | null>(null)
  const load = async () => {
    loaded.value ??= await get()
  }
  ahead.push(load)
  return function Lazy(props: P) {
    const Part = loaded.value
    useEffect(() => {
      if (loaded.peek() !== null) return
      let shown = true
      void load().catch(() => {
        if (shown) missing.value = new Set([...missing.peek(), load])
      })
      return () => {
        shown = false
        found(load)
      }
    }, [])
    return Part === null ? meanwhile : <Part {...props} />
  }
}

/** What has no place on the page, for `loadAhead`. */
export function loadLater(load: Load): void {
  ahead.push(load)
}

/** Tries again to load what is open. */
export async function loadMissing(): Promise<void> {
  await Promise.all([...missing.peek()].map((load) => load().then(() => found(load), notYet)))
}

/** Loads all of it, a part at a time. What fails is tried again when it is opened. */
export async function loadAhead(): Promise<void> {
  for (const load of ahead) {
    await idle()
    await load().catch(notYet)
  }
}

function found(load: Load): void {
  if (missing.peek().has(load)) missing.value = new Set([...missing.peek()].filter((one) => one !== load))
}

const notYet = () => undefined

/** A page that never rests still loads its parts: one in so long. */
const LONGEST_MS = 1000

function idle(): Promise<unknown> {
  return new Promise((go) => {
    if ('requestIdleCallback' in window) requestIdleCallback(go, { timeout: LONGEST_MS })
    else setTimeout(go, LONGEST_MS)
  })
}

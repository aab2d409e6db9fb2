/** What a reader does to a busy page, and how long each took until it was seen. */
import type { WatchedPage } from './page-browser.ts'
import { notedBy } from './page-browser.ts'

export interface Interaction {
  readonly name: string
  /** From the event to the paint after it; what was too fast to be noted counts as 16. */
  readonly ms: number
}

/** Event Timing tells of no faster one. */
const SHORTEST_MS = 16

/** Where the keys go: no interaction in itself. */
const SETTING_OUT = 'focus'

type Act = readonly [name: string, act: () => Promise<unknown>]

/** Does all of it in turn. What a page has no place for is left out. */
export async function interact(watched: WatchedPage): Promise<Interaction[]> {
  const done: Interaction[] = []
  for (const [name, act] of script(watched)) {
    const before = new Set(Object.keys((await notedBy(watched)).interactions))
    try {
      await act()
    } catch {
      continue
    }
    await settled(watched)
    if (name === SETTING_OUT) continue
    const after = Object.entries((await notedBy(watched)).interactions)
    const fresh = after.flatMap(([id, ms]) => (before.has(id) ? [] : [ms]))
    done.push({ name, ms: Math.max(SHORTEST_MS, ...fresh) })
  }
  return done
}

/** Until what was done is painted and noted. */
function settled({ page }: WatchedPage): Promise<unknown> {
  return page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))',
  )
}

function script({ page }: WatchedPage): Act[] {
  const key = (name: string, press: string): Act => [name, () => page.keyboard.press(press)]
  const times = (count: number, make: (n: number) => Act): Act[] =>
    Array.from({ length: count }, (_, n) => make(n))
  const click = (name: string, selector: string, at = 0): Act => [
    name,
    async () => {
      const box = await page.locator(selector).nth(at).boundingBox({ timeout: 1000 })
      if (box === null) throw new Error('not in sight')
      await page.mouse.click(box.x + Math.min(20, box.width / 2), box.y + box.height / 2)
    },
  ]
  const focus = (selector: string): Act => [
    SETTING_OUT,
    () => page.locator(selector).focus({ timeout: 1000 }),
  ]
  return [
    ...times(6, (n) => click('select packet', '.packet-list__row', n + 6)),
    focus('.packet-list__scroller'),
    ...times(12, (n) => key('arrow key', n % 3 === 2 ? 'ArrowUp' : 'ArrowDown')),
    ...times(4, (n) => key('page key', n % 2 === 0 ? 'PageUp' : 'PageDown')),
    ...times(6, (n) => click('open field', '#pane-inspector [role="treeitem"]', n + 1)),
    ...times(6, (n) => click('ladder click', '.ladder__mark', n * 2)),
    ...times(4, () => key('step', 'k')),
    ...times(4, () => key('step', 'j')),
    key('to the filter', '/'),
    ...[...'tcp.flags.push == 1'].map((letter) => key('type a filter', letter)),
    key('apply the filter', 'Enter'),
    click('select packet', '.packet-list__row', 5),
    key('to the filter', '/'),
    key('type a filter', 'Control+a'),
    key('type a filter', 'Delete'),
    key('apply the filter', 'Enter'),
    key('let go', 'Escape'),
    focus('.packet-list__scroller'),
    // Packets last, so that they are what stands there in the end.
    ...[1, 3, 4, 6, 7, 2].flatMap((pane) => times(2, () => key('zoom a pane', String(pane)))),
    ...times(2, () => key('pause', ' ')),
    key('newest', 'End'),
  ]
}

/** The one that so large a part of all stays below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export function interactionLines(done: readonly Interaction[]): string[] {
  const all = done.map(({ ms }) => ms)
  const names = [...new Set(done.map(({ name }) => name))]
  const worst = names
    .map((name) => [name, Math.max(...done.filter((one) => one.name === name).map(({ ms }) => ms))] as const)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6)
  return [
    `interaction to next paint: 95th percentile ${quantile(all, 0.95).toFixed(0)} ms, median ${quantile(all, 0.5).toFixed(0)} ms, ${done.length} interactions (goal below 100 ms)`,
    `  the slowest: ${worst.map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`).join(', ')}`,
  ]
}

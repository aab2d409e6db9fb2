/** Pages are held to WCAG 2.2 AA by axe. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { type Looks, MEDIA } from './chromium.ts'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** The rules of these whose answers hang on colours. */
const COLOURS = ['color-contrast', 'link-in-text-block']

const BOTH: Readonly<Record<string, Looks>> = {
  dark: { colorScheme: 'dark' },
  light: { colorScheme: 'light' },
}

/**
 * Asserts that axe finds nothing on the page, or within `part` of it: by all rules in the first look, and by those of
 * colours in each other. The page then has the last look. `more`: sets of axe's rules beside those of WCAG.
 */
export async function axeFindsNothing(
  page: Page,
  {
    what = 'the page',
    part = 'html',
    looks = BOTH,
    more = [],
  }: { what?: string; part?: string; looks?: Readonly<Record<string, Looks>>; more?: readonly string[] } = {},
): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(source)
  for (const [at, [name, { viewport: _, ...media }]] of Object.entries(looks).entries()) {
    await page.emulateMedia({ ...MEDIA, ...media })
    // A colour on its way to another is none of the design's.
    await page.evaluate(
      'Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))',
    )
    const found = await page.evaluate(
      async ([within, rules]) => {
        const { axe } = globalThis as unknown as { axe: Axe }
        const { violations } = await axe.run(within, { runOnly: rules })
        return violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
        )
      },
      [part, at === 0 ? [...WCAG, ...more] : COLOURS] as const,
    )
    assert.deepEqual(found, [], `${what}, ${name}`)
  }
}

interface Axe {
  run(
    within: string,
    options: { runOnly: readonly string[] },
  ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
}

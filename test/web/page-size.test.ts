import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

/** As `npm run build` left it. */
const root = join(import.meta.dirname, '..', '..', 'dist', 'web')
const FIRST_SCRIPTS_KB = 150
const FIRST_STYLES_KB = 25

const zippedKb = (name: string) => gzipSync(readFileSync(join(root, 'assets', name))).length / 1000
const sum = (names: Iterable<string>) => [...names].reduce((kb, name) => kb + zippedKb(name), 0)
const assets = (ending: string) => readdirSync(join(root, 'assets')).filter((name) => name.endsWith(ending))
const words = (kb: number) => `${kb.toFixed(1)} kB gzipped`

/** Scripts that are there before anything is drawn: those that the page names, and what they import. */
function firstScripts(): Set<string> {
  const page = readFileSync(join(root, 'index.html'), 'utf8')
  const wanted = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map(([, name = '']) => name)
  const found = new Set<string>()
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name)) continue
    found.add(name)
    wanted.push(...importsOf(name))
  }
  return found
}

/** Not those of `import("./x.js")`, which are loaded when they are needed. */
function importsOf(name: string): string[] {
  const script = readFileSync(join(root, 'assets', name), 'utf8')
  return [...script.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)].map(([, other = '']) => other)
}

test('the page is built', () => {
  assert.ok(existsSync(join(root, 'index.html')), `no page in ${root}: npm run build`)
})

test(`the first look needs at most ${FIRST_SCRIPTS_KB} kB of scripts`, (t) => {
  const first = firstScripts()
  assert.ok(first.size > 0, 'the page names its scripts')
  const all = assets('.js')
  t.diagnostic(`${first.size} scripts at first, ${words(sum(first))}; all ${all.length}, ${words(sum(all))}`)
  assert.ok(
    sum(first) <= FIRST_SCRIPTS_KB,
    [...first].map((name) => `${name} ${words(zippedKb(name))}`).join('\n'),
  )
})

test(`the first look needs at most ${FIRST_STYLES_KB} kB of styles`, (t) => {
  const page = readFileSync(join(root, 'index.html'), 'utf8')
  const styles = [...page.matchAll(/href="\/assets\/([^"]+\.css)"/g)].map(([, name = '']) => name)
  assert.ok(styles.length > 0, 'the page names its styles')
  t.diagnostic(`styles at first: ${words(sum(styles))}; all: ${words(sum(assets('.css')))}`)
  assert.ok(sum(styles) <= FIRST_STYLES_KB, words(sum(styles)))
})

/** What each lab's README says of it, beside what its check declares and what the other labs assume. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'

const labs = await loadLabs()
const numbers = new Set(labs.map(({ definition }) => definition.number))
const all = (text: string, pattern: RegExp): number[] => [...text.matchAll(pattern)].map((m) => Number(m[1]))

/** Without code. */
async function wordsOf({ folder }: LoadedLab): Promise<string> {
  const markdown = await readFile(join(folder, 'README.md'), 'utf8')
  return markdown.replace(/^```[\s\S]*?^```$|`[^`]+`/gm, '')
}

const flat = (text: string) => text.replace(/\s+/g, ' ')

/** What stands between the title and the first heading. */
const opening = (markdown: string) => flat(/^# .*\n([\s\S]*?)^## /m.exec(markdown)?.[1] ?? '').trim()

/** One sentence, up to its stop. */
const sentence = (text: string, begins: RegExp) =>
  new RegExp(`${begins.source}.*?\\.(?= [A-Z]|$)`).exec(text)?.[0]

const labNumbers = (text: string) => all(text, /\b(\d\d)\b/g)

/** All that must be known for a lab, directly or by way of another. */
function behind(number: number): Set<number> {
  const direct = labs.find(({ definition }) => definition.number === number)?.definition.assumes ?? []
  return new Set(direct.flatMap((each) => [each, ...behind(each)]))
}

for (const lab of labs) {
  const { number, title, minutes, assumes } = lab.definition
  const two = String(number).padStart(2, '0')

  describe(`the text of lab ${lab.id}`, () => {
    test('has its number and title, and what it takes for granted', async () => {
      const markdown = await wordsOf(lab)
      assert.equal(markdown.split('\n')[0], `# ${two} ${title}`)
      const begins = opening(markdown)
      assert.match(begins, /^\*\*You will\*\* /)
      assert.deepEqual(all(begins, /\bAbout (\d+) minutes\b/g), [minutes])
      assert.ok(minutes >= 20 && minutes <= 45, `${minutes} minutes are not 20 to 45`)
      const words = sentence(begins, /It assumes/) ?? ''
      const needed = words
        .split(';')
        .filter((part) => !/\bhelps\b/.test(part))
        .join(';')
      assert.deepEqual(labNumbers(needed), [...assumes], words)
    })

    test('leads on to labs that assume it, and misses none of those', async () => {
      const begins = opening(await wordsOf(lab))
      const words = sentence(begins, /It opens the way to/) ?? ''
      const next = labNumbers(words)
      const needing = labs.filter(({ definition }) => definition.assumes.includes(number))
      for (const each of next)
        assert.ok(behind(each).has(number), `lab ${each} does not assume lab ${number}`)
      if (/every other lab/.test(words)) return
      const missed = needing
        .map(({ definition }) => definition.number)
        .filter((each) => !next.some((listed) => listed === each || behind(each).has(listed)))
      assert.deepEqual(missed, [], `"${words}" does not lead to them`)
    })

    test('refers to labs and sections as all of them do', async () => {
      const text = flat(await wordsOf(lab))
      const lists = [...text.matchAll(/\b[Ll]abs? (\d+(?:(?:,| and|, and| or| to)? (?:lab )?\d+)*)/g)]
      for (const [words, list = ''] of lists) {
        for (const each of all(list, /(\d+)/g)) {
          assert.ok(numbers.has(each), `"${words}": there is no lab ${each}`)
        }
        assert.doesNotMatch(list, /(?<!\d)\d(?!\d)/, `"${words}": two digits, as the folders have them`)
      }
      assert.doesNotMatch(text, /RFC\d|RFC-|RFC \d+,? (?:[Ss]ec|[Cc]h|[Pp]art)|§ |§§|§(?![A-Z]?\d)/)
      for (const paragraph of (await wordsOf(lab)).split(/\n\s*\n/)) {
        if (paragraph.includes('§')) assert.match(paragraph, /RFC\s\d|version \d/)
      }
    })

    test('names below In Python the steps that its check says Python can’t show, and no others', async () => {
      const section = /^## In Python\s*$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(await wordsOf(lab))?.[1] ?? ''
      const lists = [...section.matchAll(/\bsteps? (\d+(?:(?:,| and|, and) \d+)*)/g)]
      const named = new Set(lists.flatMap(([, list = '']) => all(list, /(\d+)/g)))
      const beyond = lab.definition.steps.flatMap((step, index) =>
        step.kind === 'wire' && step.beyondPython ? [index + 1] : [],
      )
      assert.deepEqual([...named], beyond)
    })

    test('names in each step only steps that there are', async () => {
      const text = flat(await wordsOf(lab))
      for (const each of all(text, /\b[Ss]teps? (\d+)/g)) {
        assert.ok(each >= 1 && each <= lab.definition.steps.length, `there is no step ${each}`)
      }
    })
  })
}

test('the table of labs/README.md has a row for each, with its summary and where it can be done', async () => {
  const readme = await readFile(join(packageRoot(), 'labs', 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| `(\d\d-[\w-]+)\/`\s*\| (.*?)\s*\| (\w+)\s*\|$/gm)].map((row) =>
    row.slice(1),
  )
  const expected = labs.map(({ id, definition }) => [
    id,
    definition.summary,
    definition.networks.length === 2 ? 'both' : definition.networks[0],
  ])
  assert.deepEqual(rows, expected)
})

test('the table of docs/teaching.md has each lab with its minutes, what it needs, and whether Python can do it', async () => {
  const teaching = await readFile(join(packageRoot(), 'docs', 'teaching.md'), 'utf8')
  const table = /^## All labs[\s\S]*?(?=^## )/m.exec(teaching)?.[0] ?? ''
  const cells = [...table.matchAll(/^\| (\d\d) \| (.*) \|$/gm)].map(([, number, rest = '']) =>
    [number, ...rest.split('|')].map((cell) => cell?.trim()),
  )
  const two = (number: number) => String(number).padStart(2, '0')
  const expected = labs.map(({ folder, definition: { number, title, minutes, assumes, networks } }) => [
    two(number),
    title,
    String(minutes),
    assumes.map(two).join(' '),
    existsSync(join(folder, 'solution.py')) ? 'yes' : '',
    networks.length === 2 ? 'both' : networks[0],
  ])
  assert.deepEqual(cells, expected)
  const total = labs.reduce((sum, { definition }) => sum + definition.minutes, 0)
  assert.ok(teaching.includes(`That is ${Math.floor(total / 60)} hours and ${total % 60} minutes`))
})

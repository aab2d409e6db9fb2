/** docs/rfc9293.md: that every requirement of the RFC's appendix B is in it, and every test that it names exists. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const TESTS = dirname(dirname(fileURLToPath(import.meta.url)))
const DOCUMENT = readFileSync(join(TESTS, '../docs/rfc9293.md'), 'utf8')

/** RFC 9293 appendix B, section by section. Some requirements are in two of them. */
const APPENDIX: Readonly<Record<string, string>> = {
  'PUSH flag': 'MAY-16 SHLD-27 MAY-15 MUST-60 MUST-61 MAY-17 SHLD-28',
  Window:
    'MUST-1 REC-1 SHLD-14 SHLD-15 SHLD-16 SHLD-17 MUST-34 MAY-8 MUST-35 MUST-36 SHLD-29 SHLD-30 MUST-37 MAY-7 MUST-66',
  'Urgent data': 'MUST-30 MUST-62 MUST-31 MUST-32 MUST-33 SHLD-13',
  'TCP options':
    'MUST-4 MUST-5 MUST-6 MUST-68 MUST-7 MUST-64 MUST-14 SHLD-5 MAY-3 MUST-15 MUST-16 SHLD-6 MUST-65 MUST-67 MUST-69',
  Checksums: 'MUST-2 MUST-3',
  'Initial sequence numbers': 'MUST-8 SHLD-1 MUST-9',
  'Opening connections': 'MUST-10 MUST-11 MUST-41 MUST-42 MUST-44 MUST-45 MUST-46 MUST-57',
  'Closing connections': 'SHLD-2 MUST-12 MAY-1 SHLD-3 MUST-13 MAY-2 SHLD-4',
  Retransmissions: 'MUST-19 MAY-4 MUST-18',
  'Generating ACKs': 'MUST-58 SHLD-31 MUST-59 MAY-13 SHLD-18 MUST-40 SHLD-19 MUST-39',
  'Sending data': 'MUST-49 MUST-38 SHLD-7 MUST-17',
  'Connection failures': 'MUST-20 MUST-21 SHLD-9 SHLD-10 SHLD-11 MUST-22 MUST-23',
  'Keep-alive': 'MAY-5 MUST-24 MUST-25 MUST-26 MUST-27 MUST-28 MUST-29 SHLD-12 MAY-6',
  'IP options': 'MUST-50 MAY-10 MAY-11 MUST-51 MUST-52 MUST-53 SHLD-24',
  ICMP: 'MUST-54 SHLD-25 MUST-56 SHLD-26 MUST-55',
  'Address validation': 'MUST-46 MUST-63 MUST-57',
  'Interface to the program': 'MUST-47 SHLD-20 MUST-48 SHLD-22 SHLD-21 SHLD-23 MAY-9 MAY-14 MUST-43',
  'RFC 5961': 'MAY-12',
  ECN: 'SHLD-8',
  'Alternative congestion control': 'MAY-18',
}

interface Row {
  section: string
  id: string
  level: string
  state: string
  how: string
}

function rowsOf(document: string): Row[] {
  let section = ''
  return document.split('\n').flatMap((line) => {
    section = /^## (.*)$/.exec(line)?.[1] ?? section
    const [, id = '', level = '', , state = '', how = ''] = line.split('|').map((cell) => cell.trim())
    return /^[A-Z]+-\d+$/.test(id) ? [{ section, id, level, state, how }] : []
  })
}

/** `file` "title", the file from test/ on. */
const citationsIn = (text: string) =>
  [...text.matchAll(/`([\w/.-]+\.test\.ts)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }))

const titles = new Map<string, ReadonlySet<string>>()
function titlesIn(file: string): ReadonlySet<string> {
  let found = titles.get(file)
  if (found === undefined) {
    const source = readFileSync(join(TESTS, file), 'utf8')
    found = new Set(
      [...source.matchAll(/\b(?:test|it)\(\s*'((?:\\.|[^'\\])+)'/g)].map(([, title = '']) => title),
    )
    titles.set(file, found)
  }
  return found
}

const rows = rowsOf(DOCUMENT)
const LEVELS: Readonly<Record<string, RegExp>> = {
  MUST: /^MUST( NOT)?$/,
  SHLD: /^SHOULD( NOT)?$/,
  REC: /^RECOMMENDED$/,
  MAY: /^MAY$/,
}

describe('docs/rfc9293.md', () => {
  test('has every requirement of the appendix in its place, once, and no other', () => {
    for (const [section, ids] of Object.entries(APPENDIX)) {
      const there = rows.filter((row) => row.section === section).map(({ id }) => id)
      assert.deepEqual(there, ids.split(' '), section)
    }
    assert.equal(rows.length, Object.values(APPENDIX).join(' ').split(' ').length)
  })

  test('gives each the level that its number has, and says the same of it wherever it stands', () => {
    const states = new Map<string, string>()
    for (const { id, level, state } of rows) {
      assert.match(level, LEVELS[id.split('-')[0] ?? ''] ?? /never/, id)
      assert.equal(states.get(id) ?? state, state, id)
      states.set(id, state)
    }
  })

  test('names a test for each that is met, and a reason for each that is not', () => {
    for (const { id, state, how } of rows) {
      if (state === 'met') assert.ok(citationsIn(how).length > 0, id)
      else {
        assert.match(state, /^not (applicable|done)$/, id)
        assert.ok(how.length >= 'as MAY-10'.length, id)
      }
    }
  })

  test('names no test that does not exist', () => {
    const citations = citationsIn(DOCUMENT)
    assert.ok(citations.length > rows.length)
    for (const { file, title } of citations) {
      assert.ok(existsSync(join(TESTS, file)), `there is no ${file}`)
      assert.ok(titlesIn(file).has(title), `${file} has no test "${title}"`)
    }
    // A citation that the pattern above does not see would be believed unread.
    const quoted = DOCUMENT.match(/\.test\.ts` "/g) ?? []
    assert.equal(citations.length, quoted.length)
  })

  test('counts them rightly, and leaves no MUST undone', () => {
    const idsThatAre = (state: string) =>
      new Set(rows.filter((row) => row.state === state).map(({ id }) => id))
    const [met, without, undone] = ['met', 'not applicable', 'not done'].map(
      (state) => idsThatAre(state).size,
    )
    const all = new Set(rows.map(({ id }) => id)).size
    const counts = `Of ${all} requirements ${met} are met, ${without} are not applicable and ${undone} are not done.`
    assert.ok(DOCUMENT.includes(counts), counts)
    assert.deepEqual(
      [...idsThatAre('not done')].filter((id) => id.startsWith('MUST')),
      [],
    )
    assert.deepEqual(
      [...idsThatAre('not applicable')].filter((id) => id.startsWith('MUST')),
      ['MUST-51', 'MUST-52', 'MUST-53'],
    )
  })
})

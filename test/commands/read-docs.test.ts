/** The examples of docs/read.md, run as they stand. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { usage } from '../../server/commands/read.ts'
import { UsageError } from '../../server/errors.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { FUNCTIONS } from '../../server/trace/filter-functions.ts'
import { PAGE, read } from './captures.ts'

const text = await readFile(new URL('../../docs/read.md', import.meta.url), 'utf8')

interface Example {
  readonly command: string
  readonly output: string
}

const examples: Example[] = [...text.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n')
      return { command, output: output.join('\n') }
    }),
)

/** The words of a command line, with single quotes. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

async function said(command: string): Promise<string> {
  const [program, verb, file, ...options] = words(command)
  assert.deepEqual([program, verb, file], ['wirelab', 'read', 'page.pcap'])
  try {
    const { out, talk } = await read(PAGE, ...options)
    return out + talk
  } catch (error) {
    assert.ok(error instanceof UsageError)
    return `wirelab: ${error.message}\n`
  }
}

for (const { command, output } of examples) {
  test(`${command} says what docs/read.md says`, async () => {
    assert.equal(await said(command), output)
  })
}

test('every filter in the text is one', () => {
  const section = /## The filter([\s\S]*?)Mistakes are pointed at/.exec(text)?.[1] ?? ''
  const filters = [
    ...section.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]* (?:==|>|>=|&|matches) [^`\n]+)`/g),
  ]
  assert.ok(filters.length >= 6)
  for (const [, filter = ''] of filters) assert.doesNotThrow(() => compileFilter(filter), filter)
  for (const { name } of FUNCTIONS) assert.ok(section.includes(name), name)
})

test('the options of the table are those of the help', () => {
  for (const option of [
    '-Y',
    '-c',
    '-T',
    '-e',
    '-E',
    '-V',
    '-x',
    '-P',
    '-t',
    '-d',
    '-o',
    '-w',
    '-z',
    '--follow',
    '--stats',
  ]) {
    assert.ok(usage.includes(`${option} `) || usage.includes(`${option}\n`), option)
    assert.ok(
      text.includes(`\`${option} `) || text.includes(`\`${option}\``) || text.includes(` ${option} `),
      option,
    )
  }
})

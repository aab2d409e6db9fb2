/** The examples of docs/wire.md, taken out and run as they stand. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { IMPAIRMENT_NAMES } from '../../server/network/impairments-text.ts'
import { PRESETS } from '../../server/network/presets.ts'
import { TYPESCRIPT, WIRELAB } from '../programs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = await readFile(join(root, 'docs', 'wire.md'), 'utf8')

/** The fenced block that says `file=NAME`. */
function example(name: string): string {
  const [, block] =
    new RegExp(`\`\`\`\\w+ file=${name.replaceAll('.', '\\.')}\n([^]*?)\n\`\`\``).exec(text) ?? []
  assert.ok(block !== undefined, `docs/wire.md has no example ${name}`)
  return block
}

/** A folder in which `wirelab` is this one, as a package and as a command. */
async function project(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-docs-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const ours = join(folder, 'node_modules', 'wirelab')
  await mkdir(ours, { recursive: true })
  const source = pathToFileURL(join(root, 'server', 'wire', 'wire.ts')).href
  await writeFile(
    join(ours, 'package.json'),
    JSON.stringify({ name: 'wirelab', type: 'module', exports: './wire.mjs' }),
  )
  await writeFile(join(ours, 'wire.mjs'), `export * from ${JSON.stringify(source)}\n`)
  const command = join(folder, 'wirelab')
  const words = [process.execPath, ...WIRELAB].map((word) => `"${word}"`)
  await writeFile(command, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  await chmod(command, 0o755)
  return folder
}

async function run(
  folder: string,
  file: string,
  ...args: string[]
): Promise<{ code: number | null; said: string }> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(WIRELAB_|NODE_TEST|XDG_)/.test(name))
  const env = {
    ...Object.fromEntries(clean),
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    XDG_RUNTIME_DIR: folder,
  }
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more) => {
      said += more
    })
  }
  const [code] = await once(child, 'close')
  return { code, said }
}

describe('docs/wire.md', () => {
  it('its test file passes', async (t) => {
    const folder = await project(t)
    await writeFile(join(folder, 'patient.test.mjs'), example('patient.test.mjs'))
    const { code, said } = await run(folder, process.execPath, ...TYPESCRIPT, '--test', 'patient.test.mjs')
    assert.equal(code, 0, said)
    assert.match(said, /pass 3\b/)
  })

  it('its shell script passes', async (t) => {
    const folder = await project(t)
    const port = 20_000 + (process.pid % 20_000)
    await writeFile(join(folder, 'check.sh'), example('check.sh').replaceAll('8080', String(port)))
    const { code, said } = await run(folder, '/bin/sh', 'check.sh')
    assert.equal(code, 0, said)
    assert.match(said, /seen after .*: http\.response\.code == 200/)
    assert.match(said, /not seen in .*, as it should be: tcp\.flags\.reset == 1/)
  })

  it('names every preset and every impairment', () => {
    for (const name of [...PRESETS.map(({ id }) => id), ...IMPAIRMENT_NAMES])
      assert.ok(text.includes(`\`${name}\``), name)
  })
})

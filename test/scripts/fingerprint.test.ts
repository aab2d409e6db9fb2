import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'

type Fingerprint = (inputs: readonly string[]) => string

const scripts = new URL('../../scripts/', import.meta.url)
const { fingerprint }: { fingerprint: Fingerprint } = await import(new URL('fingerprint.mjs', scripts).href)
const { root }: { root: string } = await import(new URL('install.mjs', scripts).href)

test('a fingerprint changes with a content, a name, a file more; not with what is hidden or absent', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-print-'))
  t.after(() => rm(folder, { recursive: true }))
  const input = relative(root, folder)
  const now = () => fingerprint([input, 'no-such-folder'])
  await mkdir(join(folder, 'deep'))
  await writeFile(join(folder, 'deep', 'a.ts'), 'one')
  const seen = [now()]
  assert.equal(now(), seen[0])

  await writeFile(join(folder, 'deep', 'a.ts'), 'two')
  seen.push(now())
  await rename(join(folder, 'deep', 'a.ts'), join(folder, 'deep', 'b.ts'))
  seen.push(now())
  await writeFile(join(folder, 'c.ts'), '')
  seen.push(now())
  assert.equal(new Set(seen).size, 4)

  await writeFile(join(folder, '.swp'), 'an editor was here')
  assert.equal(now(), seen[3])
})

/** Labs outside of the package, and learners' folders. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { learnerFile, resetFile } from '../../server/labs/learner-folder.ts'
import { lendingOptions, lendModules } from '../../server/labs/lend.ts'
import { loadLabs } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'

const run = promisify(execFile)

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-folder-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const STEPS = `[{ kind: 'wire', id: 'send', lookedFor: 'a line', evidence: 'tcp.dstport==$TCP && tcp.len>0' }]`
const check = (more: string, steps = STEPS) => `import { lab } from 'wirelab/kit'
const minutes: number = 5
export default lab({ number: 30, title: 'Mine', summary: 'S.', minutes, networks: ['lab'], assumes: [], wrongs: [],
  steps: ${steps}, ${more} })\n`

async function writeLab(folder: string, id: string, source: string): Promise<void> {
  await mkdir(join(folder, id), { recursive: true })
  await writeFile(join(folder, id, 'check.ts'), source)
  await writeFile(join(folder, id, 'README.md'), '# 30 Mine\n\n## Steps\n\n### 1 · Send\n\nSend it.\n')
  await writeFile(join(folder, id, 'exercise.ts'), 'console.log("mine")\n')
}

test('labs of a folder stand beside the built-in ones, and before one of the same number', async (t) => {
  const folder = await scratch(t)
  await writeLab(folder, '30-mine', check(''))
  await writeLab(folder, '01-layers-anew', check('').replace('number: 30', 'number: 1'))
  const labs = await loadLabs({ folder, onProblem: () => undefined })
  const ids = labs.map(({ id }) => id)
  assert.equal(ids[0], '01-layers-anew')
  assert.ok(!ids.includes('01-layers'))
  assert.ok(ids.includes('03-tcp-open-and-close'))
  assert.equal(labs.at(-1)?.definition.title, 'Mine')
  assert.equal(labs.at(-1)?.words.steps[0]?.title, 'Send')
})

test('what is wrong with a lab is said with its file, the place and what was expected', async (t) => {
  const problemOf = async (source: string) => {
    // Another one each time: a module is read once.
    const folder = await scratch(t)
    await writeLab(folder, '30-mine', source)
    const problems: string[] = []
    await loadLabs({ folder, only: (id) => id === '30-mine', onProblem: (problem) => problems.push(problem) })
    return problems.join('\n')
  }
  for (const [source, problem] of [
    [check('title: 7'), /30-mine\/check\.ts: title: expected a text; found 7/],
    [check('number: 31'), /number: expected 30, as its folder says; found 31/],
    [check("networks: ['wifi']"), /networks: expected a list of 'lab' and 'kernel'/],
    [check("door: 'ftp'"), /door: expected 'http', 'tcp' or 'udp', or nothing; found "ftp"/],
    [
      check('', `[{ kind: 'wire', id: 'a', lookedFor: 'x', evidence: 'tcp.dstport==' }]`),
      /steps\[0\]\.evidence: expected a display filter;/,
    ],
    [
      check('', `[{ kind: 'predict', id: 'a' }]`),
      /steps\[0\]\.truth: expected a function of the run; found nothing/,
    ],
    [
      check('', `[...${STEPS}, ...${STEPS}]`),
      /steps\[1\]\.id: expected an id that no other step has; found "send"/,
    ],
    [
      check('', `[{ kind: 'wire', id: 'a', lookedFor: 'x', evidence: 'tcp', cableOf: 'b' }]`),
      /steps\[0\]\.cableOf: expected the id of a step before it, or nothing; found "b"/,
    ],
    [
      check('', `[{ kind: 'wire', id: 'a', lookedFor: 'x', evidence: 'tcp', beyondPython: 'yes' }]`),
      /steps\[0\]\.beyondPython: expected true, or nothing; found "yes"/,
    ],
    [
      check("wrongs: [{ file: 'wrong/a.mjs', step: 'sent', says: 'x' }]"),
      /wrongs\[0\]\.step: expected one of send; found "sent"/,
    ],
    [
      check("cast: { program: 'cast', plays: 'server' }"),
      /30-mine: expected cast\.ts or cast\.js or cast\.mjs, found neither/,
    ],
    [check('', '[]'), /README\.md has 1 steps .*check\.ts has 0/],
    ['export default 1', /check\.ts: expected a lab/],
    ['const x: = 1', /30-mine/],
  ] as const) {
    assert.match(await problemOf(source), problem)
  }
  await assert.rejects(
    loadLabs({ folder: join(await scratch(t), 'none'), only: () => false }),
    /expected a folder of labs, found nothing/,
  )
})

test('a learner’s program imports Socket.IO and wirelab/net from their folder, and from anywhere with a hook', async (t) => {
  const folder = await scratch(t)
  const home = join(folder, 'wirelab-labs')
  const source = `import 'socket.io'; import 'socket.io-client'; import 'ws'; import net from 'wirelab/net'; console.log(typeof net.connect)`
  await lendModules(home)
  await lendModules(home)
  await mkdir(join(home, '01-layers'))
  await writeFile(join(home, '01-layers', 'exercise.js'), source)
  const { stdout } = await run(process.execPath, [join(home, '01-layers', 'exercise.js')])
  assert.equal(stdout, 'function\n')
  assert.equal(lendingOptions(home), '')

  const elsewhere = await scratch(t)
  await writeFile(join(elsewhere, 'mine.mjs'), source)
  const env = { ...process.env, NODE_OPTIONS: lendingOptions(elsewhere, '--no-warnings') }
  assert.equal((await run(process.execPath, ['mine.mjs'], { cwd: elsewhere, env })).stdout, 'function\n')
  await writeFile(join(elsewhere, 'lost.mjs'), `import 'no-such-package'`)
  await assert.rejects(run(process.execPath, ['lost.mjs'], { cwd: elsewhere, env }), /no-such-package/)
})

test('the one link to all of our packages that was lent once is exchanged for what is lent now', async (t) => {
  const home = await scratch(t)
  symlinkSync(join(packageRoot(), 'node_modules'), join(home, 'node_modules'), 'junction')
  await lendModules(home)
  assert.ok(lstatSync(join(home, 'node_modules')).isDirectory())
  assert.ok(lstatSync(join(packageRoot(), 'node_modules')).isDirectory())
})

test('the starter is copied once; a reset puts it back and keeps the learner’s own beside it', async (t) => {
  const folder = await scratch(t)
  await writeLab(join(folder, 'labs'), '30-mine', check(''))
  const labs = await loadLabs({ folder: join(folder, 'labs'), only: (id) => id === '30-mine' })
  const lab = labs[0]!
  const { path, fresh } = await learnerFile(lab, folder)
  assert.equal(fresh, true)
  await writeFile(path, 'console.log("my work")')
  assert.deepEqual(await learnerFile(lab, folder), { path, fresh: false })
  const kept = await resetFile(lab, path)
  assert.equal(kept, path.replace('.ts', '.before-reset-1.ts'))
  assert.equal(readFileSync(kept, 'utf8'), 'console.log("my work")')
  assert.equal(readFileSync(path, 'utf8'), 'console.log("mine")\n')
  assert.match(await resetFile(lab, path), /before-reset-2\.ts$/)
})

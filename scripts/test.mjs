/**
 * `npm test`: installs what tests need, then lint, types, build, and every test. `npm test -- NAME…` runs only
 * the test files whose path contains one of the names, after the build.
 *
 * Files that failed run once more, one at a time, and what passed only then is said loudly: many are tests of real
 * programs in real time, on a machine that may be busy with something else.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { install, root } from './install.mjs'
import { runTests } from './run-tests.mjs'
import { provideTestTools } from './test-tools.mjs'

const log = (line) => console.error(`\u2500\u2500 ${line}`)
const names = process.argv.slice(2)

/** Runs one step; a failing one ends everything with its exit code. */
function step(title, args) {
  log(title)
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) {
    log(`failed: ${title}`)
    process.exit(status ?? 1)
  }
}

function bin(packageName, path) {
  return join(root, 'node_modules', packageName, path)
}

function testFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'bench' ? [] : testFiles(path)
    return entry.name.endsWith('.test.ts') ? [path] : []
  })
}

/** More failing files than that are no accident of a busy machine. */
const MOST_FAILED = 6

/** They wait for programs and cables more than they compute, and for long: they have a queue of their own. */
const PATIENT = join('test', 'labs', 'labs')

/** Runs test files, a line for each; of those that failed, all that they printed. */
function run(...queues) {
  const count = queues.flatMap(({ files }) => files).length
  log(`tests: ${count} ${count === 1 ? 'file' : 'files'}`)
  return runTests(queues, ({ file, passed, seconds, tests, skipped, output }) => {
    const left = skipped > 0 ? `, ${skipped} skipped` : ''
    console.log(`${passed ? 'ok' : 'not ok'} ${file}: ${tests} tests${left}, ${seconds.toFixed(1)} s`)
    for (const line of output.split('\n').filter((each) => each.includes('# SKIP'))) console.log(line.trim())
    if (!passed) console.log(output)
  })
}

await install({ dev: true })
const notRun = provideTestTools(log)
if (names.length === 0) {
  step('lint and format', [bin('@biomejs/biome', 'bin/biome'), 'check', '.'])
  step('types: server, labs, tests', [bin('typescript', 'bin/tsc'), '--noEmit'])
  step('types: web', [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'web'])
}
await build()
// So tests start `wirelab` as it was built: twice as fast as from its sources.
process.env.TESTS_ARE_BUILT = 'yes'
const files = testFiles('test').filter(
  (file) => names.length === 0 || names.some((name) => file.includes(name)),
)
if (files.length === 0) {
  log(`no test file's path contains ${names.join(' or ')}`)
  process.exit(1)
}
files.sort()
const results = await run(
  { files: files.filter((file) => !file.startsWith(PATIENT)), atOnce: 2 },
  { files: files.filter((file) => file.startsWith(PATIENT)), atOnce: 1 },
)
const failed = results.filter(({ passed }) => !passed).map(({ file }) => file)
const total = (name) => results.reduce((sum, result) => sum + result[name], 0)
log(`${total('tests')} tests, ${total('pass')} passed, ${total('skipped')} skipped`)
for (const line of notRun) log(`NOT RUN: ${line}`)
if (failed.length > 0) {
  const again = failed.length > MOST_FAILED ? [] : await run({ files: failed, atOnce: 1 })
  const passed = again.filter((result) => result.passed).map(({ file }) => file)
  for (const file of passed) log(`FLAKED: ${file} failed, and passed when it ran alone`)
  const lost = failed.filter((file) => !passed.includes(file))
  if (lost.length > 0) {
    log(`failed: ${lost.join(' ')}`)
    process.exit(1)
  }
}

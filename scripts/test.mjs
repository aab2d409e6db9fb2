/**
 * `npm test`: installs what tests need, then lint, types, build, and every test. `npm test -- NAME…` runs only
 * the test files whose path contains one of the names, after the build.
 *
 * Files that failed run once more, one at a time, and what passed only then is said loudly: many are tests of real
 * programs in real time, on a machine that may be busy with something else.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { install, root } from './install.mjs'
import { runTests } from './run-tests.mjs'
import { provideTestTools } from './test-tools.mjs'

const log = (line) => console.error(`\u2500\u2500 ${line}`)
const names = process.argv.slice(2)

/** Runs a check beside the others; what it prints comes in one piece, and its failing ends everything at once. */
async function check(title, args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = []
  child.stdout.on('data', (piece) => said.push(piece))
  child.stderr.on('data', (piece) => said.push(piece))
  const [status] = await once(child, 'close')
  log(title)
  process.stderr.write(Buffer.concat(said))
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

/** They take as long as all others together, and are in real time: one of each kind runs at a time. */
const BROWSER = join('test', 'browser')
const LABS = join('test', 'labs', 'labs')
/** Most of these only compute: they take what time the others leave. */
const COMPUTING = ['protocols', 'trace', 'web'].map((folder) => join('test', folder))
/** Of the rest, the folders whose files take longest: they come first, so that no queue is long after the others. */
const LONG = ['commands', 'labs', 'network', 'scripts', 'wire', 'wireshark'].map((folder) =>
  join('test', folder),
)

/** Runs test files, a line for each; of those that failed, all that they printed. */
function run(plan) {
  const count = [...plan.queues, plan.rest ?? []].flat().length
  log(`tests: ${count} ${count === 1 ? 'file' : 'files'}`)
  return runTests(plan, ({ file, passed, seconds, tests, skipped, output }) => {
    const left = skipped > 0 ? `, ${skipped} skipped` : ''
    console.log(`${passed ? 'ok' : 'not ok'} ${file}: ${tests} tests${left}, ${seconds.toFixed(1)} s`)
    for (const line of output.split('\n').filter((each) => each.includes('# SKIP'))) console.log(line.trim())
    if (!passed) console.log(output)
  })
}

/** The labs whose tests failed, such as `04,16`; undefined where another test did, or none by its name. */
function failedLabs({ file, output }) {
  if (!file.startsWith(LABS)) return undefined
  const numbers = [...output.matchAll(/^ *not ok \d+ - lab (\d\d)-/gm)].map(([, number]) => number)
  return numbers.length === 0 ? undefined : [...new Set(numbers)].join(',')
}

await install({ dev: true })
const notRun = provideTestTools(log)
const checks =
  names.length > 0
    ? []
    : [
        check('lint and format', [bin('@biomejs/biome', 'bin/biome'), 'check', '.']),
        check('types: server, labs, tests', [bin('typescript', 'bin/tsc'), '--noEmit']),
        check('types: web', [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'web']),
      ]
// Imported here: it needs what was just installed.
const { compileSources } = await import('./load-ts-hooks.mjs')
await Promise.all([build(), compileSources(['server', 'labs', 'web', 'test']), ...checks])
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
const isLong = (file) => LONG.some((folder) => file.startsWith(folder))
const computes = (file) => COMPUTING.some((folder) => file.startsWith(folder))
const browser = files.filter((file) => file.startsWith(BROWSER))
const labs = files.filter((file) => file.startsWith(LABS))
const computing = files.filter(computes)
const rest = files.filter((file) => ![...browser, ...labs, ...computing].includes(file))
rest.sort((a, b) => Number(isLong(b)) - Number(isLong(a)))
// The empty one begins with the rest: the tests of the others wait for much of their time.
const results = await run({ queues: [browser, labs, computing, []], rest, waits: computes })
const failed = results.filter(({ passed }) => !passed).map(({ file }) => file)
const total = (name) => results.reduce((sum, result) => sum + result[name], 0)
log(`${total('tests')} tests, ${total('pass')} passed, ${total('skipped')} skipped`)
for (const line of notRun) log(`NOT RUN: ${line}`)
if (failed.length > 0) {
  const alone = {
    queues: [failed],
    environment: (file) => ({ WIRELAB_LABS_AGAIN: failedLabs(results.find((one) => one.file === file)) }),
  }
  const again = failed.length > MOST_FAILED ? [] : await run(alone)
  const passed = again.filter((result) => result.passed).map(({ file }) => file)
  for (const file of passed) log(`FLAKED: ${file} failed, and passed when it ran alone`)
  const lost = failed.filter((file) => !passed.includes(file))
  if (lost.length > 0) {
    log(`failed: ${lost.join(' ')}`)
    process.exit(1)
  }
}

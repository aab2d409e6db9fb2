/**
 * `npm test`: installs what tests need, then lint, types, build, and every test. `npm test -- NAME…` runs only
 * the test files whose path contains one of the names, after the build.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { install, root } from './install.mjs'
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

await install({ dev: true })
const notRun = provideTestTools(log)
if (names.length === 0) {
  step('lint and format', [bin('@biomejs/biome', 'bin/biome'), 'check', '.'])
  step('types: server, labs, tests', [bin('typescript', 'bin/tsc'), '--noEmit'])
  step('types: web', [bin('typescript', 'bin/tsc'), '--noEmit', '-p', 'web'])
}
await build()
const files = testFiles('test').filter(
  (file) => names.length === 0 || names.some((name) => file.includes(name)),
)
if (files.length === 0) {
  log(`no test file's path contains ${names.join(' or ')}`)
  process.exit(1)
}
step(`tests: ${files.length} files`, ['--import', 'tsx', '--test', '--test-concurrency=2', ...files.sort()])
for (const line of notRun) log(`NOT RUN: ${line}`)

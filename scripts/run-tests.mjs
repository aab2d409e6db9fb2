/**
 * Runs test files, each in a process group of its own that is gone when the file has ended: a test that never ends, or
 * leaves something open or running behind it, fails or is tidied up, and holds up nobody.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './install.mjs'

const FILE_LIMIT_MS = 10 * 60_000
/** A third of the processor time of others. */
const PATIENT = 5
const COUNTS = ['tests', 'pass', 'fail', 'cancelled', 'skipped']

/**
 * Runs the files of each queue one after the other, the queues beside each other; a queue that is empty helps with
 * `rest`. Files for which `waits` is true give way to the others, which go by the clock. Calls `onDone` with each result as it comes: `file`, `passed`, `seconds`, what it printed as `output`, and the
 * counts of its TAP summary. `environment` tells for a file what its tests find there beside what is there already.
 */
export async function runTests({ queues, rest = [], waits = () => false, environment = () => ({}) }, onDone) {
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-tests-'))
  const running = new Set()
  const interrupt = (signal) => {
    for (const group of running) killGroup(group)
    rmSync(folder, { recursive: true, force: true })
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const results = []
  let logs = 0
  const common = [...rest]
  const worker = async (own) => {
    const next = () => own.shift() ?? common.shift()
    for (let file = next(); file !== undefined; file = next()) {
      const log = join(folder, String(logs++))
      const result = await runFile(file, log, running, { waits: waits(file), environment: environment(file) })
      results.push(result)
      onDone(result)
    }
  }
  await Promise.all(queues.map((files) => worker([...files])))
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  rmSync(folder, { recursive: true })
  return results
}

/** Written to a file and not to a pipe: a pipe ends only when the last process that a test left behind does. */
async function runFile(file, log, running, { waits, environment }) {
  const output = openSync(log, 'w')
  const args = ['--import', './scripts/load-ts.mjs', '--test-force-exit', '--test-reporter=tap', file]
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', output, output],
    detached: true,
  })
  running.add(child.pid)
  if (waits) setPriority(child.pid, PATIENT)
  let late = false
  const limit = setTimeout(() => {
    late = true
    killGroup(child.pid)
  }, FILE_LIMIT_MS)
  const status = await new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
  clearTimeout(limit)
  running.delete(child.pid)
  killGroup(child.pid)
  closeSync(output)
  const text = readFileSync(log, 'utf8')
  const counts = Object.fromEntries(COUNTS.map((name) => [name, countOf(text, name)]))
  return {
    file,
    passed: status === 0 && counts.tests > 0,
    seconds: (performance.now() - began) / 1000,
    output: late ? `${text}\nnot done after ${FILE_LIMIT_MS / 60_000} minutes, and stopped\n` : text,
    ...counts,
  }
}

function countOf(text, name) {
  return Number(text.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0)
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of that group is left.
  }
}

/** Builds what has changed since the last build: the server by tsc, the dashboard by vite. `--force` builds all. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { fingerprint } from './fingerprint.mjs'
import { root } from './install.mjs'

const dist = join(root, 'dist')
const stampPath = join(dist, '.fingerprint')
const lockPath = join(dist, '.building')
const WAIT_MS = 120_000
const webDraft = join(dist, '.web')

const PARTS = {
  server: {
    inputs: [
      'server',
      'labs',
      'scripts/bundle.mjs',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
      'package-lock.json',
    ],
    outputs: ['server', 'labs'],
    commands: [
      // Types are checked by `npm run types`; here they are only taken out, which needs no @types packages.
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck', '--types', ''],
      ['scripts/bundle.mjs'],
    ],
    /** What the compiler leaves behind: text that the server reads beside its own modules. */
    copies: ['server/wireshark/lua'],
    /** `npx wirelab` runs it as it is, and has made it executable only when it first saw it. */
    program: 'server/main.js',
  },
  web: {
    inputs: [
      'web',
      'styles',
      'scripts/compress.mjs',
      'server/dashboard/api.ts',
      'server/dashboard/api-network.ts',
      'server/dashboard/api-captures.ts',
      'vite.config.ts',
      'package.json',
      'package-lock.json',
    ],
    outputs: ['web'],
    // Built beside what is there, and put in its place at once: a lab that runs meanwhile is never without its page.
    draft: webDraft,
    commands: [
      ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--outDir', webDraft],
      ['scripts/compress.mjs', webDraft],
    ],
  },
}

/** Resolves when `dist` is up to date. Rejects with what the compiler said. */
export async function build({ force = false } = {}) {
  const stale = stalePartsNow(force)
  if (stale.length === 0) return
  await withLock(async () => {
    // Whoever held the lock may have built the same.
    const parts = stalePartsNow(force)
    if (parts.length === 0) return
    console.error(`wirelab: building ${parts.map(([name]) => name).join(' and ')}`)
    const results = await Promise.allSettled(parts.map(([, part]) => run(part)))
    const done = { ...readStamp() }
    results.forEach((result, i) => {
      const [name, , print] = parts[i]
      if (result.status === 'fulfilled') done[name] = print
      else delete done[name]
    })
    writeFileSync(stampPath, `${JSON.stringify(done)}\n`)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  })
}

function stalePartsNow(force) {
  const stamp = readStamp()
  return Object.entries(PARTS)
    .filter(([name]) => name !== 'web' || existsSync(join(root, 'web', 'index.html')))
    .map(([name, part]) => [name, part, fingerprint(part.inputs)])
    .filter(([name, part, print]) => {
      const there = part.outputs.every((output) => existsSync(join(dist, output)))
      return force || stamp[name] !== print || !there
    })
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return {}
  }
}

async function run({ commands, outputs, draft, copies = [], program }) {
  // What was built from files that are gone must not stay.
  if (draft === undefined)
    for (const output of outputs) rmSync(join(dist, output), { recursive: true, force: true })
  for (const command of commands) await runOne(command)
  if (draft !== undefined) swap(draft, join(dist, outputs[0]))
  for (const folder of copies) cpSync(join(root, folder), join(dist, folder), { recursive: true })
  if (program !== undefined) chmodSync(join(dist, program), 0o755)
}

/** A folder takes the place of another one, if that is there. */
function swap(draft, place) {
  const old = `${draft}.old`
  rmSync(old, { recursive: true, force: true })
  if (existsSync(place)) renameSync(place, old)
  renameSync(draft, place)
  rmSync(old, { recursive: true, force: true })
}

function runOne([script, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, script), ...args], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${nameOf(script)} failed with code ${code} (see above)`))
    })
  })
}

function nameOf(script) {
  return script.replace(/^(node_modules|scripts)\//, '').split('/')[0]
}

/** Two starts at once build once. The lock of a process that is gone is taken over. */
async function withLock(work) {
  try {
    mkdirSync(dist, { recursive: true })
    await takeLock()
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS' && error.code !== 'EPERM') throw error
    throw new Error(
      `the sources have changed since the last build, and ${dist} can't be written: ${error.message}`,
    )
  }
  try {
    await work()
  } finally {
    rmSync(lockPath, { force: true })
  }
}

async function takeLock() {
  const deadline = Date.now() + WAIT_MS
  for (;;) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (Date.now() > deadline || !isRunning(Number(readLock()))) rmSync(lockPath, { force: true })
    else await pause(100)
  }
}

function readLock() {
  try {
    // Empty for the moment between its making and its writing.
    return readFileSync(lockPath, 'utf8') || process.pid
  } catch {
    return process.pid
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build({ force: process.argv.includes('--force') })
  } catch (error) {
    console.error(`wirelab: ${error.message}`)
    process.exit(1)
  }
}

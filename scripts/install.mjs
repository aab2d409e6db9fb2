/**
 * Installs the dependencies where they are missing or other than package-lock.json says. Plain Node, since
 * this is what runs first on a fresh clone.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** `dev`: what tests need as well. Development packages that are there already are never taken away. */
export async function install({ dev = false } = {}) {
  const locked = packagesOf('package-lock.json')
  const installed = packagesOf(join('node_modules', '.package-lock.json'))
  if (locked === undefined) throw new Error('package-lock.json: expected beside package.json, found none')
  const withDev = dev || Object.values(installed ?? {}).some((entry) => entry.dev)
  if (installed !== undefined && isComplete(locked, installed, withDev)) return

  console.error('wirelab: installing dependencies (once; this takes a minute)')
  const [command, ...first] = npm()
  // Not `npm ci`: it begins by deleting everything, and refuses a lock file that lacks another system's packages.
  const args = [...first, 'install', '--no-save', ...(withDev ? ['--include=dev'] : ['--omit=dev'])]
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync(command, [...args, ...quiet], {
    cwd: root,
    // npm's talk goes to stderr: stdout is for what the command prints.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && first.length === 0,
  })
  if (error) throw new Error(`npm can't be run: ${error.message}`)
  if (status !== 0) {
    throw new Error(
      `npm install failed (see above). Try it by hand in ${root}: it needs the network and a writable folder`,
    )
  }
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether all that the lock file asks for on this system is there, in its version. */
function isComplete(locked, installed, withDev) {
  return Object.entries(locked).every(([path, entry]) => {
    // '' is this package itself; an optional one may be for another system.
    if (path === '' || entry.link || entry.optional || entry.devOptional) return true
    if (entry.dev && !withDev) return true
    return installed[path]?.version === entry.version
  })
}

/** Under `npm start`, the very npm that runs us. */
function npm() {
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? [process.execPath, cli] : ['npm']
}

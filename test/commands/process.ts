/** The command line as a process of its own, as a user meets it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WIRELAB } from '../programs.ts'
import { within } from '../services/waiting.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const ANY = ['--port=0', '--hub-port=0', '--tcp-port=0', '--udp-port=0', '--ws-port=0', '--tls-port=0']

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Promise<Ended>
  /** Resolves with the match, when standard error says it. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

/** A folder for state files that no other lab shares. */
export async function ownState(t: TestContext): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-state-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return { XDG_RUNTIME_DIR: folder }
}

export function wirelab(t: TestContext, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const clean = Object.entries(process.env).filter(([name]) => !/^(WIRELAB_|NODE_TEST|XDG_)/.test(name))
  const child = spawn(process.execPath, [...WIRELAB, ...argv], {
    cwd: root,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  let look = () => {}
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (more: string) => {
      text[name] += more
      look()
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...text }))
  })
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return {
    child,
    ended: within(ended, `the end of wirelab ${argv.join(' ')}`, 30_000),
    stderr: () => text.stderr,
    says: (pattern) =>
      within(
        new Promise((resolve, reject) => {
          look = () => {
            const match = pattern.exec(text.stderr)
            if (match !== null) resolve(match)
          }
          look()
          void ended.then(() => reject(new Error(`it ended; it had said:\n${text.stderr}`)))
        }),
        `${pattern} on standard error`,
        20_000,
      ),
  }
}

/** A lab on any free ports. */
export function startLab(t: TestContext, argv: readonly string[], env: NodeJS.ProcessEnv): Running {
  return wirelab(t, ['start', ...ANY, ...argv], env)
}

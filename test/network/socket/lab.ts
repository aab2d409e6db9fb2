/** A lab network with its join door, and programs that join it as processes of their own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WallClock } from '../../../server/network/clock.ts'
import { LabNetwork } from '../../../server/network/lab-network.ts'
import { type JoinDoor, type JoinDoorOptions, startJoinDoor } from '../../../server/network/socket/join.ts'
import type { Tap } from '../../../server/network/tap.ts'
import { TYPESCRIPT } from '../../programs.ts'
import { within } from '../../services/waiting.ts'

const LIMIT_MS = 20_000
const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url))
const AS_LAB_HOST = new URL('as-lab-host.mjs', import.meta.url).href

export interface Lab {
  readonly network: LabNetwork
  readonly door: JoinDoor
  /** Starts a program of `programs/` with its `node:net` and `node:dgram` exchanged for ours. */
  run(program: string, ...args: (string | number)[]): Program
}

export interface LabSettings {
  readonly tap?: Tap
  readonly ports?: ReturnType<JoinDoorOptions['describe']>['ports']
  readonly onSample?: JoinDoorOptions['onSample']
}

export async function startLab(t: TestContext, settings: LabSettings = {}): Promise<Lab> {
  const network = new LabNetwork({ clock: new WallClock(), seed: 1, tap: settings.tap })
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-join-'))
  const door = await startJoinDoor({
    network,
    path: join(folder, 'join'),
    describe: () => ({ server: '10.0.0.1', mtu: 1500, ports: settings.ports ?? { tcp: {}, udp: {} } }),
    ...(settings.onSample && { onSample: settings.onSample }),
  })
  const programs = new Set<Program>()
  t.after(async () => {
    await Promise.all([...programs].map((program) => program.kill()))
    await door.close()
    network.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    network,
    door,
    run(name, ...args) {
      const program = new Program(name, args.map(String), { WIRELAB_JOIN: door.path })
      programs.add(program)
      return program
    },
  }
}

export class Program {
  readonly process: ChildProcess
  readonly #ended: Promise<number | NodeJS.Signals | null>
  readonly #watchers = new Set<() => void>()
  output = ''
  errors = ''

  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const options = [...TYPESCRIPT, '--import', AS_LAB_HOST, `${PROGRAMS}${name}.mjs`, ...args]
    this.process = spawn(process.execPath, options, { env: { ...process.env, ...env } })
    this.process.stdout?.setEncoding('utf8').on('data', (text) => this.#add('output', text))
    this.process.stderr?.setEncoding('utf8').on('data', (text) => this.#add('errors', text))
    this.#ended = new Promise((resolve) =>
      this.process.once('close', (code, signal) => resolve(code ?? signal)),
    )
  }

  #add(where: 'output' | 'errors', text: string): void {
    this[where] += text
    for (const look of this.#watchers) look()
  }

  /** Until it has printed this. */
  async says(text: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      const look = () => {
        if (!this.output.includes(text)) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
    await within(said, `"${text}" in ${JSON.stringify(this.output + this.errors)}`, LIMIT_MS)
  }

  /** Everything it printed, once it has ended by itself and without complaint. */
  async lines(): Promise<string[]> {
    const code = await within(this.#ended, `the end of ${this.process.spawnargs.at(-1)}`, LIMIT_MS)
    assert.equal(this.errors, '')
    assert.equal(code, 0)
    return this.output.trimEnd().split('\n')
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal)
    await within(this.#ended, 'the end of the program', LIMIT_MS)
  }
}

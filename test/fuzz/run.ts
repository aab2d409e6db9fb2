/** `npm run fuzz`: spoils captures and reads them until the time is up; what is read wrongly is kept, to be repeated. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Random, seeded } from '../../server/network/random.ts'
import { ownSeeds, type Seed, seedsFrom, spoilt } from './seeds.ts'

const usage = `npm run fuzz -- [--minutes N] [--seed N] [FILE or FOLDER…]

Spoils capture files (and frames of our own) in many ways, reads each, and looks at its packets: no throw, no hang, no
runaway memory, every span inside its buffer, skimming and dissecting agree. An input that is read wrongly is kept in ./fuzz-failures.

  --minutes N    how long (default 5)
  --seed N       the same seed spoils in the same way (default: of the day)
  --repeat FILE  judges a kept input, or any capture, as it is
`
const KEPT = 'fuzz-failures'
/** Reading is linear: so long for any input, and so much more for each MiB. */
const LIMIT_MS = 10_000
const LIMIT_MS_PER_MIB = 20_000
const HEAP_MIB = 512
const REPORT_MS = 10_000

interface Answer {
  packets: number
  faults: string[]
  bytes: number
  ms: number
}

class Judge {
  #child: ChildProcess | undefined

  /** What is wrong with how the file is read; a hang and a death are faults as well. */
  async judge(path: string, bytes: number): Promise<{ packets: number; faults: readonly string[] }> {
    this.#child ??= fork(join(import.meta.dirname, 'worker.ts'), {
      execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MIB}`],
    })
    const child = this.#child
    const limit = LIMIT_MS + (bytes / 2 ** 20) * LIMIT_MS_PER_MIB
    const ended = new AbortController()
    const timer = setTimeout(() => child.kill('SIGKILL'), limit)
    try {
      child.send(path)
      const [answer] = await Promise.race([
        once(child, 'message', { signal: ended.signal }),
        once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
          this.#child = undefined
          const how =
            signal === 'SIGKILL' ? `not done after ${Math.round(limit)} ms` : `it died with ${code ?? signal}`
          return [{ packets: 0, faults: [how] }]
        }),
      ])
      return answer as Answer
    } finally {
      clearTimeout(timer)
      ended.abort()
    }
  }

  end(): void {
    this.#child?.kill()
  }
}

async function fuzz(
  seeds: readonly Seed[],
  random: Random,
  minutes: number,
  folder: string,
): Promise<number> {
  const judge = new Judge()
  const until = performance.now() + minutes * 60_000
  let [inputs, packets, failures] = [0, 0, 0]
  const report = () => console.error(`${inputs} captures, ${packets} packets, ${failures} read wrongly`)
  const timer = setInterval(report, REPORT_MS)
  for (; performance.now() < until; inputs++) {
    const seed = seeds[random.below(seeds.length)]
    if (seed === undefined) break
    const bytes = spoilt(seed, random)
    const path = join(folder, 'input.pcap')
    writeFileSync(path, bytes)
    const answer = await judge.judge(path, bytes.length)
    packets += answer.packets
    if (answer.faults.length === 0) continue
    failures++
    mkdirSync(KEPT, { recursive: true })
    const kept = join(KEPT, `${Date.now()}-${failures}.pcap`)
    copyFileSync(path, kept)
    console.log(`${seed.name}: ${answer.faults.join('\n  ')}\n  repeat: npm run fuzz -- --repeat ${kept}`)
  }
  clearInterval(timer)
  report()
  judge.end()
  return failures
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    repeat: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
if (values.help) {
  process.stdout.write(usage)
} else if (values.repeat !== undefined) {
  const { judge } = await import('./judge.ts')
  const { readFileSync } = await import('node:fs')
  const { packets, faults } = await judge(readFileSync(values.repeat))
  console.log(`${packets} packets; ${faults.length === 0 ? 'read as it should be' : faults.join('\n')}`)
  process.exitCode = faults.length === 0 ? 0 : 1
} else if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-fuzz-'))
  try {
    const seeds = [...ownSeeds(), ...seedsFrom(positionals)]
    console.error(`seed ${seed}, ${seeds.length} captures to spoil, ${minutes} minutes`)
    process.exitCode = (await fuzz(seeds, seeded(seed), minutes, folder)) === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

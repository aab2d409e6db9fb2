/** A whole Wirelab in this process, on free ports, for tests that want all of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { parseConfig } from '../server/config.ts'
import { startWirelab, type Wirelab } from '../server/wirelab.ts'
import { ANY_PORTS } from './any-ports.ts'
import { OBSERVER } from './programs.ts'

/**
 * Its capture has started, or is known not to. `env` is where it looks for the programs that capture, `learnersFolder` where
 * for the learner's own.
 */
export async function startLab(
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
  learnersFolder?: string,
): Promise<Wirelab> {
  const parsed = parseConfig([...ANY_PORTS, ...flags], {})
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  const options = { announce: false, env, observer: OBSERVER, learnersFolder }
  const wirelab = await startWirelab(parsed.config, () => undefined, options)
  await captureSettled(wirelab)
  return wirelab
}

const CAPTURE_LIMIT_MS = 10_000

/** Until the capture runs, or it is known that it can't. */
async function captureSettled(wirelab: Wirelab): Promise<void> {
  const limit = Date.now() + CAPTURE_LIMIT_MS
  while (wirelab.capture.state === 'starting' && Date.now() < limit) await pause(20)
}

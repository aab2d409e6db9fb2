/** For commands that need a lab: the running one, or one of their own that ends with them. */
import { once } from 'node:events'
import type { CommandIo } from './commands/command.ts'
import { privateConfig } from './config.ts'
import { LabError } from './errors.ts'
import { chooseInstance } from './instances.ts'

export interface LabWanted {
  /** Where the user said it is. */
  readonly url: string | undefined
  /** What that one asks for, if the user said it; that of a lab found here is known. */
  readonly token?: string | undefined
  readonly io: Pick<CommandIo, 'env' | 'signal'>
  readonly talk: (line: string) => void
  /** Says why the running one won't do, if so: one of our own is started then, unless that one was asked for. */
  readonly unfit?: (lab: LabAddress) => Promise<string | null>
  /** For one of our own. */
  readonly flags?: readonly string[]
  readonly learnersFolder?: string
  /** Said before one of our own is started, which takes a moment. */
  readonly starting?: string
}

export interface LabAddress {
  readonly url: string
  readonly token: string | undefined
  /** The local socket by which programs join its lab network; undefined where it has none, or it isn't known. */
  readonly join: string | undefined
}

/** Rejects with a UsageError when several are running and none was chosen. */
export async function withLab<T>(
  { url, token, io, talk, unfit, flags = [], learnersFolder, starting }: LabWanted,
  work: (lab: LabAddress) => Promise<T>,
): Promise<T> {
  const instance = await chooseInstance(url)
  if (instance !== undefined) {
    const address = { url: instance.url, token: token ?? instance.token, join: instance.join }
    const why = (await unfit?.(address)) ?? null
    if (why === null) return work(address)
    if (url !== undefined) throw new LabError(why)
    talk(`${instance.url}: ${why}. Another Wirelab is started for it, and ends with it.`)
  }

  if (starting !== undefined) talk(starting)
  const { startWirelab } = await import('./wirelab.ts')
  const lab = await startWirelab(privateConfig(flags), talk, { announce: false, env: io.env, learnersFolder })
  try {
    if (!io.signal.aborted) await Promise.race([lab.captureKnown, once(io.signal, 'abort')])
    return await work(lab)
  } finally {
    await lab.close()
  }
}

/** For commands that need a lab: the running one, or one of their own that ends with them. */
import { once } from 'node:events'
import type { CommandIo } from './commands/command.ts'
import { privateConfig } from './config.ts'
import { chooseInstance } from './instances.ts'

export interface LabWanted {
  /** Where the user said it is. */
  readonly url: string | undefined
  /** What that one asks for, if the user said it; that of a lab found here is known. */
  readonly token?: string | undefined
  readonly io: Pick<CommandIo, 'env' | 'signal'>
  readonly talk: (line: string) => void
}

export interface LabAddress {
  readonly url: string
  readonly token: string | undefined
  /** The local socket by which programs join its lab network; undefined where it has none, or it isn't known. */
  readonly join: string | undefined
}

/** Rejects with a UsageError when several are running and none was chosen. */
export async function withLab<T>(
  { url, token, io, talk }: LabWanted,
  work: (lab: LabAddress) => Promise<T>,
): Promise<T> {
  const instance = await chooseInstance(url)
  if (instance !== undefined) {
    return work({ url: instance.url, token: token ?? instance.token, join: instance.join })
  }

  const { startWirelab } = await import('./wirelab.ts')
  const lab = await startWirelab(privateConfig(), talk, { announce: false, env: io.env })
  try {
    if (!io.signal.aborted) await Promise.race([lab.captureKnown, once(io.signal, 'abort')])
    return await work(lab)
  } finally {
    await lab.close()
  }
}

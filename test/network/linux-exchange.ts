/** A program at the kernel's end and one at ours, at work with each other. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import os from 'node:os'
import { within } from '../services/waiting.ts'
import type { LinuxPeer } from './linux-peer.ts'
import type { Conversation, Outcome } from './linux-side.ts'
import { Talk } from './talk.ts'

const missing = ['socat', 'unshare', 'ip', 'ss'].filter(
  (tool) => spawnSync(tool, ['-V'], { stdio: 'ignore' }).error !== undefined,
)

const mayUnshare = () => spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0

function obstacle(): string | false {
  if (os.platform() !== 'linux' || os.userInfo().uid !== 0) return 'needs root on Linux, for a TAP device'
  if (missing.length > 0) return `needs ${missing.join(', ')}`
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun'
  return !mayUnshare() && 'needs leave to make a network namespace (CAP_SYS_ADMIN)'
}

const found = obstacle()
/** Why this machine can't run these tests; false where it can. */
export const skip = found && `NOT RUN: ${found}`

const LIMIT_MS = 40_000

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What our end is to do; `hear` is what the kernel says. */
export interface Ours {
  readonly say?: Uint8Array
  readonly hear?: Uint8Array
  readonly endFirst?: boolean
  readonly waits?: boolean
  readonly readPause?: () => number
  readonly abortAt?: number
  readonly onHeard?: (talk: Talk) => void
}

export interface Exchanged {
  readonly talk: Talk
  readonly outcome: Outcome
}

/** Our end, and when it is over. */
export function ours(linux: LinuxPeer, plan: Ours): { talk: Talk; closed: Promise<void> } {
  let tell: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    tell = resolve
  })
  const none = new Uint8Array()
  const talk = new Talk({ clock: linux.clock, say: none, hear: none, ...plan, onClosed: tell })
  return { talk, closed: within(closed, 'the end of our connection', LIMIT_MS) }
}

/** We listen, the kernel connects. */
export async function kernelConnects(linux: LinuxPeer, plan: Ours, theirs: Conversation): Promise<Exchanged> {
  const { talk, closed } = ours(linux, plan)
  const listener = linux.network.server.tcp.listen(0, (handle) => {
    handle.handler = talk.begin(handle)
    if (!talk.isConnected) talk.connected()
  })
  const kernel = await linux.connect(listener.port, theirs)
  const outcome = await within(kernel.outcome(), 'the end of the kernel’s connection', LIMIT_MS)
  await closed
  listener.close()
  return { talk, outcome }
}

/** The kernel listens, we connect. */
export async function weConnect(linux: LinuxPeer, plan: Ours, theirs: Conversation): Promise<Exchanged> {
  const { talk, closed } = ours(linux, plan)
  const kernel = await linux.listen(theirs)
  talk.begin(linux.network.server.tcp.connect(linux.address, kernel.port, talk))
  const outcome = await within(kernel.outcome(), 'the end of the kernel’s connection', LIMIT_MS)
  await closed
  return { talk, outcome }
}

/** Lowers the calling thread's priority, so that what it observes never waits for it. */
import { readlinkSync } from 'node:fs'
import os from 'node:os'

/** The step is enough for a busy service to get nine tenths of a processor that both want. */
const NICENESS = 10

/**
 * Linux schedules threads one by one, and names the calling one in `/proc/thread-self`; elsewhere, and where
 * it is not allowed, nothing changes.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    os.setPriority(thread, NICENESS)
  } catch {
    // A system without /proc: the observer then competes as an equal.
  }
}

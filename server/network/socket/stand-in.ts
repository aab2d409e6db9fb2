/** Who answers at the address of a program that was killed, for a moment: an empty host, which knows no connection. */
import { WallClock } from '../clock.ts'
import { Host } from '../host.ts'
import type { Joined } from '../join.ts'
import { seeded } from '../random.ts'
import type { LeftBehind } from './left-behind.ts'

/** Long enough for the peers' challenge ACKs (RFC 5961 §3.2) and retransmissions, which it answers by RST. */
const STAY_MS = 5000

export interface StandIn {
  receive(frame: Uint8Array): void
  /** Unplugs it before its time. May be called again. */
  leave(): void
}

/** Ends by RST what the program left behind, and leaves the port when its time is over, which is told. */
export function standIn(port: Joined, leftBehind: LeftBehind, mtu: number, over: () => void): StandIn {
  const { address, prefix, gateway } = port
  const clock = new WallClock(performance.timeOrigin, { holdsProcess: false })
  const host = new Host({
    name: 'stand-in',
    address,
    prefix,
    ...(gateway !== undefined && { gateway }),
    clock,
    random: seeded(address),
    mtu,
  })
  host.attach({ send: (frame) => port.receive(frame) })
  const leave = () => {
    clearTimeout(timer)
    host.close()
    port.leave()
    over()
  }
  const timer = setTimeout(leave, STAY_MS).unref()
  for (const frame of leftBehind.resets()) port.receive(frame)
  return { receive: (frame) => host.receive(frame), leave }
}

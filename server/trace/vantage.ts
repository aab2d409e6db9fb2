/**
 * The two ends of the lab network's cables, and what a capture there would see of a frame. All clients together are
 * one end and all servers the other, as if each capture stood at the switch's ports.
 */
import type { Topology } from '../capture/lab-batch.ts'

export type End = 'client' | 'server'

/** When it would see a frame: as the frame enters the cable, as it comes out, or never, since it is on another. */
export type Sight = 'departure' | 'arrival' | 'never'

/** The cable of what never meets a server's: between clients, and between a client and its router. */
const CLIENTS = 'clients'
/** `r1-r2` and its like. */
const BETWEEN_ROUTERS = /^r\d+-r\d+$/

export function sightOf(topology: Topology, end: End, cable: string, direction: 'up' | 'down'): Sight {
  // Ideal: what enters it is there.
  if (cable === CLIENTS) return end === 'client' ? 'departure' : 'never'
  if (topology === 'router' && (end === 'client' || BETWEEN_ROUTERS.test(cable))) return 'never'
  return (direction === 'up') === (end === 'client') ? 'departure' : 'arrival'
}

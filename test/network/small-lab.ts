/** A lab network on the simulated clock, and hosts that join it from outside. */
import assert from 'node:assert/strict'
import type { NetworkPatch } from '../../server/dashboard/api-network.ts'
import { NetworkError } from '../../server/errors.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Host } from '../../server/network/host.ts'
import { LabNetwork, type LabNetworkOptions } from '../../server/network/lab-network.ts'
import type { Departure } from '../../server/network/tap.ts'

export function lab(options: Partial<LabNetworkOptions> = {}) {
  const clock = new SimulatedClock()
  const departures: Departure[] = []
  let changes = 0
  const network = new LabNetwork({
    clock,
    seed: 7,
    tap: {
      departed: (departure) => departures.push({ ...departure, bytes: departure.bytes.slice() }),
      arrived: () => undefined,
    },
    onChange: () => changes++,
    ...options,
  })
  return { clock, network, departures, changes: () => changes }
}

/** A host outside, that keeps what it gets. */
export function joined(network: LabNetwork, name: string, role: 'client' | 'server' = 'client') {
  const got: Uint8Array[] = []
  const host = network.join({ name, role, send: (frame) => got.push(frame) })
  return { ...host, got }
}

/** Sends UDP from one host to a port of another and counts what arrives. */
export function datagrams(clock: SimulatedClock, from: Host, to: Host, count: number): number {
  let arrived = 0
  const server = to.udp.bind(0, { message: () => arrived++ })
  const client = from.udp.bind(0, { message: () => undefined })
  for (let n = 0; n < count; n++) {
    client.send(new Uint8Array([n & 255]), to.address, server.port)
    clock.run(clock.now() + 1)
  }
  clock.run(clock.now() + 5000)
  client.close()
  server.close()
  return arrived
}

export const refused = (patch: NetworkPatch, field: string, network: LabNetwork = lab().network) =>
  assert.throws(
    () => network.patch(patch),
    (error) => error instanceof NetworkError && error.field === field,
    JSON.stringify(patch),
  )

/** What is told of a lab, in a line for people: the comments of its capture files. Each begins so that it is known again. */
import type { SessionAbout } from '../capture/session-item.ts'
import { impairmentsText } from '../network/impairments-text.ts'
import type { EventNode, ServiceNode } from './api.ts'
import type { LabNetworkNode } from './api-network.ts'

/** Of arguments, in a comment. */
const MAX_ARGS = 200

/** `event: hub emit "hello" ["x"] to everybody, socket abc`. */
export function eventWords(event: EventNode): string {
  const { service, kind, nsp, args, rooms, listeners, socket, reason, direction } = event
  const words = [service, kind]
  if (direction !== null) words.push(direction === 'in' ? '(in)' : '(out)')
  if (event.event !== null) words.push(JSON.stringify(event.event))
  if (args !== null) words.push(args.length > MAX_ARGS ? `${args.slice(0, MAX_ARGS)}…` : args)
  if (rooms !== null && rooms.length > 0) words.push(`to ${rooms.join(', ')}`)
  else if (rooms !== null && kind === 'emit') words.push('to everybody')
  if (listeners !== null) words.push(listeners === 0 ? 'and nobody listens' : `and ${listeners} listen`)
  if (nsp !== null && nsp !== '/') words.push(`in ${nsp}`)
  if (socket !== null) words.push(`by socket ${socket}`)
  if (reason !== null) words.push(`since ${reason}`)
  return `event: ${words.join(' ')}`
}

/** `network: up loss 5%; down nothing`. */
export function networkWords(network: LabNetworkNode): string {
  const { up, down, cables, seed } = network
  const cut = cables.filter((cable) => cable.cut).map(({ name }) => name)
  const words = [`up ${impairmentsText(up)}`, `down ${impairmentsText(down)}`]
  if (cut.length > 0) words.push(`cut: ${cut.join(', ')}`)
  return `network: ${words.join('; ')}; seed ${seed}`
}

export function aboutWords(about: SessionAbout, services: readonly ServiceNode[]): string {
  const { version, run, network, at, startedAt } = about
  const where =
    network === 'lab' ? `the lab network, as seen at its ${at ?? 'client'}s' end` : "the kernel's network"
  const names = services
    .filter(({ name, state }) => name !== 'dashboard' && state === 'listening')
    .map(({ title, host, port, lab }) => `${title} at ${lab?.address ?? host}:${lab?.port ?? port}`)
  return `lab: Wirelab ${version} on ${where}; run ${run}, started at ${startedAt}; ${names.join(', ')}`
}

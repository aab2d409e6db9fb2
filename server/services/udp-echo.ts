/**
 * UDP echo (RFC 862): every datagram goes back to where it says it came from. No connection, nothing kept.
 *
 * "Says": the source address of a datagram is not checked by anybody. Two echo services can be set on each
 * other by one forged datagram, for ever. So this one never answers a port where a service may live (below
 * 1024, or one of the lab's own), and answers one sender only so many times a second.
 */
import { Allowance } from '../allowance.ts'
import { previewBytes, reportFrequent } from './application-events.ts'
import type { Datagram } from './ground.ts'
import type { Service, ServiceOptions } from './service.ts'

export interface UdpEchoOptions extends ServiceOptions {
  /** Whether a port is one of the lab's own. */
  readonly isLabPort?: (port: number) => boolean
  /** Answers to one sender in a second; more are dropped, as a network would. */
  readonly perSecond?: number
}

const PER_SECOND = 2000

export async function startUdpEcho(options: UdpEchoOptions): Promise<Service> {
  const { ground, port, perSecond = PER_SECOND, isLabPort } = options
  const allowance = new Allowance(perSecond)
  let own = port

  const refusalOf = ({ address, port: from }: Datagram): string | null => {
    const mayAnswer = from >= 1024 && from !== own && !isLabPort?.(from)
    if (!mayAnswer) return 'not answered: the source port belongs to a service'
    return allowance.take(`${address} ${from}`) ? null : 'not answered: too many from this sender'
  }

  const footing = await ground.bind(port, (datagram) => {
    const refusal = refusalOf(datagram)
    reportFrequent(() => ({
      ...about(datagram),
      kind: 'on',
      direction: 'in',
      event: 'message',
      listeners: 1,
      reason: refusal,
    }))
    if (refusal !== null) return
    datagram.answer(datagram.bytes)
    reportFrequent(() => ({ ...about(datagram), kind: 'emit', direction: 'out', event: 'send' }))
  })
  own = footing.port
  return { name: 'udp-echo', ...footing }
}

const about = ({ address, port, bytes }: Datagram) => ({
  service: 'udp-echo',
  remoteAddress: address,
  remotePort: port,
  args: previewBytes(bytes),
})

/** A lab network on the wall's clock, its server as a service's ground, and what it saw. */
import net from 'node:net'
import type { TestContext } from 'node:test'
import { WallClock } from '../../../server/network/clock.ts'
import { LabNetwork } from '../../../server/network/lab-network.ts'
import type { Departure } from '../../../server/network/tap.ts'
import { decodeSegment, FIN, RST, SYN, TcpSegment } from '../../../server/protocols/tcp-segment.ts'
import { within } from '../../services/waiting.ts'

/** A TCP segment as it went onto a cable. */
export interface Seen {
  readonly from: string
  readonly to: string
  /** `SYN`, `FIN`, `RST`, in this order; none for others. */
  readonly flags: string
  readonly bytes: number
}

export interface GatewayBench {
  readonly clock: WallClock
  readonly network: LabNetwork
  readonly seen: Seen[]
  /** Resolves when a segment like that has been seen. */
  until(matches: (segment: Seen) => boolean): Promise<Seen>
}

const HEADERS = 14 + 20

export function gatewayBench(t: TestContext): GatewayBench {
  const clock = new WallClock()
  const seen: Seen[] = []
  const waiting = new Set<() => void>()
  const network = new LabNetwork({
    clock,
    seed: 7,
    tap: {
      departed: (departure) => {
        const segment = segmentOf(departure)
        if (segment === undefined) return
        seen.push(segment)
        for (const look of waiting) look()
      },
      arrived: () => undefined,
    },
  })
  t.after(() => network.close())
  return {
    clock,
    network,
    seen,
    until(matches) {
      const found = new Promise<Seen>((resolve) => {
        const look = () => {
          const segment = seen.find(matches)
          if (segment === undefined) return
          waiting.delete(look)
          resolve(segment)
        }
        waiting.add(look)
        look()
      })
      return within(found, 'the segment')
    },
  }
}

function segmentOf({ bytes }: Departure): Seen | undefined {
  // IPv4, without options, carrying TCP.
  if (bytes[12] !== 0x08 || bytes[13] !== 0 || bytes[14] !== 0x45 || bytes[23] !== 6) return undefined
  const length = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0)
  const segment = new TcpSegment()
  if (!decodeSegment(bytes, HEADERS, 14 + length, segment)) return undefined
  const names = [
    [SYN, 'SYN'],
    [FIN, 'FIN'],
    [RST, 'RST'],
  ] as const
  return {
    from: `${bytes.subarray(26, 30).join('.')}:${segment.sourcePort}`,
    to: `${bytes.subarray(30, 34).join('.')}:${segment.destinationPort}`,
    flags: names.flatMap(([bit, name]) => (segment.flags & bit ? [name] : [])).join(' '),
    bytes: segment.dataEnd - segment.dataStart,
  }
}

/** A server of this machine's kernel. */
export async function kernelServer(
  t: TestContext,
  onSocket: (socket: net.Socket) => void,
): Promise<{ port: number; server: net.Server }> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    t.after(() => socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { port: (server.address() as net.AddressInfo).port, server }
}

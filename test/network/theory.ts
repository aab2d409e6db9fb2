/**
 * What a loss-limited TCP should carry, by the two formulas that everyone quotes, and what ours carries over a
 * simulated link. The test asserts the band, the bench prints the table.
 */
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Impairments } from '../../server/network/impairments.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import type { TcpHandle, TcpHandler } from '../../server/network/tcp/connection-api.ts'
import type { TcpOptions } from '../../server/network/tcp/options.ts'

/** Bytes of data in a full segment: 1500 less IP, TCP and timestamps (RFC 7323 appendix A). */
export const MSS = 1448

/**
 * Mathis, Semke, Mahdavi and Ott 1997: bytes a second at a share `p` of random losses. C is √(3/2) for a window that
 * grows by one segment a round trip: ours counts bytes (RFC 3465), so delayed acknowledgements don't make it √(3/4).
 */
export function mathis(p: number, rtt: number, c: number = Math.sqrt(3 / 2)): number {
  return (MSS / rtt) * (c / Math.sqrt(p))
}

/**
 * Padhye, Firoiu, Towsley and Kurose 1998 (PFTK), the full formula (their equation 32 with no limit of the window):
 * with timeouts, which rule above a few percent. `b`: segments that one acknowledgement covers; `rto`: T0, seconds.
 */
export function pftk(p: number, rtt: number, rto: number, b = 1): number {
  const window = (2 + b) / (3 * b) + Math.sqrt((8 * (1 - p)) / (3 * b * p) + ((2 + b) / (3 * b)) ** 2)
  const q = Math.min(
    1,
    ((1 - (1 - p) ** 3) * (1 + (1 - p) ** 3 * (1 - (1 - p) ** (window - 3)))) / (1 - (1 - p) ** window),
  )
  const backOff = 1 + p + 2 * p ** 2 + 4 * p ** 3 + 8 * p ** 4 + 16 * p ** 5 + 32 * p ** 6
  const segments = (1 - p) / p + window + q / (1 - p)
  const seconds = rtt * ((b / 2) * window + 1) + (q * backOff * rto) / (1 - p)
  return (MSS * segments) / seconds
}

export interface Measured {
  /** Bytes a second that the program got, of the time after `from`. */
  readonly goodput: number
  readonly retransmissions: number
  /** Its mean over the run, seconds. */
  readonly rto: number
}

export interface Course {
  readonly seed: number
  /** The server talks, the client listens. */
  readonly up: Partial<Impairments>
  readonly down: Partial<Impairments>
  /** Simulated seconds: measured from the first to the second, so that slow start has passed. */
  readonly from: number
  readonly to: number
  readonly tcp?: TcpOptions
}

const SILENT: TcpHandler = {
  connected: () => undefined,
  data: () => undefined,
  ended: () => undefined,
  writable: () => undefined,
  closed: () => undefined,
}

/** Room for a window of two bandwidth-delay products, the queue's included: the link must limit it, not the buffers. */
export const LARGE_BUFFERS: TcpOptions = { receiveBuffer: 1 << 22, sendBuffer: 1 << 22 }

/** A bulk transfer from the server to a client. */
export function measure(course: Course): Measured {
  const clock = new SimulatedClock()
  const network = new LabNetwork({ clock, seed: course.seed, ...(course.tcp && { tcp: course.tcp }) })
  network.patch({ up: course.up, down: course.down })
  const client = network.addClient('client', 'demo')
  const chunk = new Uint8Array(1 << 20)
  let sender: TcpHandle | undefined
  network.server.tcp.listen(4001, (handle) => {
    sender = handle
    const write = () => {
      while (handle.write(chunk) === chunk.length) {}
    }
    handle.handler = { ...SILENT, connected: write, writable: write }
    write()
  })
  let received = 0
  const receiver: TcpHandle = client.tcp.connect(network.server.address, 4001, {
    ...SILENT,
    data(bytes) {
      received += bytes.length
      receiver.consumed(bytes.length)
    },
  })
  clock.run(course.from * 1000)
  const before = received
  const rtos: number[] = []
  for (let time = course.from; time < course.to; time++) {
    clock.run((time + 1) * 1000)
    rtos.push(sender?.sample().rto ?? 0)
  }
  const goodput = (received - before) / (course.to - course.from)
  const retransmissions = sender?.sample().retransmissions ?? 0
  network.close()
  return { goodput, retransmissions, rto: rtos.reduce((sum, rto) => sum + rto, 0) / rtos.length / 1000 }
}

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type net from 'node:net'
import { type TestContext, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { BATCH_BYTES, type BatchMessage } from '../../../server/capture/lab-batch.ts'
import { LabTap } from '../../../server/capture/lab-network.ts'
import { openGateway } from '../../../server/network/gateway/gateway.ts'
import type { Pressure } from '../../../server/network/pressure.ts'
import { connectTo, within } from '../../services/waiting.ts'
import { gatewayBench } from './bench.ts'

/** Somebody who says by hand when there is too much. */
class Hand implements Pressure {
  high = false
  waiting: (() => void)[] = []

  eased(callback: () => void): void {
    this.waiting.push(callback)
  }

  ease(): void {
    this.high = false
    for (const callback of this.waiting.splice(0)) callback()
  }
}

const MB = 1_000_000

/** A gateway to a lab server that counts, and tells when something came. */
async function counting(t: TestContext, pressure: Pressure) {
  const bench = gatewayBench(t)
  let received = 0
  let tell: () => void = () => undefined
  bench.network.server.tcp.listen(4001, (handle) => {
    handle.handler = {
      connected: () => undefined,
      data(bytes) {
        received += bytes.length
        handle.consumed(bytes.length)
        tell()
      },
      ended: () => handle.end(),
      writable: () => undefined,
      closed: () => undefined,
    }
  })
  const gateway = await openGateway({
    network: bench.network,
    clock: bench.clock,
    hosts: ['127.0.0.1'],
    port: 0,
    to: { address: '10.0.0.1', port: 4001 },
    pressure,
  })
  t.after(() => gateway.close())
  const until = async (bytes: number) => {
    while (received < bytes) {
      const more = new Promise<void>((resolve) => {
        tell = resolve
      })
      await within(more, `${bytes} bytes`)
    }
    return received
  }
  return { port: gateway.port, until }
}

async function write(socket: net.Socket, bytes: number): Promise<void> {
  if (!socket.write(Buffer.alloc(bytes))) await within(once(socket, 'drain'), 'room')
}

test('while somebody can’t keep up the door takes nothing more in, and everything when the pressure eases', async (t) => {
  const pressure = new Hand()
  const { port, until } = await counting(t, pressure)
  const socket = await connectTo(port)
  t.after(() => socket.destroy())
  await write(socket, 1000)
  await until(1000)
  pressure.high = true
  // What is read while it is high goes through: one read, then the socket is left alone.
  socket.write(Buffer.alloc(8 * MB))
  const before = await until(1001)
  assert.equal(pressure.waiting.length, 1)
  assert.ok(before < MB, `${before} bytes went past`)
  pressure.ease()
  assert.equal(await until(1000 + 8 * MB), 1000 + 8 * MB)
})

/** The tap of an observer that holds on to what it is given. */
function held() {
  const { port1, port2 } = new MessageChannel()
  const messages: BatchMessage[] = []
  port2.on('message', (message: BatchMessage) => messages.push(message))
  const tap = new LabTap({ epochStart: 0, port: port1 })
  let id = 0
  const fill = (batches: number) => {
    const frame = new Uint8Array(1514)
    for (let n = 0; n < batches * Math.ceil(BATCH_BYTES / 1576); n++)
      tap.departed({
        id: id++,
        cable: 'server',
        direction: 'up',
        time: 0,
        bytes: frame,
        fates: ['delivered'],
        queue: 0,
        delay: 0,
      })
    tap.flush()
  }
  let back = 0
  port1.on('message', () => back++)
  /** All of a fill, and the tap has them. */
  const giveBack = async (batches: number) => {
    while (messages.length < batches) await once(port2, 'message')
    const awaited = back + messages.length
    for (const { buffer } of messages.splice(0)) port2.postMessage({ buffer }, [buffer])
    while (back < awaited) await once(port1, 'message')
  }
  const close = () => {
    tap.close()
    port2.close()
  }
  return { tap, fill, giveBack, close }
}

test('the tap presses while the observer has much to take in, and eases when it hands it back', async () => {
  const { tap, fill, giveBack, close } = held()
  assert.equal(tap.high, false)
  fill(20)
  assert.equal(tap.high, true)
  const eased = new Promise<void>((resolve) => tap.eased(resolve))
  await giveBack(20)
  await within(eased, 'the ease')
  assert.equal(tap.high, false)
  close()
})

test('nobody waits for an observer that hands nothing back', async () => {
  const { tap, fill, giveBack, close } = held()
  fill(20)
  await within(new Promise<void>((resolve) => tap.eased(resolve)), 'the end of patience')
  assert.equal(tap.high, false)
  await giveBack(20)
  fill(20)
  assert.equal(tap.high, true)
  close()
})

test('whoever waits for an observer that has died goes on', async () => {
  const { tap, fill, close } = held()
  fill(20)
  const eased = new Promise<void>((resolve) => tap.eased(resolve))
  close()
  await within(eased, 'the ease')
  assert.equal(tap.high, false)
})

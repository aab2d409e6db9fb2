import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { parseConfig } from '../../server/config.ts'
import type { FlowList, PacketPage, SendResult, SessionList, Status } from '../../server/dashboard/api.ts'
import type { CompareResult } from '../../server/dashboard/api-compare.ts'
import type { RowsMessage } from '../../server/dashboard/api-live.ts'
import { startWirelab, type Wirelab } from '../../server/wirelab.ts'

/** The whole: services here, the observer in its thread, the kernel's own packets where they may be had. */
for (const network of ['lab', 'kernel'] as const) {
  describe(`a running lab on the ${network} network`, { timeout: 60_000 }, () => {
    let lab: Wirelab
    before(async () => {
      const flags = ['port', 'hub-port', 'tcp-port', 'udp-port', 'ws-port', 'tls-port'].flatMap((flag) => [
        `--${flag}`,
        '0',
      ])
      const parsed = parseConfig([...flags, '--network', network], {})
      assert.ok('config' in parsed)
      lab = await startWirelab(parsed.config, () => {}, { announce: false })
      await lab.captureKnown
      await until('the capture is settled', async () => (await status()).capture.state !== 'starting')
    })
    after(() => lab?.close())

    const get = async <T>(path: string): Promise<T> => {
      const response = await fetch(lab.url + path)
      assert.equal(response.status, 200, path)
      return (await response.json()) as T
    }
    const post = async <T>(path: string, body: object): Promise<T> => {
      const response = await fetch(lab.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      assert.ok(response.ok, `${path}: ${response.status}`)
      return (await response.json()) as T
    }
    const status = () => get<Status>('/api/status')
    const needsCapture = async (t: TestContext): Promise<boolean> => {
      const { capture } = await status()
      if (capture.state === 'running') return true
      assert.equal(network, 'kernel', `the lab network needs no permission: ${capture.message}`)
      t.skip(`no capture here: ${capture.message}`)
      return false
    }

    it('names its services', async () => {
      const { services, network: carried, run } = await status()
      assert.equal(run, lab.run)
      assert.equal(carried, network)
      for (const name of ['hub', 'tcp-echo', 'udp-echo', 'websocket-echo']) {
        const service = services.find((node) => node.name === name)
        assert.equal(service?.state, 'listening')
        assert.equal(service?.port, lab.ports[name])
      }
    })

    it('a message through TCP echo is seen, packet by packet', async (t) => {
      const { reply, flow } = await post<SendResult>('/api/send', { service: 'tcp-echo', message: 'hello' })
      assert.equal(reply, 'hello')
      if (!(await needsCapture(t))) return
      const filter = encodeURIComponent(`tcp.port == ${flow?.port}`)
      const page = () => get<PacketPage>(`/api/packets?filter=${filter}`)
      await until('the last packet is there', async () => (await closed(flow?.port)).length === 1)
      const { packets } = await page()
      const infos = packets.map((row) => row.info)
      assert.match(infos[0]!, /\[SYN\]/)
      assert.equal(infos.filter((info) => /Echo request "hello"/.test(info)).length, 1)
      assert.equal(infos.filter((info) => /Echo response "hello"/.test(info)).length, 1)
      const [{ service } = { service: null }] = await closed(flow?.port)
      assert.equal(service, 'tcp-echo')
    })

    const closed = async (port: number | undefined) => {
      const { flows } = await get<FlowList>('/api/flows')
      return flows.filter((node) => node.client.port === port && node.state === 'closed')
    }

    it('a packet comes to the page by itself', async (t) => {
      if (!(await needsCapture(t))) return
      const client: Socket = io(`${lab.url}/live`, { transports: ['websocket'], forceNew: true })
      try {
        assert.deepEqual(await client.timeout(5000).emitWithAck('watch', { limit: 50, follow: true }), {
          ok: true,
        })
        const delays: number[] = []
        for (let n = 0; n < 5; n++) {
          const word = `latency-${n}`
          const seen = new Promise<number>((resolve) => {
            const look = ({ rows }: RowsMessage) => {
              const row = rows.find(({ info }) => info.includes(`Echo response "${word}"`))
              if (row === undefined) return
              client.off('rows', look)
              resolve(Date.now() - Number(row.time) * 1000)
            }
            client.on('rows', look)
          })
          await post('/api/send', { service: 'udp-echo', message: word })
          delays.push(await seen)
        }
        t.diagnostic(`packet to page: ${delays.map((delay) => delay.toFixed(0)).join(', ')} ms`)
        assert.equal(delays.length, 5)
      } finally {
        client.close()
      }
    })

    it('compares five transports, and every byte is counted once', async (t) => {
      const result = await post<CompareResult>('/api/compare', { message: 'hello' })
      assert.deepEqual(
        result.transports.map((transport) => [transport.id, transport.error]),
        [
          ['tcp', null],
          ['udp', null],
          ['websocket', null],
          ['socket.io-polling', null],
          ['socket.io-websocket', null],
        ],
      )
      if (!(await needsCapture(t))) {
        assert.equal(result.captured, false)
        assert.ok(result.note)
        return
      }
      for (const { id, wire } of result.transports) {
        assert.ok(wire, id)
        const { total, ...layers } = wire.bytes
        assert.equal(
          Object.values(layers).reduce((a, b) => a + b, 0),
          total,
          id,
        )
        assert.equal(
          wire.frames.reduce((sum, frame) => sum + frame.length, 0),
          total,
          id,
        )
        assert.equal(layers.payload, 10, `${id}: five bytes there and five back`)
        assert.equal(layers.session > 0, id.startsWith('socket.io'), id)
      }
      assert.deepEqual(
        result.transports.slice(0, 3).map((transport) => transport.wire?.roundTripsBefore),
        [1, 0, 2],
      )
    })

    it('a Socket.IO session is known by its id, its heartbeat and its sockets', async (t) => {
      if (!(await needsCapture(t))) return
      const changed = await fetch(`${lab.url}/api/heartbeat`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ pingInterval: 200 }),
      })
      assert.equal(changed.status, 200)
      await until('the status says so', async () => (await status()).heartbeat.pingInterval === 200)
      const client = io(`http://127.0.0.1:${lab.ports.hub}`, { transports: ['websocket'], forceNew: true })
      try {
        const session = async () => {
          const { sessions } = await get<SessionList>('/api/sessions')
          return sessions.find(({ sockets }) => sockets.some(({ sid }) => sid === client.id))
        }
        await until('it has beaten twice', async () => {
          const found = await session()
          return (found?.beats.filter((beat) => beat.pong !== null).length ?? 0) >= 2
        })
        const found = await session()
        assert.equal(found?.pingInterval, 200)
        assert.equal(found?.state, 'open')
        assert.equal(found?.transport, 'websocket')
      } finally {
        client.close()
      }
    })
  })
}

/** Asks again until it holds; the limit is the test's. */
async function until(what: string, holds: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

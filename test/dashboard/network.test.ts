import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { io, type Socket } from 'socket.io-client'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { openChannel } from '../../server/channel.ts'
import type { BenchRequests } from '../../server/control.ts'
import type { FlowList, PacketDetail, PacketPage } from '../../server/dashboard/api.ts'
import type { RowsMessage } from '../../server/dashboard/api-live.ts'
import type { FlowSamples, LabNetworkNode, NetworkNode } from '../../server/dashboard/api-network.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import type { TcpSample } from '../../server/network/tcp/connection-api.ts'
import type { Endpoint } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { START_TIME, TcpConversation } from '../frames.ts'
import { damaged, type Sent, tell } from '../lab-script.ts'
import { listeningDashboard, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }
const LIMIT = { timeout: 20_000 }
const CLIENT: Endpoint = { address: '10.0.0.100', port: 50_000 }
const SERVER: Endpoint = { address: '10.0.0.1', port: 9999 }

/** A lab network asked across threads' channels, as the observer asks it. */
function asked(): { bench: Pick<BenchRequests, 'network' | 'patchNetwork'>; close(): void } {
  const network = new LabNetwork({ clock: new SimulatedClock(), seed: 1 })
  const { port1, port2 } = new MessageChannel()
  const ours = openChannel(port1, {
    network: async () => network.describe(),
    patchNetwork: async (patch: Parameters<BenchRequests['patchNetwork']>[0]) => {
      network.patch(patch)
      return network.describe()
    },
  })
  const theirs = openChannel<object, Pick<BenchRequests, 'network' | 'patchNetwork'>>(port2, {})
  return {
    bench: {
      network: (request) => theirs.ask('network', request),
      patchNetwork: (patch) => theirs.ask('patchNetwork', patch),
    },
    close() {
      ours.close()
      theirs.close()
      network.close()
    },
  }
}

describe('/api/network', () => {
  const lab = asked()
  after(() => lab.close())
  const { app } = testDashboard({ network: 'lab', bench: lab.bench })
  const patch = (payload: object) =>
    app.inject({ method: 'PATCH', url: '/api/network', headers, payload: JSON.stringify(payload) })
  const patchJson = (payload: object) =>
    app.inject({
      method: 'PATCH',
      url: '/api/network',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    })

  it('says what carries the packets', async () => {
    const response = await app.inject({ url: '/api/network', headers })
    const node = response.json<LabNetworkNode>()
    assert.equal(node.network, 'lab')
    assert.equal(node.up.loss, 0)
    assert.deepEqual(
      node.hosts.map(({ address }) => address),
      ['10.0.0.1'],
    )
  })

  it('takes numbers, and text with units', async () => {
    const response = await patchJson({ up: { loss: '5%', delay: 0.02 }, down: { rate: '1mbit' } })
    assert.equal(response.statusCode, 200)
    const { up, down } = response.json<LabNetworkNode>()
    assert.deepEqual([up.loss, up.delay, down.rate], [0.05, 0.02, 1_000_000])
  })

  it('refuses what can’t be, names the field, and says what could', async () => {
    for (const [payload, field] of [
      [{ up: { loss: '500%' } }, 'up.loss'],
      [{ up: { lost: 1 } }, 'up'],
      [{ preset: 'moon' }, 'preset'],
      [{ cut: ['garden hose'] }, 'cut'],
    ] as const) {
      const response = await patchJson(payload)
      assert.equal(response.statusCode, 400, JSON.stringify(payload))
      const error = response.json()
      assert.equal(error.field, field)
      assert.ok(error.expected.length > 0, error.message)
    }
  })

  it('refuses what has another shape, or none', async () => {
    for (const payload of [{}, { speed: 3 }, { up: 3 }, { cut: 'server' }, { undo: false }]) {
      const response = await patchJson(payload)
      assert.equal(response.statusCode, 400, JSON.stringify(payload))
      assert.ok(response.json().message.length > 0)
    }
    assert.equal((await patch({ undo: true })).statusCode, 415)
  })

  it('a setting that there is none of is refused without a word about filters', async () => {
    const response = await patchJson({ speed: 1 })
    assert.equal(response.statusCode, 400)
    const { field, message } = response.json<{ field: string; message: string }>()
    assert.equal(field, 'speed')
    assert.doesNotMatch(message, /filter/)
  })

  it('on the kernel’s network there is nothing to change', async () => {
    const kernel = testDashboard().app
    assert.deepEqual((await kernel.inject({ url: '/api/network', headers })).json(), { network: 'kernel' })
    const response = await kernel.inject({
      method: 'PATCH',
      url: '/api/network',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: '{"preset":"fibre"}',
    })
    assert.equal(response.statusCode, 409)
    assert.equal(response.json().code, 'no-lab-network')
    assert.match(response.json().message, /--network lab/)
  })
})

/** Handshake, a line up that is damaged, a line down that is lost, and both again. */
function script(): Sent[] {
  const talk = new TcpConversation({ client: CLIENT, server: SERVER })
  talk.handshake()
  const [up] = talk.send('client', 'first line up, and it is long enough\n')
  const [down] = talk.send('server', 'first line down, and it is long enough\n')
  assert.ok(up && down)
  const sent = talk.frames.map((frame, at): Sent => {
    return { at: at * 25, direction: frame.bytes[29] === 100 ? 'up' : 'down', bytes: frame.bytes }
  })
  Object.assign(sent[3] ?? {}, { fates: ['corrupted'], received: damaged(up.bytes) })
  Object.assign(sent[4] ?? {}, { fates: ['lost'] })
  return [
    ...sent,
    { at: 400, direction: 'up', bytes: up.bytes },
    { at: 425, direction: 'down', bytes: down.bytes },
  ]
}

function labDashboard() {
  const dashboard = testDashboard({ network: 'lab' })
  assert.ok(dashboard.ends)
  tell(dashboard.ends, script())
  const get = async (path: string) => dashboard.app.inject({ url: `/api/${path}`, headers })
  return { ...dashboard, ends: dashboard.ends, get }
}

describe('a capture at either end', () => {
  const { get } = labDashboard()
  const page = async (query: string) => (await get(`packets?${query}`)).json<PacketPage>()

  it('shows fate, provenance and transit in every row', async () => {
    const { packets } = await page('')
    assert.deepEqual(
      packets.map(({ fate, provenance }) => `${provenance} ${fate}`),
      ['delivered', 'delivered', 'delivered', 'corrupted', 'lost', 'delivered', 'delivered'].map(
        (f) => `lab ${f}`,
      ),
    )
    assert.deepEqual(
      packets.map(({ transit }) => transit?.seen),
      [true, true, true, true, false, true, true],
    )
    const detail = (await get('packets/5')).json<PacketDetail>()
    assert.equal(detail.fate, 'lost')
    assert.equal(detail.layers[0]?.protocol, 'link')
  })

  it('has numbers, times and checksums of its own', async () => {
    assert.deepEqual((await page('filter=tcp.checksum.status%3D%3D0')).packets, [])
    const server = await page('at=server&filter=tcp.checksum.status%3D%3D0')
    assert.deepEqual(
      server.packets.map(({ number, timeRelative }) => [number, timeRelative]),
      [[4, 0.075]],
    )
    const detail = (await get('packets/4?at=server')).json<PacketDetail>()
    assert.equal(detail.row.transit?.direction, 'up')
    const flows = (await get('flows?at=server')).json<FlowList>()
    assert.deepEqual(
      flows.flows.map(({ id, packets }) => [id, packets]),
      [['tcp.0', 7]],
    )
  })

  it('is saved with what was seen there and nothing else, and each frame’s fate beside it', async () => {
    const read = async (query: string) => {
      const frames: Frame[] = []
      const reader = new FrameReader({
        frame: (frame) => void frames.push({ ...frame, bytes: frame.bytes.slice() }),
      })
      reader.push((await get(`capture.pcapng${query}`)).rawPayload)
      reader.end()
      return frames
    }
    const client = await read('')
    assert.deepEqual(
      client.map(({ transit }) => transit?.fates.join()),
      ['delivered', 'delivered', 'delivered', 'corrupted', 'delivered', 'delivered'],
    )
    assert.deepEqual(client[3]?.transit?.other, script()[3]?.received)
    const server = await read('?at=server')
    assert.equal(server.length, 7)
    assert.deepEqual(server[3]?.bytes, script()[3]?.received)
    assert.deepEqual(server[3]?.transit?.other, script()[3]?.bytes)
  })

  it('tshark shows what the cable says of a frame', {
    skip: spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed',
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wirelab-export-'))
    const file = join(folder, 'client.pcapng')
    writeFileSync(file, (await get('capture.pcapng')).rawPayload)
    const fields = ['frame.comment', 'frame.interface_name', 'frame.interface_description']
    const asked = ['-Y', 'frame.number==4', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
    const { stdout } = spawnSync('tshark', ['-n', '-r', file, ...asked], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    assert.match(
      stdout,
      /^link\.fate=corrupted link\.cable=server link\.direction=up link\.sent=1700000000\.075000000 .*\tlab-server\tprovenance=lab at=client cable=server/,
    )
  })

  it('is one capture on the kernel’s network, and in a file', async () => {
    const kernel = testDashboard().app
    for (const path of ['packets', 'packets/1', 'flows', 'capture.pcapng']) {
      const response = await kernel.inject({ url: `/api/${path}?at=server`, headers })
      assert.equal(response.statusCode, 400, path)
      assert.equal(response.json().field, 'at')
      assert.match(response.json().message, /kernel/)
    }
    assert.equal((await get('packets?at=middle')).statusCode, 400)
  })
})

describe('GET /api/flows/:id/samples', () => {
  const SAMPLE: TcpSample = {
    time: 0,
    because: 'state',
    state: 'SYN-SENT',
    sndUna: 0,
    sndNxt: 1,
    sndWnd: 0,
    rcvNxt: 0,
    rcvWnd: 65_535,
    cwnd: 14_480,
    ssthresh: Number.POSITIVE_INFINITY,
    srtt: undefined,
    rttvar: undefined,
    rto: 1000,
    inFlight: 0,
    retransmissions: 0,
    recovery: 'open',
  }
  const START_MS = Number(START_TIME / 1_000_000n)
  const at = (ms: number, change: Partial<TcpSample> = {}): TcpSample => ({
    ...SAMPLE,
    time: START_MS + ms,
    ...change,
  })

  it('tells what each end knew of itself, oldest first', async () => {
    const { get, ends } = labDashboard()
    ends.sampled(CLIENT, SERVER, at(-50, { state: 'ESTABLISHED' }))
    ends.sampled(CLIENT, SERVER, at(0))
    ends.sampled(SERVER, CLIENT, at(10, { state: 'SYN-RECEIVED' }))
    ends.sampled(CLIENT, SERVER, at(20, { state: 'ESTABLISHED', srtt: 20, ssthresh: 2896 }))
    ends.sampled(CLIENT, SERVER, at(90_000))
    const samples = (await get('flows/tcp.0/samples')).json<FlowSamples>()
    assert.deepEqual(
      samples.client.map(({ time, state, srtt, ssthresh }) => [time - START_MS, state, srtt, ssthresh]),
      [
        [0, 'SYN-SENT', null, null],
        [20, 'ESTABLISHED', 20, 2896],
      ],
    )
    assert.deepEqual(
      samples.server.map(({ state }) => state),
      ['SYN-RECEIVED'],
    )
    assert.equal(samples.note, null)
  })

  it('keeps so many and no more, the newest', async () => {
    const { get, ends } = labDashboard()
    ends.sampled(CLIENT, SERVER, at(0))
    for (let ms = 1; ms <= 10_000; ms++) ends.sampled(CLIENT, SERVER, at(ms, { state: 'ESTABLISHED' }))
    const { client } = (await get('flows/tcp.0/samples')).json<FlowSamples>()
    assert.ok(client.length <= 4000 && client.length >= 3000, `${client.length} are held`)
    assert.equal(client.at(-1)?.time, START_MS + 10_000)
    for (let port = 1; port <= 60; port++) {
      for (let n = 0; n < 4000; n++)
        ends.sampled({ ...CLIENT, port }, SERVER, at(0, { state: 'ESTABLISHED' }))
    }
    assert.ok(ends.samples.size <= 200_000)
  })

  it('says why there are none', async () => {
    const { get } = labDashboard()
    assert.match((await get('flows/tcp.0/samples')).json<FlowSamples>().note ?? '', /still held/)
    assert.equal((await get('flows/tcp.7/samples')).statusCode, 404)
    const kernel = testDashboard()
    for (const frame of new TcpConversation().handshake()) kernel.trace.add(frame)
    const response = await kernel.app.inject({ url: '/api/flows/tcp.0/samples', headers })
    const samples = response.json<FlowSamples>()
    assert.deepEqual([samples.client, samples.server], [[], []])
    assert.match(samples.note ?? '', /kernel/)
  })
})

describe('the live feed of a lab network', LIMIT, () => {
  let dashboard: Awaited<ReturnType<typeof listeningDashboard>>
  let client: Socket
  before(async () => {
    dashboard = await listeningDashboard({ network: 'lab' })
    client = io(`${dashboard.url}/live`, { transports: ['websocket'], forceNew: true })
  })
  after(() => {
    client.close()
    return dashboard.close()
  })
  const until = <T>(name: string, passes: (value: T) => boolean): Promise<T> =>
    new Promise((resolve) => {
      const listener = (value: T) => {
        if (!passes(value)) return
        client.off(name, listener)
        resolve(value)
      }
      client.on(name, listener)
    })
  const watch = (request: object) => client.timeout(5000).emitWithAck('watch', request)

  it('shows either end, and goes on where frames go on', async () => {
    const { ends } = dashboard
    assert.ok(ends)
    assert.deepEqual(await watch({ limit: 50, follow: true, at: 'server' }), { ok: true })
    const rows = until<RowsMessage>('rows', (message) => message.total === 7)
    tell(ends, script())
    const { rows: shown, run } = await rows
    assert.equal(run, ends.server.run)
    assert.equal(shown[3]?.info.includes('CHECKSUM INCORRECT'), true)
    const again = until<RowsMessage>('rows', (message) => message.run === ends.client.run)
    assert.deepEqual(await watch({ limit: 50, follow: true, at: 'client' }), { ok: true })
    assert.equal((await again).total, 7)
  })

  it('sends a row again when its frame has come out', async () => {
    const { ends } = dashboard
    assert.ok(ends)
    const known = ends.client.last
    await watch({ limit: 50, after: known })
    const frame = script()[0]
    assert.ok(frame)
    const departed = until<RowsMessage>('rows', ({ rows }) => rows.length === 1)
    const sent = {
      id: 99,
      cable: 'server',
      direction: 'up',
      fates: ['delivered'],
      queue: 0,
      rate: 0,
    } as const
    ends.departed({ ...sent, time: START_TIME + 2_000_000_000n, bytes: frame.bytes, delay: 0.01 })
    ends.paused()
    assert.deepEqual((await departed).rows[0]?.transit?.arrivals, [])
    const arrived = until<RowsMessage>('rows', ({ rows }) => rows[0]?.transit?.arrivals.length === 1)
    ends.arrived(99, START_TIME + 2_010_000_000n, undefined)
    await arrived
  })

  it('tells of the network when it has changed', async () => {
    const node: NetworkNode = { network: 'kernel' }
    const told = until<NetworkNode>('network', ({ network }) => network === 'kernel')
    dashboard.network.node = node
    dashboard.trace.touch()
    assert.deepEqual(await told, node)
  })

  it('refuses an end that there is none of', async () => {
    const answer = await watch({ limit: 5, at: 'middle' })
    assert.equal(answer.field, 'at')
  })
})

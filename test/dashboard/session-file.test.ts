/** A lab with loss, in a file and back: what the API answers of the opened file is what it answered of the lab. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import dgram from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import type {
  EventList,
  FlowList,
  PacketDetail,
  PacketPage,
  SessionList,
} from '../../server/dashboard/api.ts'
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import type { FlowSamples, LabNetworkNode } from '../../server/dashboard/api-network.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { connectTo, take } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'

/** Asked for over TLS. */
const SECRET = '/socket.io/?EIO=4&transport=polling&t=secret'
const tshark = spawnSync('tshark', ['--version']).error === undefined

describe('a lab in a file', { timeout: 120_000 }, () => {
  let lab: Wirelab
  let file: Uint8Array
  let opened: CaptureNode

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${lab.url}/api/${path}`)
    assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`)
    return (await response.json()) as T
  }
  const bytesOf = async (path: string): Promise<Uint8Array> => {
    return new Uint8Array(await (await fetch(`${lab.url}/api/${path}`)).arrayBuffer())
  }
  const open = async (body: Uint8Array): Promise<CaptureNode> => {
    const headers = { 'content-type': 'application/octet-stream' }
    const response = await fetch(`${lab.url}/api/captures?name=lab.pcapng`, { method: 'POST', headers, body })
    assert.equal(response.status, 201, await response.clone().text())
    return (await response.json()) as CaptureNode
  }
  const close = (id: string) => fetch(`${lab.url}/api/captures/${id}`, { method: 'DELETE' })
  const patch = (body: object) =>
    fetch(`${lab.url}/api/network`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  before(async () => {
    lab = await startLab(['--tls-port', '0', '--seed', '11', '--delay', '3ms', '--loss', '5%'])
    await talk(lab, () =>
      patch({ up: { loss: '12%', corrupt: '3%' }, down: { loss: '10%', duplicate: '10%' } }),
    )
    await patch({ up: { loss: 0 }, down: { loss: 0 } })
    await quiet(get)
    file = await bytesOf('capture.pcapng')
    opened = await open(file)
  })
  after(() => lab?.close())

  it('is opened with every packet that the lab knew of, lost ones too, and nothing to complain of', async () => {
    const live = await get<PacketPage>('packets?limit=1')
    assert.deepEqual([opened.packets, opened.notes], [live.last, []])
    assert.deepEqual(
      [opened.session?.network, opened.session?.at, opened.session?.filtered],
      ['lab', 'client', false],
    )
    assert.equal(opened.session?.services.find(({ name }) => name === 'hub')?.lab?.address, '10.0.0.1')
    assert.equal(opened.hosts['10.0.0.1'], 'server')
  })

  it('gives the rows, conversations, sessions and events that the lab gave', async () => {
    for (const path of ['packets?limit=1000', 'flows?', 'sessions?']) {
      const live = await get<{ run?: string }>(path)
      const again = await get<{ run?: string }>(`${path}&capture=${opened.id}`)
      // A file is a run of its own.
      assert.deepEqual({ ...again, run: '' }, { ...live, run: '' }, path)
    }
    const told = (await get<EventList>(`events?limit=10000&capture=${opened.id}`)).events
    // On a busy machine the services may be late once more.
    const until = told.at(-1)?.id ?? 0
    const live = (await get<EventList>('events?limit=10000')).events.filter(({ id }) => id <= until)
    assert.deepEqual(told, live)
    const { packets } = await get<PacketPage>(`packets?limit=1000&capture=${opened.id}`)
    const fates = new Set(packets.map(({ fate }) => fate))
    for (const fate of ['delivered', 'lost']) assert.ok(fates.has(fate), `${[...fates]}`)
    assert.ok(packets.some(({ transit }) => transit?.seen === false))
    assert.ok((await get<EventList>('events')).events.some(({ packet }) => packet !== null))
    assert.ok((await get<SessionList>('sessions')).sessions.length > 0)
  })

  it('gives every packet to the last bit, with what its cable did', async () => {
    for (let number = 1; number <= opened.packets; number++) {
      const live = await get<PacketDetail>(`packets/${number}?`)
      const again = await get<PacketDetail>(`packets/${number}?capture=${opened.id}`)
      assert.deepEqual(again, live)
    }
  })

  it('gives what both ends of each connection knew of themselves, and how the network stood', async () => {
    const { flows } = await get<FlowList>('flows')
    let samples = 0
    for (const { id } of flows) {
      const live = await get<FlowSamples>(`flows/${id}/samples?`)
      const again = await get<FlowSamples>(`flows/${id}/samples?capture=${opened.id}`)
      assert.deepEqual(again, live)
      samples += live.client.length + live.server.length
    }
    assert.ok(samples > 20, `${samples} samples`)
    const now = await get<LabNetworkNode>('network')
    assert.deepEqual(await get(`network?capture=${opened.id}`), now)
    const first = await get<PacketDetail>('packets/1')
    const then = await get<LabNetworkNode>(`network?capture=${opened.id}&time=${first.time}`)
    assert.deepEqual([then.up.loss, then.seed, then.presets], [0.05, 11, now.presets])
  })

  it('is written again as it was, byte for byte', async () => {
    const again = await bytesOf(`capture.pcapng?capture=${opened.id}`)
    assert.equal(Buffer.compare(again, file), 0)
  })

  it('shows a filtered export’s events on the packets that carried them', async () => {
    const filter = encodeURIComponent('socketio')
    const part = await open(await bytesOf(`capture.pcapng?filter=${filter}`))
    const { events } = await get<EventList>(`events?capture=${part.id}`)
    const live = (await get<EventList>('events')).events
    const { packets } = await get<PacketPage>(`packets?capture=${part.id}&limit=1000`)
    assert.ok(events.length > 0)
    for (const event of events) {
      const was = live.find(({ id }) => id === event.id)
      const row = packets.find(({ number }) => number === event.packet)
      const before = await get<PacketDetail>(`packets/${was?.packet}`)
      assert.deepEqual(row?.time, before.time)
    }
    await close(part.id)
  })

  it('is a plain capture to others: as many packets as were seen, no warnings, words for people', {
    skip: !tshark && 'tshark is not installed',
  }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wirelab-session-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'lab.pcapng')
    writeFileSync(path, file)
    const fields = ['frame.number', 'frame.interface_name', 'frame.comment', '_ws.malformed']
    const run = spawnSync(
      'tshark',
      ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8' },
    )
    assert.equal(run.status, 0)
    assert.equal(run.stderr.replace(/^Running as user "root".*\n/, ''), '')
    assert.match(run.stdout, /^1\tlab-/)
    assert.match(run.stdout, /link\.fate=delivered/)
    assert.match(run.stdout, /event: hub emit/)
    assert.match(run.stdout, /network: up rate|network: up .*loss 12%/)
    const opened = ['-Y', 'tls && http.request', '-T', 'fields', '-e', 'http.request.uri']
    const secrets = spawnSync('tshark', ['-n', '-r', path, ...opened], { encoding: 'utf8' })
    assert.equal(secrets.stdout.trim(), SECRET, 'the keys that it takes along open what was said')
    const infos = spawnSync('capinfos', [path], { encoding: 'utf8' })
    assert.equal(infos.status, 0)
    assert.match(infos.stdout, /Capture application: +Wirelab/)
  })
})

/** Something over every service, and a Socket.IO session with events, while the cable becomes worse. */
async function talk(lab: Wirelab, worse: () => Promise<unknown>): Promise<void> {
  const first = await connectTo(lab.ports['tcp-echo'] ?? 0)
  await overTls(lab.ports['hub-tls'] ?? 0)
  first.write('hello\n')
  await take(first, 6)
  const hub = io(`http://127.0.0.1:${lab.ports.hub}`, { transports: ['websocket'], reconnection: false })
  await new Promise<void>((resolve, reject) => {
    hub.once('connect', () => resolve())
    hub.once('connect_error', reject)
  })
  await worse()
  const second = await connectTo(lab.ports['tcp-echo'] ?? 0)
  const size = 20_000
  second.write(Buffer.alloc(size, 'x'))
  await take(second, size).catch(() => undefined)
  await hub
    .timeout(20_000)
    .emitWithAck('echo', 'one')
    .catch(() => undefined)
  hub.emit('hello', { to: 'everybody' })
  const udp = dgram.createSocket('udp4')
  for (let n = 0; n < 10; n++) udp.send(`datagram ${n}`, lab.ports['udp-echo'] ?? 0, '127.0.0.1')
  await pause(300)
  udp.close()
  hub.close()
  first.end()
  second.end()
}

async function overTls(port: number): Promise<void> {
  const request = { host: '127.0.0.1', port, path: SECRET, rejectUnauthorized: false, agent: false }
  await new Promise<void>((resolve, reject) => {
    const asked = https.get(request, (answer) => {
      answer.resume()
      answer.on('end', resolve)
    })
    asked.on('error', reject)
  })
}

/** Until every connection has ended and no frame is under way any more. */
async function quiet(get: <T>(path: string) => Promise<T>): Promise<void> {
  const limit = Date.now() + 60_000
  for (;;) {
    const { flows } = await get<FlowList>('flows')
    const { cables } = await get<LabNetworkNode>('network')
    const ended = flows.every(({ state }) => ['closed', 'reset', 'refused', 'datagrams'].includes(state))
    if (ended && cables.every(({ inside }) => inside === 0)) return
    assert.ok(Date.now() < limit, JSON.stringify(flows))
    await pause(200)
  }
}

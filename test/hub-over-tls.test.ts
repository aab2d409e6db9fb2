/** A whole Wirelab whose hub is spoken to by wss: what is seen of it, and what Wireshark makes of the export. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { io, type Socket } from 'socket.io-client'
import { FrameReader } from '../server/capture/frame-reader.ts'
import type { EventList, FlowList, PacketPage, Status } from '../server/dashboard/api.ts'
import type { CaptureNode, SecretsTaken } from '../server/dashboard/api-captures.ts'
import type { StreamContent, StreamPage } from '../server/dashboard/api-stream.ts'
import { Trace } from '../server/trace/trace.ts'
import type { Wirelab } from '../server/wirelab.ts'
import { readBack } from './protocols/dissected.ts'
import { next, within } from './services/waiting.ts'
import { startLab } from './whole-lab.ts'

const LIMIT_MS = 10_000

// The cable's delay tears apart when a capture sees the client's first words, and when the server knows their secret.
describe('the hub over TLS on the lab network', { timeout: 60_000 }, () => {
  let lab: Wirelab
  let socket: Socket
  before(async () => {
    lab = await startLab(['--delay', '15ms'])
    socket = io(`https://127.0.0.1:${lab.ports['hub-tls']}`, {
      rejectUnauthorized: false,
      reconnection: false,
    })
    await next(socket, 'welcome')
    const { engine } = socket.io
    if (engine.transport.name !== 'websocket')
      await within(new Promise((resolve) => engine.once('upgrade', resolve)))
    assert.equal(await within(socket.emitWithAck('echo', 'psst')), 'psst')
  })
  after(async () => {
    socket?.disconnect()
    await lab?.close()
  })

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(lab.url + path)
    assert.equal(response.status, 200, path)
    return (await response.json()) as T
  }
  /** All that both ends said, as text. */
  const followed = async (flow: string, content: StreamContent, capture = '') => {
    const page = await get<StreamPage>(
      `/api/flows/${flow}/stream?content=${content}&line=0&limit=500${capture === '' ? '' : `&capture=${capture}`}`,
    )
    return Buffer.concat(page.lines.map(({ base64 }) => Buffer.from(base64, 'base64'))).toString()
  }
  const matches = async (filter: string) =>
    (await get<PacketPage>(`/api/packets?limit=200&filter=${encodeURIComponent(filter)}`)).packets
  const until = async (what: string, holds: () => Promise<boolean>) => {
    const limit = Date.now() + LIMIT_MS
    while (!(await holds())) {
      assert.ok(Date.now() < limit, what)
      await pause(50)
    }
  }

  it('is a service like the others, at 10.0.0.1:4443', async () => {
    const { services } = await get<Status>('/api/status')
    const hub = services.find(({ name }) => name === 'hub-tls')
    assert.deepEqual([hub?.state, hub?.lab], ['listening', { address: '10.0.0.1', port: 4443 }])
  })

  it('shows the session decrypted, down to the event', async () => {
    await until('the event', async () => (await matches('socketio.event == "echo"')).length > 0)
    const [event] = await matches('socketio.event == "echo"')
    assert.deepEqual([event?.protocol, event?.source], ['Socket.IO', '10.0.0.100'])
    const requests = await matches('http.request && tls')
    assert.match(requests[0]?.info ?? '', /GET \/socket\.io\/\?EIO=4&transport=polling/)
    // Every request was answered: nothing of what was said first is missing.
    const answers = await matches('http.response && tls')
    assert.equal(requests.length, answers.length)
  })

  it('is followed in the clear: what TLS carried, and what the WebSocket in it carried', async () => {
    await until('the event', async () => (await matches('socketio.event == "echo"')).length > 0)
    const [event] = await matches('socketio.event == "echo"')
    const inside = await followed(event!.flow!, 'tls')
    assert.match(inside, /GET \/socket\.io\/\?EIO=4&transport=websocket/)
    assert.match(inside, /HTTP\/1\.1 101 Switching Protocols/)
    assert.match(await followed(event!.flow!, 'websocket'), /420\["echo","psst"\]\n?430\["psst"\]/)
    const sealed = await followed(event!.flow!, 'tcp')
    for (const open of ['GET /', 'psst'])
      assert.ok(!sealed.includes(open), `${open} crossed the wire as it is`)
  })

  it('joins what the service did with the packets that carried it', async () => {
    await until('they are joined', async () => {
      const { events } = await get<EventList>('/api/events')
      return events.some(({ kind, event, packet }) => kind === 'on' && event === 'echo' && packet !== null)
    })
    const { events } = await get<EventList>('/api/events')
    assert.ok(events.every(({ remoteAddress }) => remoteAddress === null || remoteAddress === '10.0.0.100'))
    const { flows } = await get<FlowList>('/api/flows')
    const carrier = flows.find(({ sid, protocol }) => sid !== null && protocol === 'Socket.IO')
    assert.equal(carrier?.service, 'hub-tls')
  })

  it('exports a file that tshark opens decrypted, with the same fields', async (t) => {
    try {
      execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    } catch {
      t.skip('tshark is not installed')
      return
    }
    const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-tls-export-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'export.pcapng')
    const response = await fetch(`${lab.url}/api/capture.pcapng`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    writeFileSync(file, bytes)

    const trace = new Trace()
    const reader = new FrameReader({
      frame: (frame) => void trace.add(frame),
      secrets: (keyLog) => trace.secrets.add(keyLog),
    })
    reader.push(bytes)
    reader.end()
    const names = ['tls.handshake.type', 'http.request.uri', 'http.response.code', 'websocket.opcode']
    const ours: string[] = []
    for (let number = 1; number <= trace.total; number++) {
      const packet = readBack(trace, number)
      const values = names.map((name) => packet.all(name).join(','))
      if (values.some((value) => value !== '')) ours.push(values.join('\t'))
    }
    const fields = names.flatMap((name) => ['-e', name])
    const options = [
      '-r',
      file,
      '-d',
      'tcp.port==4443,tls',
      '-Y',
      names.join(' || '),
      '-T',
      'fields',
      ...fields,
    ]
    const { stdout } = await promisify(execFile)('tshark', options)
    assert.deepEqual(stdout.trimEnd().split('\n'), ours)
    assert.ok(ours.some((line) => line.endsWith('\t1')))
  })

  it('a capture without its secrets is read anew when it is given them', async () => {
    const exported = await fetch(`${lab.url}/api/capture.pcapng`)
    const frames: Parameters<Trace['add']>[0][] = []
    let keyLog = ''
    const reader = new FrameReader({
      frame: (frame) => void frames.push(frame),
      secrets: (text) => {
        keyLog += text
      },
    })
    reader.push(new Uint8Array(await exported.arrayBuffer()))
    reader.end()
    const { pcapFile } = await import('./frames.ts')
    const upload = await fetch(`${lab.url}/api/captures`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: pcapFile(frames),
    })
    assert.equal(upload.status, 201)
    const { id, run } = (await upload.json()) as CaptureNode
    const events = () => get<PacketPage>(`/api/packets?capture=${id}&filter=socketio.event`)
    assert.equal((await events()).packets.length, 0)
    const sealed = await get<FlowList>(`/api/flows?capture=${id}`)
    const refused = await fetch(
      `${lab.url}/api/flows/${sealed.flows[0]!.id}/stream?content=tls&capture=${id}`,
    )
    assert.equal(refused.status, 400, 'without its secrets there is nothing in it to follow')
    const given = await fetch(`${lab.url}/api/captures/${id}/secrets`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: `# ours\n${keyLog}`,
    })
    const taken = (await given.json()) as SecretsTaken
    assert.ok(taken.again && taken.added > 0 && taken.malformed === 0, JSON.stringify(taken))
    const echoed = (await events()).packets.findLast(({ info }) => info.includes('echo'))
    assert.match(await followed(echoed!.flow!, 'websocket', id), /420\["echo","psst"\]/)
    const { captures } = await get<{ captures: CaptureNode[] }>('/api/captures')
    assert.notEqual(captures.find((capture) => capture.id === id)?.run, run)
  })
})

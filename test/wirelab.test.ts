/** A whole Wirelab on the lab network: the doors, the cable, and what is seen of them. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FlowList, PacketPage, SendResult } from '../server/dashboard/api.ts'
import type { LabDetail } from '../server/dashboard/api-labs.ts'
import type { LabNetworkNode } from '../server/dashboard/api-network.ts'
import type { Wirelab } from '../server/wirelab.ts'
import { TYPESCRIPT } from './programs.ts'
import { closed, connectTo, take, within } from './services/waiting.ts'
import { startLab } from './whole-lab.ts'

const LIMIT_MS = 10_000

describe('a lab on the lab network', { timeout: 60_000 }, () => {
  let lab: Wirelab
  before(async () => {
    lab = await startLab(['--seed', '7', '--delay', '1ms'])
  })
  after(() => lab?.close())

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(lab.url + path)
    assert.equal(response.status, 200, path)
    return (await response.json()) as T
  }
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    return fetch(lab.url + path, {
      method,
      ...(body !== undefined && { headers, body: JSON.stringify(body) }),
    })
  }
  const network = () => get<LabNetworkNode>('/api/network')
  it('answers datagrams from a port whose number is that of a TCP service', async (t) => {
    const socket = dgram.createSocket('udp4')
    t.after(() => socket.close())
    socket.bind(lab.ports['tcp-echo'], '127.0.0.1')
    await within(once(socket, 'listening'), 'the socket', LIMIT_MS)
    const answer = within(once(socket, 'message'), 'the answer', LIMIT_MS)
    socket.send('hello', lab.ports['udp-echo']!, '127.0.0.1')
    const [bytes] = await answer
    assert.equal(String(bytes), 'hello')
  })

  const flowFrom = async (address: string, port: number | undefined) => {
    const { flows } = await get<FlowList>('/api/flows')
    return flows.find(({ client }) => client.address === address && client.port === port)
  }

  it('a program’s connection is seen from its lab host to the table’s port, in real frames', async () => {
    const socket = await connectTo(lab.ports['tcp-echo'] ?? 0)
    const port = socket.localPort
    socket.write('hello\n')
    assert.equal(String(await take(socket, 6)), 'hello\n')
    socket.end()
    await closed(socket)
    await until(
      'it is closed on the wire',
      async () => (await flowFrom('10.0.0.100', port))?.state === 'closed',
    )
    const flow = await flowFrom('10.0.0.100', port)
    assert.deepEqual([flow?.service, flow?.server], ['tcp-echo', { address: '10.0.0.1', port: 4001 }])
    const filter = encodeURIComponent(`tcp.port==${port}`)
    const { packets } = await get<PacketPage>(`/api/packets?filter=${filter}`)
    assert.deepEqual([...new Set(packets.map(({ provenance }) => provenance))], ['lab'])
    assert.ok(packets.every(({ transit }) => transit?.delay === 0.001 && transit.cable === 'server'))
    // The third segment of the handshake is one of its own, as a kernel's would be.
    assert.deepEqual(
      packets.slice(0, 4).map(({ label }) => label),
      ['SYN', 'SYN ACK', 'ACK', '"hello"'],
    )
  })

  it('clients of our own are lab hosts each, and nothing of theirs passes a gateway', async () => {
    const answer = await ask('POST', '/api/send', { service: 'websocket-echo', message: 'hi' })
    const { reply, flow } = (await answer.json()) as SendResult
    assert.equal(reply, 'hi')
    const { hosts } = await network()
    const host = hosts.find(({ address }) => address === flow?.address)
    assert.deepEqual([host?.name, host?.door], ['WebSocket client', 'demo'])
  })

  it('the cable is set while it runs, and a wrong value is refused by its name', async () => {
    assert.equal((await network()).seed, 7)
    assert.equal((await network()).up.delay, 0.001)
    const set = await ask('PATCH', '/api/network', { up: { loss: '10%' } })
    assert.equal(set.status, 200)
    assert.equal((await network()).up.loss, 0.1)
    const wrong = await ask('PATCH', '/api/network', { up: { loss: 'much' } })
    const { field, expected } = (await wrong.json()) as { field: string; expected: string }
    assert.deepEqual([wrong.status, field], [400, 'up.loss'])
    assert.match(expected, /a share from 0% to 100%/)
    await ask('PATCH', '/api/network', { undo: true })
    assert.equal((await network()).up.loss, 0)
  })

  it('a run’s ports are the same on both sides; clients reach the learner’s server over the cable', async () => {
    const started = (await (await ask('POST', '/api/labs/11/runs')).json()) as LabDetail
    const { TCP = 0, LISTEN = 0, DOOR = 0, CLOSED = 0 } = started.run?.ports ?? {}
    assert.notEqual(DOOR, LISTEN)
    const server = net.createServer((socket) => socket.end('mine'))
    await new Promise<void>((resolve) => void server.listen(LISTEN, '127.0.0.1', resolve))

    const echo = await connectTo(TCP)
    echo.write('x')
    await take(echo, 1)
    await until('it is seen', async () => (await flowFrom('10.0.0.100', echo.localPort)) !== undefined)
    assert.equal((await flowFrom('10.0.0.100', echo.localPort))?.server.port, TCP)
    echo.destroy()

    const through = await connectTo(DOOR)
    const port = through.localPort
    assert.equal(String(await take(through, 4)), 'mine')
    await until('it is seen', async () => (await flowFrom('10.0.0.100', port)) !== undefined)
    assert.deepEqual((await flowFrom('10.0.0.100', port))?.server, { address: '10.0.0.20', port: LISTEN })
    through.destroy()

    const refused = net.connect(CLOSED, '127.0.0.1')
    const [error] = (await within(once(refused, 'error'), 'the reset')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNRESET')
    await until('the refusal is seen', async () => {
      const filter = encodeURIComponent(`tcp.srcport==${CLOSED} && tcp.flags.reset==1 && tcp.ack==1`)
      return (await get<PacketPage>(`/api/packets?filter=${filter}`)).total === 1
    })

    server.close()
    assert.ok((await network()).hosts.some(({ name }) => name === 'your server'))
    await ask('DELETE', '/api/labs/11/runs')
    assert.ok(!(await network()).hosts.some(({ name }) => name === 'your server'))
    await assert.rejects(connectTo(DOOR))
  })

  it('a program that joins is a host itself, and finds the services by the numbers of their doors', async () => {
    const program = fileURLToPath(new URL('network/socket/programs/echo-client.mjs', import.meta.url))
    const asLabHost = new URL('network/socket/as-lab-host.mjs', import.meta.url).href
    const argv = [...TYPESCRIPT, '--import', asLabHost, program, String(lab.ports['tcp-echo'])]
    const child = spawn(process.execPath, argv, { env: { ...process.env, WIRELAB_JOIN: lab.join } })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    await within(once(child, 'exit'), 'its end', 20_000)
    assert.match(output, /^connected 10\.0\.0\.1\d\d 10\.0\.0\.1 4001 IPv4/)
  })
})

/** Asks again until it holds, with a limit: what goes on the wire is seen a moment later. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(`${what}: not within ${LIMIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

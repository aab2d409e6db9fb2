/** What a lab run is given to listen at, on both networks: with real servers and clients. */
import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import { kernelSite } from '../server/kernel-site.ts'
import { LabSite } from '../server/lab-site.ts'
import type { RunPorts, Site } from '../server/site.ts'
import { within } from './services/waiting.ts'

const HOSTS = ['127.0.0.1']
const HOST = '127.0.0.1'

const SITES: Readonly<Record<string, (t: TestContext) => Site>> = {
  kernel: () => kernelSite,
  lab(t) {
    const site = new LabSite({
      topology: 'switch',
      seed: 1,
      settings: {},
      changed: () => undefined,
      isLabPort: () => false,
    })
    t.after(() => site.close())
    return site
  },
}

async function open(t: TestContext, name: string, places: number): Promise<Record<string, number>> {
  const run: RunPorts = await (SITES[name] as (t: TestContext) => Site)(t).runPorts(HOSTS, places)
  t.after(() => run.close())
  return run.ports
}

/** Upper-case echo, so that nothing else can be taken for it. */
async function shouting(t: TestContext, port: number, who: string): Promise<void> {
  const tcp = net.createServer((socket) =>
    socket.on('data', (bytes) => socket.end(`${who} ${bytes}`.toUpperCase())),
  )
  tcp.listen(port, HOST)
  const udp = dgram.createSocket('udp4')
  udp.on('message', (bytes, { port: to }) => udp.send(`${who} ${bytes}`.toUpperCase(), to, HOST))
  udp.bind(port, HOST)
  t.after(() => {
    tcp.close()
    udp.close()
  })
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
}

async function byTcp(port: number): Promise<string> {
  const socket = net.connect(port, HOST, () => socket.write('hello'))
  const [answer] = (await within(once(socket, 'data'))) as [Buffer]
  socket.destroy()
  return String(answer)
}

async function byUdp(port: number): Promise<string> {
  const socket = dgram.createSocket('udp4')
  const answer = within(once(socket, 'message'))
  socket.send('hello', port, HOST)
  const [bytes] = (await answer) as [Buffer]
  socket.close()
  return String(bytes)
}

for (const name of Object.keys(SITES)) {
  test(`${name}: each place's door leads to the server that listens there, by TCP and by UDP`, async (t) => {
    const ports = await open(t, name, 2)
    assert.deepEqual(Object.keys(ports).sort(), ['CLOSED', 'DOOR', 'DOOR2', 'LISTEN', 'LISTEN2'])
    await shouting(t, ports.LISTEN ?? 0, 'first')
    await shouting(t, ports.LISTEN2 ?? 0, 'second')
    for (const [door, who] of [
      ['DOOR', 'FIRST'],
      ['DOOR2', 'SECOND'],
    ] as const) {
      assert.equal(await byTcp(ports[door] ?? 0), `${who} HELLO`)
      assert.equal(await byUdp(ports[door] ?? 0), `${who} HELLO`)
    }
  })

  test(`${name}: without a place no server of the learner’s is there`, async (t) => {
    const site = (SITES[name] as (t: TestContext) => Site)(t)
    const run = await site.runPorts(HOSTS, 0)
    t.after(() => run.close())
    assert.deepEqual(Object.keys(run.ports), ['CLOSED'])
    if (site instanceof LabSite)
      assert.deepEqual(
        site.describe().hosts.map((host) => host.name),
        ['server'],
      )
  })

  test(`${name}: ports for servers are not among those that outgoing connections are given`, async (t) => {
    for (const port of Object.entries(await open(t, name, 3)).filter(([key]) => key.startsWith('LISTEN'))) {
      assert.ok(port[1] >= 20_000 && port[1] < 32_768, String(port))
    }
  })
}

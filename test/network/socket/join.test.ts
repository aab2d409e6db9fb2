/** What programs may do to the join door, and what they are told. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { NetworkError } from '../../../server/errors.ts'
import {
  CONTROL,
  control,
  FRAME,
  header,
  MessageReader,
} from '../../../server/network/socket/join-messages.ts'
import { labDatagram } from '../../../server/network/socket/lab-datagram.ts'
import { listenLab } from '../../../server/network/socket/lab-server.ts'
import { within } from '../../services/waiting.ts'
import { type Lab, startLab } from './lab.ts'

const HELLO = { type: 'hello', version: 1, role: 'client', name: 'raw', pid: 1 } as const

/** A program that speaks the join door's language, byte by byte. */
class Raw {
  readonly socket: net.Socket
  readonly told: Record<string, unknown>[] = []
  frames = 0
  #look: () => void = () => undefined

  constructor(t: TestContext, { door }: Lab) {
    this.socket = net.connect(door.path)
    t.after(() => this.socket.destroy())
    const reader = new MessageReader({
      frame: () => this.frames++,
      control: (value) => this.told.push(value as Record<string, unknown>),
    })
    this.socket.on('data', (bytes) => {
      reader.take(bytes)
      this.#look()
    })
    this.socket.on('error', () => undefined)
  }

  async next(type: string): Promise<Record<string, unknown>> {
    const found = new Promise<Record<string, unknown>>((resolve) => {
      this.#look = () => {
        const message = this.told.find((each) => each.type === type)
        if (message === undefined) return
        this.told.splice(this.told.indexOf(message), 1)
        resolve(message)
      }
      this.#look()
    })
    return within(found, type)
  }
}

test('a program that says hello is welcomed with its address and what the lab is', async (t) => {
  const ports = { tcp: { 4001: { address: '10.0.0.1', port: 4001 } }, udp: {} }
  const lab = await startLab(t, { ports })
  const raw = new Raw(t, lab)
  raw.socket.write(control(HELLO))
  assert.deepEqual(await raw.next('welcome'), {
    type: 'welcome',
    address: '10.0.0.100',
    mac: '02:00:0a:00:00:64',
    prefix: 24,
    server: '10.0.0.1',
    mtu: 1500,
    ports,
  })
  const [host] = lab.network.describe().hosts.filter(({ door }) => door === 'joined')
  assert.deepEqual([host?.name, host?.kind, host?.connections], ['raw', 'client', null])
})

test('where a joined program listens, the others find it by its port, until it goes', async (t) => {
  const lab = await startLab(t)
  const server = new Raw(t, lab)
  server.socket.write(control({ ...HELLO, role: 'server' }))
  await server.next('welcome')
  const client = new Raw(t, lab)
  client.socket.write(control(HELLO))
  await client.next('welcome')
  server.socket.write(control({ type: 'listening', transport: 'tcp', port: 5000, on: true }))
  const { ports } = await client.next('ports')
  assert.deepEqual(ports, { tcp: { 5000: { address: '10.0.0.20', port: 5000 } }, udp: {} })
  server.socket.destroy()
  assert.deepEqual((await client.next('ports')).ports, { tcp: {}, udp: {} })
})

test('who says something else is refused with what was expected, and the others go on', async (t) => {
  const lab = await startLab(t)
  const good = new Raw(t, lab)
  good.socket.write(control(HELLO))
  await good.next('welcome')
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /^expected a message of kind 1 or 2/],
    [Buffer.concat([header(FRAME, 60), Buffer.alloc(60)]), /^expected hello before the first frame$/],
    [control({ ...HELLO, version: 2 }), /version 1 of joining, the program 2/],
    [control({ type: 'listening', transport: 'tcp', port: 1, on: true }), /^expected hello \{/],
    [Buffer.concat([control(HELLO), header(FRAME, 3), Buffer.alloc(3)]), /at least 14 bytes, found 3/],
    [Buffer.concat([control(HELLO), control({ ...HELLO, type: 'sample' } as never)]), /^expected sample/],
  ]
  for (const [bytes, reason] of cases) {
    const bad = new Raw(t, lab)
    const closed = once(bad.socket, 'close')
    bad.socket.write(bytes)
    const { message } = await bad.next('refused')
    assert.match(String(message), reason)
    await within(closed)
  }
  while (lab.door.programs.length > 1) await turn()
  assert.ok(!good.socket.destroyed)
})

test('a full network is a refusal with the network’s own words', async (t) => {
  const lab = await startLab(t)
  assert.throws(() => {
    for (;;) lab.network.addClient('one more', 'demo')
  }, NetworkError)
  const raw = new Raw(t, lab)
  raw.socket.write(control(HELLO))
  assert.match(String((await raw.next('refused')).message), /^the lab network is full/)
})

test('frames for a program that does not read are dropped and counted, and the lab stays well', async (t) => {
  const lab = await startLab(t)
  const raw = new Raw(t, lab)
  raw.socket.write(control(HELLO))
  await raw.next('welcome')
  raw.socket.pause()
  const flood = labDatagram(lab.network.server)
  flood.setBroadcast(true)
  const [program] = lab.door.programs
  assert.ok(program)
  const bytes = Buffer.alloc(1400)
  for (let sent = 0; sent < 40_000 && program.dropped < 1000; sent++) {
    flood.send(bytes, 9, '255.255.255.255')
    if (sent % 100 === 0) await turn()
  }
  assert.ok(program.dropped >= 1000)
  raw.socket.resume()
  await within(once(raw.socket, 'data'))
  assert.ok(raw.frames > 0)
})

test('a killed program’s connections end by RST even where their peers are silent', async (t) => {
  const lab = await startLab(t)
  const listener = listenLab(lab.network.server, 5008, () => undefined)
  await within(once(listener, 'listening'))
  const talker = lab.run('talker', 5008)
  const [socket] = await within(once(listener, 'connection'))
  await talker.says('connected')
  const failed = once(socket, 'error')
  await talker.kill('SIGKILL')
  const [error] = await within(failed)
  assert.equal(error.code, 'ECONNRESET')
})

test('what a program has written arrives, though it closes and ends at once', async (t) => {
  const lab = await startLab(t)
  lab.network.patch({ up: { delay: '30ms', rate: '20mbit' } })
  let read = 0
  const ended = new Promise<void>((resolve, reject) => {
    listenLab(lab.network.server, 5009, (socket) => {
      socket.on('data', (data) => {
        read += data.length
      })
      socket.on('end', resolve)
      socket.on('error', reject)
    })
  })
  await lab.run('leaver', 5009, 500_000).lines()
  await within(ended, 'the FIN')
  assert.equal(read, 500_000)
})

test('the package exports wirelab/net and wirelab/dgram from what is built of these files', async () => {
  const { exports } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  for (const name of ['net', 'dgram']) {
    const built = `./dist/server/network/socket/${name}`
    assert.deepEqual(exports[`./${name}`], { types: `${built}.d.ts`, default: `${built}.js` })
    await readFile(new URL(`../../../server/network/socket/${name}.ts`, import.meta.url))
  }
})

test('a program that listens at every port does not keep the others from being told', async (t) => {
  const lab = await startLab(t)
  const server = new Raw(t, lab)
  server.socket.write(control({ ...HELLO, role: 'server' }))
  await server.next('welcome')
  const client = new Raw(t, lab)
  client.socket.write(control(HELLO))
  await client.next('welcome')
  const every = Array.from({ length: 65_535 }, (_, i) => listening(i + 1))
  server.socket.write(Buffer.concat(every))
  const { ports } = (await client.next('ports')) as { ports: { tcp: Record<string, unknown> } }
  assert.ok(Object.keys(ports.tcp).length > 0)
  const late = new Raw(t, lab)
  late.socket.write(control(HELLO))
  const welcome = (await late.next('welcome')) as { ports: { tcp: Record<string, unknown> } }
  assert.equal(Object.keys(welcome.ports.tcp).length, 1000)
  assert.deepEqual(welcome.ports.tcp[80], { address: '10.0.0.20', port: 80 })
})

test('a program that does not read is told of the ports when it reads again, and as they are then', async (t) => {
  const lab = await startLab(t)
  const idle = new Raw(t, lab)
  idle.socket.write(control(HELLO))
  await idle.next('welcome')
  idle.socket.pause()
  const busy = new Raw(t, lab)
  busy.socket.write(control({ ...HELLO, role: 'server' }))
  await busy.next('welcome')
  busy.socket.write(Buffer.concat(Array.from({ length: 900 }, (_, i) => listening(i + 1))))
  // 40 kB each time, to who reads and to who doesn't.
  for (let round = 1; round <= 400; round++) {
    busy.socket.write(listening(1000 + round))
    await busy.next('ports')
  }
  for (let round = 1; round <= 400; round++) busy.socket.write(listening(1000 + round, false))
  busy.socket.write(listening(2000))
  let told = 0
  idle.socket.on('data', (bytes) => {
    told += bytes.length
  })
  const ends = new Promise<void>((resolve) => {
    const look = () => {
      const last = idle.told.at(-1) as { ports?: { tcp: Record<string, unknown> } } | undefined
      const tcp = last?.ports?.tcp
      if (tcp?.[2000] !== undefined && Object.keys(tcp).length === 901) resolve()
      else idle.socket.once('data', () => setImmediate(look))
    }
    look()
  })
  idle.socket.resume()
  await within(ends, 'the latest ports')
  assert.ok(told < 400 * 40_000, `${told} bytes were kept for it`)
})

test('a program that is refused and does not read is cut off all the same', async (t) => {
  const lab = await startLab(t)
  const raw = new Raw(t, lab)
  raw.socket.write(control(HELLO))
  await raw.next('welcome')
  raw.socket.pause()
  const flood = labDatagram(lab.network.server)
  flood.setBroadcast(true)
  const [program] = lab.door.programs
  assert.ok(program)
  while (program.dropped < 100) {
    for (let sent = 0; sent < 100; sent++) flood.send(Buffer.alloc(1400), 9, '255.255.255.255')
    await turn()
  }
  raw.socket.write('nonsense')
  await within(
    (async () => {
      while (lab.door.programs.length > 0) await turn()
    })(),
    'the end of the program',
  )
})

test('what a program says of TCP is heard of its own alone, and only if it is finite', async (t) => {
  const heard: string[] = []
  const lab = await startLab(t, { onSample: (_program, { local }) => heard.push(local.address) })
  const raw = new Raw(t, lab)
  raw.socket.write(control(HELLO))
  await raw.next('welcome')
  raw.socket.write(Buffer.concat([sample('10.0.0.1', 1), sample('10.0.0.100', 1)]))
  raw.socket.write(sample('10.0.0.100', '1e999'))
  assert.match(String((await raw.next('refused')).message), /^expected a number as time/)
  assert.deepEqual(heard, ['10.0.0.100'])
})

function listening(port: number, on = true): Buffer {
  return control({ type: 'listening', transport: 'tcp', port, on })
}

/** `time` as it stands in the JSON. */
function sample(address: string, time: number | string): Buffer {
  const remote = { address: '10.0.0.9', port: 2 }
  const numbers = { sndUna: 1, sndNxt: 1, sndWnd: 1, rcvNxt: 1, rcvWnd: 1, cwnd: 1, ssthresh: 1, srtt: 1 }
  const more = { rttvar: 1, rto: 1, inFlight: 0, retransmissions: 0 }
  const words = { because: 'ack', state: 'ESTABLISHED', recovery: 'open' }
  const whole = { type: 'sample', local: { address, port: 1 }, remote }
  const body = JSON.stringify({ ...whole, sample: { time: 'TIME', ...words, ...numbers, ...more } })
  const bytes = Buffer.from(body.replace('"TIME"', String(time)))
  return Buffer.concat([header(CONTROL, bytes.length), bytes])
}

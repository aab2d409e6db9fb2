import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import {
  FilterError,
  NetworkError,
  NotSeenError,
  PortInUseError,
  StartError,
  UsageError,
  wire,
} from '../../server/wire/wire.ts'
import { closed, connectTo, everything, within } from '../services/waiting.ts'
import { bytesOf, get, tcpServer, udpEcho, webServer, wireFor } from './servers.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wirelab-wire-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

const tshark = async (...args: string[]) => (await promisify(execFile)('tshark', args)).stdout.trimEnd()

describe('a wire in front of a server', () => {
  it('carries HTTP, and shows it as the lab network’s frames', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t) })
    assert.deepEqual(await get(wire, '/50000'), bytesOf(50_000))
    const [answer] = await wire.seen('http.response')
    assert.equal(answer!.source, '10.0.0.1')
    assert.equal(answer!.destination, '10.0.0.100')
    assert.deepEqual(answer!.values('http.response.code'), [200])
    assert.equal(wire.find('tcp.flags.syn == 1').length, 2)
    assert.equal(wire.find('tcp.analysis.retransmission').length, 0)
    assert.equal(wire.url, `http://127.0.0.1:${wire.port}`)
  })

  it('loses frames, and nothing of what they carried', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t), loss: '5%', delay: '2ms', seed: 3 })
    assert.deepEqual(await get(wire, '/300000'), bytesOf(300_000))
    const { up, down } = wire.fates
    assert.ok(up.lost + down.lost > 0)
    assert.equal(wire.frames, up.frames + down.frames)
    assert.equal(wire.find('link.fate == "lost"').length, up.lost + down.lost)
  })

  it('carries UDP by the same port, datagram for datagram', async (t) => {
    const wire = await wireFor(t, { to: await udpEcho(t) })
    const socket = dgram.createSocket('udp4')
    t.after(() => void socket.close())
    for (const text of ['one', 'two two', '']) {
      socket.send(text, wire.port, wire.host)
      const [answer] = await within(once(socket, 'message'), 'the echo')
      assert.equal(String(answer), text)
    }
    assert.equal(wire.find('udp').length, 6)
  })

  it('refuses where the server does, and is there before it', async (t) => {
    const busy = await webServer(t)
    const wire = await wireFor(t, { to: busy === 65_535 ? 1 : await freePort() })
    const socket = await connectTo(wire.port)
    await closed(socket)
    await wire.seen('tcp.flags.reset == 1 && ip.src == 10.0.0.1')
  })

  it('passes on half-close', async (t) => {
    const port = await tcpServer(t, (socket) => {
      let heard = 0
      socket.on('data', (chunk) => {
        heard += chunk.length
      })
      socket.on('end', () => socket.end(`heard ${heard}`))
    })
    const wire = await wireFor(t, { to: port, delay: '2ms' })
    const socket = await connectTo(wire.port, wire.host, true)
    socket.end('12345')
    assert.equal(String(await everything(socket)), 'heard 5')
  })

  it('has three routers between where that is wanted', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t), topology: 'router' })
    assert.equal((await get(wire, '/2000')).length, 2000)
    assert.ok(wire.find('ip.src == 10.0.1.100').length > 0)
  })

  it('shows what the server’s end sees when asked for that', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t), at: 'server', delay: '1ms' })
    wire.choose({ direction: 'down', nth: 3 })
    await get(wire, '/20000')
    const [again] = await wire.seen('tcp.analysis.retransmission')
    assert.equal(again!.source, '10.0.0.1')
  })
})

const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('what a test can do to a wire', () => {
  it('the same seed and the same datagrams meet the same fates', async (t) => {
    const to = await udpEcho(t)
    const run = async () => {
      const opened = await wire({ to, seed: 11, up: { loss: '30%' } })
      const socket = dgram.createSocket('udp4')
      // Each in a turn of its own, so that none waits for ARP's answer with others.
      for (let n = 0; n < 40; n++) {
        await new Promise((resolve) => socket.send(`${n}`, opened.port, opened.host, resolve))
        await opened.seen('udp && ip.dst == 10.0.0.1', { count: n + 1 })
      }
      const fates = opened.find('udp && ip.dst == 10.0.0.1').map(({ fate }) => fate)
      socket.close()
      await opened.close()
      return fates
    }
    const first = await run()
    assert.ok(first.includes('lost') && first.includes('delivered'))
    assert.deepEqual(await run(), first)
  })

  it('a cut cable is silent, and plugged in all that was sent arrives', async (t) => {
    const port = await tcpServer(t, (socket) => socket.pipe(socket))
    const wire = await wireFor(t, { to: port })
    const socket = await connectTo(wire.port)
    socket.write('a')
    await within(once(socket, 'data'), 'the first echo')
    wire.cut()
    socket.write('b')
    await wire.seen('link.fate == "cut"')
    wire.plugIn()
    const [echo] = await within(once(socket, 'data'), 'the second echo')
    assert.equal(String(echo), 'b')
    socket.destroy()
  })

  it('settings change at once, each direction on its own', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t) })
    wire.set({ down: { loss: 1 } })
    await assert.rejects(within(get(wire), 'an answer', 300))
    assert.ok(wire.fates.down.lost > 0)
    assert.equal(wire.fates.up.lost, 0)
    wire.set({ loss: 0 })
    assert.equal((await get(wire)).length, 5)
    wire.set({ preset: 'cut-cable' })
    await assert.rejects(within(get(wire), 'an answer', 200))
    wire.set({ preset: 'perfect' })
    assert.equal((await get(wire)).length, 5)
  })

  it('a chosen segment is lost, and sent again', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t), delay: '1ms' })
    const id = wire.choose({ direction: 'down', match: 'data', nth: 4 })
    assert.equal((await get(wire, '/20000')).length, 20_000)
    const lost = wire.find('link.fate == "lost"')
    assert.equal(lost.length, 1)
    const [sequence] = lost[0]!.values('tcp.seq_raw')
    assert.equal(wire.find(`tcp.seq_raw == ${sequence} && tcp.len > 0 && link.fate == "delivered"`).length, 1)
    wire.unchoose(id)
    wire.choose({ direction: 'down', nth: 1, count: null })
    wire.unchoose('all')
    await get(wire)
    assert.equal(wire.find('link.fate == "lost"').length, 1)
  })

  it('what is not seen is an error that says what was seen instead', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t) })
    await get(wire)
    await assert.rejects(wire.seen('websocket', { within: '50ms' }), (error) => {
      assert.ok(error instanceof NotSeenError)
      assert.equal(error.found, 0)
      assert.match(error.message, /^not seen within 50 ms: websocket\nseen instead: \d+ frames .*HTTP 2/)
      return true
    })
    await assert.rejects(wire.seen('http', { count: 5, within: 0.05 }), /2 of 5 times, http/)
    const { last } = wire
    await assert.rejects(wire.seen('http', { after: last, within: 0.05 }), NotSeenError)
    const waiting = wire.seen('http.request', { after: last })
    await get(wire)
    assert.equal((await waiting)[0]!.number > last, true)
  })

  it('a wait can be called off', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t) })
    const off = new AbortController()
    const waiting = wire.seen('websocket', { signal: off.signal, within: '1m' })
    off.abort()
    await assert.rejects(waiting, NotSeenError)
    await assert.rejects(wire.seen('tcp', { signal: AbortSignal.abort() }), NotSeenError)
  })

  it('a bad filter, choice, setting or time says what is wrong with it', async (t) => {
    const wire = await wireFor(t, { to: await webServer(t) })
    assert.throws(() => wire.find('tcp.prot == 1'), FilterError)
    await assert.rejects(wire.seen('nonsense'), FilterError)
    await assert.rejects(wire.seen('tcp', { within: 'soon' }), UsageError)
    assert.throws(() => wire.choose({ nth: 0 }), NetworkError)
    assert.throws(
      () => wire.set({ loss: '5', up: { delay: '3' } }),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.deepEqual(
          error.problems.map((problem) => problem.split(':')[0]),
          ['loss', 'up.delay'],
        )
        return true
      },
    )
  })
})

/** Of a pcapng file that has nothing but whole blocks. */
async function wholeBlocks(path: string): Promise<{ packets: number }> {
  const bytes = await readFile(path)
  let packets = 0
  let at = 0
  for (; at < bytes.length; at += bytes.readUInt32LE(at + 4)) if (bytes.readUInt32LE(at) === 6) packets++
  assert.equal(at, bytes.length)
  return { packets }
}

describe('the file of a wire', () => {
  it('tshark reads it, and finds each fate in the comment', async (t) => {
    const write = join(await folder(t), 'seen.pcapng')
    const opened = await wire({ to: await webServer(t), loss: '8%', delay: '1ms', seed: 5, write })
    await get(opened, '/100000')
    await opened.close()
    const lost = opened.fates.up.lost
    assert.ok(lost > 0)
    const comments = await tshark(
      '-r',
      write,
      '-Y',
      'frame.comment contains "link.fate=lost"',
      '-T',
      'fields',
      '-e',
      'frame.number',
    )
    // What is lost on the way down never came to the client.
    assert.equal(comments.split('\n').length, lost)
    assert.equal(await tshark('-r', write, '-Y', 'tcp.checksum.status == 0'), '')
  })

  it('a transfer is no faster than its frames are written: none is missing', async (t) => {
    const write = join(await folder(t), 'fast.pcapng')
    const to = await webServer(t)
    // Little is held: a frame that is not written soon would be let go.
    const opened = await wire({ to, write, limitBytes: 16 * 2 ** 20 })
    assert.equal((await get(opened, '/40000000')).length, 40_000_000)
    await opened.close()
    const { packets } = await wholeBlocks(write)
    assert.equal(packets, opened.last)
  })

  it('save writes what was seen so far', async (t) => {
    const path = join(await folder(t), 'saved.pcapng')
    const wire = await wireFor(t, { to: await webServer(t) })
    await get(wire)
    await wire.save(path)
    assert.match(await tshark('-r', path), /HTTP\/1\.1 200 OK/)
    assert.ok((await readFile(path)).length > 0)
  })
})

describe('a wire that cannot be', () => {
  it('lists everything that is wrong at once', async () => {
    await assert.rejects(
      wire({ to: 'x', listen: -1, loss: '5', up: { rate: 'fast' }, seed: 1.5 }),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.deepEqual(
          error.problems.flatMap((problem) => problem.split('\n')).map((line) => line.split(':')[0]),
          ['to', 'listen', 'seed', 'loss', 'up.rate'],
        )
        return true
      },
    )
  })

  it('names who has the port', async (t) => {
    const taken = await webServer(t)
    await assert.rejects(wire({ to: 1, listen: taken }), (error) => {
      assert.ok(error instanceof PortInUseError)
      assert.match(error.message, new RegExp(`^port ${taken} is in use by process ${process.pid} `))
      return true
    })
  })

  it('a name without an address, an address that is not ours, a file that cannot be', async (t) => {
    const to = await webServer(t)
    await assert.rejects(
      wire({ to: 'nobody.invalid:80' }),
      /^StartError: to: there is no address for "nobody.invalid"/,
    )
    await assert.rejects(wire({ to, host: '192.0.2.1' }), StartError)
    await assert.rejects(wire({ to, write: '/nonexistent/x.pcapng' }), StartError)
    await assert.rejects(wire({ to, write: '/dev/full' }), /^StartError: write: .*ENOSPC/)
    await assert.rejects(wire({ to, listen: to }), UsageError)
  })
})

describe('the end of a wire', () => {
  it('frees the port, resets who is connected, and may be called again', async (t) => {
    const opened = await wire({ to: await tcpServer(t, () => undefined) })
    const socket = await connectTo(opened.port)
    await opened.seen('tcp.flags.syn == 1 && tcp.flags.ack == 1')
    await Promise.all([opened.close(), opened.close()])
    await closed(socket)
    await opened.close()
    const again = await wireFor(t, { to: 1, listen: opened.port })
    assert.equal(again.port, opened.port)
    // What was seen can still be looked at.
    assert.ok(opened.find('tcp').length > 0)
    assert.ok(opened.frames > 0)
  })

  it('await using closes it', async (t) => {
    const opened = await wire({ to: await webServer(t) })
    await opened[Symbol.asyncDispose]()
    await assert.rejects(once(net.connect(opened.port, opened.host), 'connect'))
  })
})

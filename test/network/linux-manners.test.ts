/** How connections begin and end between the Linux kernel and us, and what is not TCP. Needs root and socat. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Direction } from '../../server/network/tap.ts'
import type { TcpHandle } from '../../server/network/tcp/connection-api.ts'
import { within } from '../services/waiting.ts'
import { kernelConnects, ours, sha256, skip, weConnect } from './linux-exchange.ts'
import { LinuxPeer } from './linux-peer.ts'
import { pattern, type Talk } from './talk.ts'

const options = { skip, timeout: 30_000 }

let linux: LinuxPeer
before(async () => {
  if (skip === false) linux = await LinuxPeer.start({ seed: 8 })
})
after(() => linux?.close())

test('the kernel’s echo request is answered with the bytes that it holds', options, async () => {
  const request = Uint8Array.from([8, 0, 0, 0, 0x12, 0x34, 0, 1, ...pattern(1, 100)])
  const view = new DataView(request.buffer)
  let sum = 0
  for (let at = 0; at < request.length; at += 2) sum += view.getUint16(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(2, ~sum & 0xffff)
  const reply = await linux.run('socat', ['-t0.5', '-', `IP4-SENDTO:${linux.labAddress}:1`], request)
  assert.deepEqual([reply[0], reply[1]], [0, 0])
  assert.deepEqual(Uint8Array.from(reply.subarray(4)), request.subarray(4))
})

test('the kernel answers our echo request, also one that must be fragmented', options, async () => {
  for (const size of [0, 56, 1472, 5000]) {
    const result = await linux.network.server.ping(linux.address, { size, timeoutMs: 3000 })
    assert.equal(result.kind, 'reply', `${size} bytes: ${JSON.stringify(result)}`)
  }
})

test('a port where nobody listens is refused, theirs and ours', options, async () => {
  const kernel = await linux.connect(9, { say: 0, seed: 0 })
  assert.equal((await kernel.outcome()).error, 'ECONNREFUSED')
  const { talk, closed } = ours(linux, {})
  talk.begin(linux.network.server.tcp.connect(linux.address, 9, talk))
  await closed
  assert.deepEqual([talk.isConnected, talk.failure], [false, 'ECONNREFUSED'])
})

test('a half-closed connection still carries bytes the other way, theirs and ours', options, async () => {
  const say = pattern(1, 100_000)
  const hear = pattern(2, 100_000)
  const words = { say: hear.length, seed: 2 }
  for (const meet of [kernelConnects, weConnect]) {
    const weEnd = await meet(linux, { say, hear, endFirst: true }, { ...words, waits: true })
    const theyEnd = await meet(linux, { say, hear, waits: true }, { ...words, endFirst: true })
    for (const { talk, outcome } of [weEnd, theyEnd]) {
      assert.deepEqual([talk.complaint, talk.complete], [undefined, true])
      assert.deepEqual([outcome.ended, outcome.error, outcome.sha256], [true, null, sha256(say)])
    }
  }
})

test('a reset reaches the other end, theirs and ours', options, async () => {
  const say = pattern(1, 500_000)
  const theirs = await weConnect(linux, { say, endFirst: true }, { say: 0, seed: 0, resetAt: 100_000 })
  assert.equal(theirs.talk.failure, 'ECONNRESET')
  const hear = pattern(2, 500_000)
  const ourReset = await kernelConnects(linux, { hear, abortAt: 100_000 }, { say: hear.length, seed: 2 })
  assert.equal(ourReset.talk.complaint, undefined)
  assert.equal(ourReset.outcome.error, 'ECONNRESET')
})

test('UDP datagrams cross whole, also in fragments, and a closed port is told', options, async () => {
  const { udp } = linux.network.server
  const echo = udp.bind(0, { message: (bytes, from) => void echo.send(bytes, from.address, from.port) })
  const sizes = [0, 1, 1472, 1473, 5000, 40_000, 65_507]
  const { port } = echo
  const asked = await linux.order({ op: 'udp ask', address: linux.labAddress, port, sizes })
  assert.deepEqual(asked, { answered: sizes, error: null })
  echo.close()
  const refused = await linux.order({ op: 'udp ask', address: linux.labAddress, port, sizes })
  assert.deepEqual(refused, { answered: [], error: 'ECONNREFUSED' })

  const theirs = await linux.order({ op: 'udp echo' })
  assert.ok('port' in theirs)
  const heard: Uint8Array[] = []
  const told = await within(
    new Promise<string>((resolve) => {
      const socket = udp.bind(0, {
        message(bytes) {
          heard.push(Uint8Array.from(bytes))
          const size = sizes[heard.length]
          if (size !== undefined) socket.send(pattern(heard.length, size), linux.address, theirs.port)
          else socket.send(pattern(0, 1), linux.address, 9)
        },
        unreachable: () => {
          socket.close()
          resolve('unreachable')
        },
      })
      socket.send(pattern(0, 0), linux.address, theirs.port)
    }),
    'the last datagram',
  )
  assert.equal(told, 'unreachable')
  assert.deepEqual(
    heard,
    sizes.map((size, n) => pattern(n, size)),
  )
})

/** Resolves when nothing of ours is on the way any more. */
async function acknowledged(handle: TcpHandle): Promise<void> {
  while (handle.unacknowledged > 0) await pause(2)
}

/** A connection over which both have said what they have to say, and which stays open. */
async function quiet(keepAliveMs?: number) {
  const hear = pattern(1, 200_000)
  const say = pattern(2, 200_000)
  let tell: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    tell = resolve
  })
  const onHeard = (talk: Talk) => talk.heard === hear.length && tell()
  const { talk, closed } = ours(linux, { hear, say, onHeard })
  const keepAlive = keepAliveMs === undefined ? {} : { keepAliveMs }
  const kernel = await linux.listen({ say: hear.length, seed: 1, ...keepAlive })
  const handle = linux.network.server.tcp.connect(linux.address, kernel.port, talk)
  talk.begin(handle)
  await within(heard, 'the kernel’s words')
  await within(acknowledged(handle), 'the kernel’s acknowledgement')
  const end = async () => {
    handle.end()
    await Promise.all([closed, kernel.outcome()])
  }
  return { talk, handle, kernel, end, closed }
}

test('what ss says of the kernel’s end is what we negotiated', options, async () => {
  const { kernel, end } = await quiet()
  const said = await linux.run('ss', ['-tinoOH', 'state', 'established', `sport = :${kernel.port}`])
  const line = said.toString()
  assert.match(line, / ts sack /, line)
  assert.match(line, / mss:1448 pmtu:1500 rcvmss:1448 advmss:1448 /, line)
  assert.match(line, / wscale:\d+,\d+ /, line)
  assert.match(line, / bytes_received:200000 /, line)
  assert.doesNotMatch(line, /bytes_retrans/, line)
  const rtt = Number(/ rtt:([\d.]+)\//.exec(line)?.[1])
  assert.ok(rtt > 0 && rtt < 100, line)
  await end()
})

/** Waits for so many keepalive probes one way, each answered. A probe repeats what is acknowledged already. */
function probes(from: Direction, count: number): Promise<void> {
  const { witness } = linux
  let past = 0
  let seen = 0
  const answered = new Promise<void>((resolve) => {
    witness.watch = (direction, segment) => {
      if (direction !== from) {
        if (seen >= count) resolve()
        past = segment.ack
      } else if (past !== 0 && ((segment.seq - past) | 0) < 0) seen++
    }
  })
  return within(answered, `${count} probes and their answers`, 10_000).finally(() => {
    witness.watch = undefined
  })
}

test('we answer the kernel’s keepalive probes', options, async () => {
  const { talk, handle, end } = await quiet(1000)
  await probes('up', 1)
  assert.deepEqual([talk.isClosed, handle.state], [false, 'ESTABLISHED'])
  await end()
})

test('the kernel answers our keepalive probes', options, async () => {
  const { talk, handle, end } = await quiet()
  const probed = probes('down', 1)
  handle.setKeepAlive(true, 200)
  await probed
  assert.deepEqual([talk.isClosed, handle.state], [false, 'ESTABLISHED'])
  await end()
})

test('no segment of ours broke a rule that the witness knows', options, () => {
  assert.deepEqual(linux.witness.complaints, [])
})

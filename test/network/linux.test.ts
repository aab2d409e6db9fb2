/** Our TCP, IP, ICMP, UDP and ARP against the Linux kernel's, through a TAP device. Needs root and socat. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kernelConnects, sha256, skip, weConnect } from './linux-exchange.ts'
import { LinuxPeer } from './linux-peer.ts'
import { pattern } from './talk.ts'

const options = { skip, timeout: 60_000 }
const MB = 1_000_000

let linux: LinuxPeer
before(async () => {
  if (skip === false) linux = await LinuxPeer.start({ seed: 7 })
})
after(() => linux?.close())

/** One way after the other: acknowledgements that carry data are no duplicates, and would hide losses. */
async function bothWays(bytes: number): Promise<void> {
  const fromKernel = await kernelConnects(
    linux,
    { hear: pattern(1, bytes) },
    { say: bytes, seed: 1, endFirst: true },
  )
  assert.equal(fromKernel.talk.complaint, undefined)
  assert.equal(fromKernel.talk.failure, undefined)
  assert.equal(fromKernel.talk.heard, bytes)
  assert.equal(fromKernel.outcome.error, null)

  const say = pattern(2, bytes)
  const toKernel = await weConnect(linux, { say, endFirst: true }, { say: 0, seed: 0 })
  assert.equal(toKernel.talk.failure, undefined)
  assert.equal(toKernel.outcome.heard, bytes)
  assert.equal(toKernel.outcome.sha256, sha256(say))
}

const RTT = { delay: 0.002 }
const CLEAN = { rate: 0, delay: 0, jitter: 0, loss: 0, burst: 0, duplicate: 0, corrupt: 0, reorder: 0 }

const links: { name: string; bytes: number; impaired: Partial<typeof CLEAN> }[] = [
  { name: 'a clean link', bytes: 5 * MB, impaired: {} },
  { name: '0.1 % of losses', bytes: 5 * MB, impaired: { ...RTT, loss: 0.001 } },
  { name: '1 % of losses', bytes: 5 * MB, impaired: { ...RTT, loss: 0.01 } },
  { name: '10 % of losses', bytes: MB / 2, impaired: { ...RTT, loss: 0.1 } },
  { name: 'reordering', bytes: 5 * MB, impaired: { ...RTT, reorder: 0.1 } },
  { name: 'duplication', bytes: 5 * MB, impaired: { ...RTT, duplicate: 0.1 } },
  { name: 'corruption', bytes: 5 * MB, impaired: { ...RTT, corrupt: 0.01 } },
  {
    name: 'all of them and jitter',
    bytes: MB,
    impaired: { delay: 0.005, jitter: 0.002, loss: 0.01, reorder: 0.05, duplicate: 0.05, corrupt: 0.005 },
  },
]

for (const { name, bytes, impaired } of links)
  test(`${bytes / MB} MB each way over ${name} between the kernel and us`, options, async () => {
    const way = { ...CLEAN, ...impaired }
    linux.network.patch({ up: way, down: way })
    await bothWays(bytes)
    linux.network.patch({ up: CLEAN, down: CLEAN })
  })

test('both directions of one connection at once', options, async () => {
  linux.network.patch({ up: { ...RTT, loss: 0.005 }, down: { ...RTT, loss: 0.005 } })
  const say = pattern(3, 2 * MB)
  const hear = pattern(4, 2 * MB)
  const { talk, outcome } = await weConnect(
    linux,
    { say, hear, endFirst: true },
    { say: 2 * MB, seed: 4, endFirst: true },
  )
  linux.network.patch({ up: CLEAN, down: CLEAN })
  assert.equal(talk.complaint, undefined)
  assert.equal(talk.heard, hear.length)
  assert.deepEqual([outcome.error, outcome.sha256], [null, sha256(say)])
})

test('a kernel with a receive buffer of 4 kB is filled and never overrun', options, async () => {
  await linux.set('net/ipv4/tcp_rmem', '4096 4096 4096')
  const say = pattern(5, MB / 2)
  const { outcome } = await weConnect(linux, { say, endFirst: true }, { say: 0, seed: 0 })
  await linux.set('net/ipv4/tcp_rmem', '4096 131072 6291456')
  assert.deepEqual([outcome.heard, outcome.sha256], [say.length, sha256(say)])
})

test(
  'our receive buffer of 4 kB is filled by the kernel, closed when we read slowly, and never overrun',
  options,
  async (t) => {
    const small = await LinuxPeer.start({ seed: 9, tcp: { receiveBuffer: 4096 } })
    t.after(() => small.close())
    let closed = 0
    small.witness.watch = (direction, { window }) => {
      if (direction === 'down' && window === 0) closed++
    }
    const hear = pattern(8, 200_000)
    let pieces = 0
    const readPause = () => (++pieces % 20 === 0 ? 30 : 0)
    const theirs = { say: hear.length, seed: 8, endFirst: true }
    const { talk } = await kernelConnects(small, { hear, readPause }, theirs)
    assert.deepEqual([talk.complaint, talk.heard], [undefined, hear.length])
    assert.deepEqual(small.witness.complaints, [])
    assert.ok(closed > 0, 'the window never closed')
  },
)

test('nothing that we sent went beyond the window that the kernel had offered', options, () => {
  assert.deepEqual(linux.witness.complaints, [])
  assert.ok(linux.witness.dataSegments > 10_000)
})

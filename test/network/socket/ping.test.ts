/** `wirelab/icmp`, in a process of its own on the lab network. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab } from './lab.ts'

test('a program pings the lab’s server, a stranger and itself, and its process ends by itself', async (t) => {
  const lab = await startLab(t)
  const program = lab.run(
    'pinger',
    '10.0.0.1',
    'localhost?{"size":1000}',
    '10.0.0.77',
    '10.0.0.1?{"ttl":1}',
    'example.org',
  )
  const [server, local, nobody, near, named] = await program.lines()
  assert.deepEqual(JSON.parse(server ?? ''), {
    kind: 'reply',
    from: '10.0.0.1',
    ttl: 64,
    bytes: 56,
    took: true,
  })
  assert.deepEqual(JSON.parse(local ?? ''), {
    kind: 'reply',
    from: '10.0.0.1',
    ttl: 64,
    bytes: 1000,
    took: true,
  })
  assert.equal(JSON.parse(nobody ?? '').kind, 'timeout')
  // No router is on the way: a TTL of one is enough.
  assert.equal(JSON.parse(near ?? '').kind, 'reply')
  assert.equal(named, 'ENOTFOUND')
})

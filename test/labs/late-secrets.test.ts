/** What a run makes of packets that can be read only later than they come. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LabRun } from '../../server/labs/run.ts'
import { Trace } from '../../server/trace/trace.ts'
import { KEY_LOG, SESSION } from '../protocols/tls-vectors.ts'
import { Wire } from '../protocols/wire.ts'

test('what a secret opens that comes late is found by a search that was made before', () => {
  const wire = new Wire()
  const line = wire.open()
  for (const [side, bytes] of SESSION.slice(0, 6)) line.say(side, bytes)
  const trace = new Trace()
  const run = new LabRun({ id: 'a', startedAt: 0n, trace, network: 'lab', ports: { TLS: 4000 } })
  // The server logs the secret of the client's data when it has its Finished, which may have to be sent twice.
  const [clientShakes, serverShakes, clientSays = '', serverSays] = KEY_LOG.split('\n')
  trace.secrets.add(`${clientShakes}\n${serverShakes}\n${serverSays}`)
  for (const frame of wire.frames) trace.add(frame)
  assert.equal(run.advance(), true)
  assert.equal(run.find('tcp.dstport==$TLS && tls && data').length, 0)
  assert.equal(run.advance(), false)

  trace.secrets.add(clientSays)
  assert.equal(run.advance(), true)
  assert.equal(run.find('tcp.dstport==$TLS && tls && data').length, 1)
})

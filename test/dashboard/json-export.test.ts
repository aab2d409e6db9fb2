import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PacketDetail } from '../../server/dashboard/api.ts'
import { talkOf, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }

describe('GET /api/packets.json', () => {
  const { app, trace } = testDashboard()
  const talk = talkOf(40)
  for (const frame of talk.frames) trace.add(frame)
  const get = (query: string) => app.inject({ url: `/api/packets.json${query}`, headers })
  const numbers = (details: PacketDetail[]) => details.map(({ number }) => number)

  it('has every packet as it is answered by itself, in order, as a file', async () => {
    const response = await get('')
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-type']), /^application\/json/)
    assert.match(String(response.headers['content-disposition']), /filename="wirelab\.json"/)
    const details = response.json<PacketDetail[]>()
    assert.deepEqual(
      numbers(details),
      Array.from({ length: trace.last }, (_, index) => index + 1),
    )
    const one = await app.inject({ url: '/api/packets/4', headers })
    assert.deepEqual(details[3], one.json())
  })

  it('has what the filter lets through, and of that the newest where there is a limit', async () => {
    assert.deepEqual(numbers((await get('?filter=tcp.flags.syn==1')).json()), [1, 2])
    assert.deepEqual(numbers((await get('?filter=tcp.flags.fin==1&limit=1')).json()), [trace.last - 1])
  })

  it('is an empty list where nothing matches', async () => {
    assert.deepEqual((await get('?filter=udp')).json(), [])
  })

  it('says what is wrong before the first byte', async () => {
    const bad = await get('?filter=nosuch')
    assert.deepEqual([bad.statusCode, bad.json().code], [400, 'bad-filter'])
    assert.deepEqual(
      [(await get('?limit=0')).statusCode, (await get('?limit=0')).json().field],
      [400, 'limit'],
    )
    assert.equal((await get('?capture=gone')).json().field, 'capture')
  })
})

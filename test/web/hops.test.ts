import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinHops } from '../../web/lib/hops.ts'
import { row, time } from './rows.ts'

interface Hop {
  readonly cable: string
  readonly sent: number
  /** Null: it never arrives. */
  readonly arrived: number | null
  readonly up?: boolean
  readonly fate?: string
  readonly length?: number
}
const SEEN = 'clients'
const hop = (number: number, { cable, sent, arrived, up = true, fate = 'delivered', length = 66 }: Hop) =>
  row(number, sent, 'x', {
    length,
    fromClient: up,
    fate,
    transit: {
      cable,
      direction: up ? 'up' : 'down',
      sentAt: time(sent),
      arrivals: arrived === null ? [] : [time(arrived)],
      delay: arrived === null ? null : arrived - sent,
      queue: 0,
      seen: cable === SEEN,
    },
  })

test('a packet behind a router is one row that leaves with its first hop and arrives with its last', () => {
  const [only, ...others] = joinHops([
    hop(1, { cable: SEEN, sent: 0, arrived: 0.0001 }),
    hop(2, { cable: 'server', sent: 0.0002, arrived: 0.0602 }),
  ])
  assert.equal(others.length, 0)
  assert.equal(only?.number, 1)
  assert.equal(only.transit?.sentAt, time(0))
  assert.deepEqual(only.transit?.arrivals, [time(0.0602)])
})

test('one on its way to the client is known by the number of its last hop', () => {
  const [only] = joinHops([
    hop(1, { cable: 'server', sent: 0, arrived: 0.06, up: false }),
    hop(2, { cable: SEEN, sent: 0.0601, arrived: 0.0602, up: false }),
  ])
  assert.equal(only?.number, 2)
  assert.equal(only.transit?.sentAt, time(0))
  assert.deepEqual(only.transit?.arrivals, [time(0.0602)])
})

test('what is lost behind the router is lost for the row that this end saw', () => {
  const rows = joinHops([
    hop(1, { cable: SEEN, sent: 0, arrived: 0.0001 }),
    hop(2, { cable: 'server', sent: 0.0002, arrived: null, fate: 'lost' }),
  ])
  assert.deepEqual(
    rows.map(({ number, fate, transit }) => [number, fate, transit?.delay, transit?.arrivals.length]),
    [[1, 'lost', null, 0]],
  )
})

test('what is lost before this end saw anything of it stays, as a packet that never arrived', () => {
  const rows = joinHops([hop(1, { cable: 'server', sent: 0, arrived: null, up: false, fate: 'lost' })])
  assert.equal(rows.length, 1)
})

test('frames alike are passed on in their order, and those sent later begin a way of their own', () => {
  const rows = joinHops([
    hop(1, { cable: SEEN, sent: 0, arrived: 0.001 }),
    hop(2, { cable: SEEN, sent: 0.0005, arrived: 0.0015 }),
    hop(3, { cable: 'server', sent: 0.002, arrived: 0.03 }),
    hop(4, { cable: 'server', sent: 0.0021, arrived: 0.04 }),
    hop(5, { cable: SEEN, sent: 1, arrived: 1.001 }),
  ])
  assert.deepEqual(
    rows.map(({ number, transit }) => [number, transit?.arrivals[0]]),
    [
      [1, time(0.03)],
      [2, time(0.04)],
      [5, time(1.001)],
    ],
  )
})

test('where there is one cable, and where none is known, nothing changes', () => {
  const rows = [row(1, 0, 'a'), hop(2, { cable: SEEN, sent: 1, arrived: 1.1 })]
  assert.deepEqual(joinHops(rows), rows)
})

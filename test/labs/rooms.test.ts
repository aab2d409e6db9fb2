import assert from 'node:assert/strict'
import { test } from 'node:test'
import rooms from '../../labs/15-rooms-and-broadcast/check.ts'
import type { RunView, Sighting } from '../../labs/kit/lab.ts'

type Seen = readonly [client: string, way: 'in' | 'out', event: string, args: readonly unknown[]]
const CLIENTS = ['ann', 'bob', 'cem', 'dee']
const ENTERED: readonly Seen[] = CLIENTS.map((name) => [name, 'in', 'enter', [name, []]])

/** A run of so many packets, an event in each; then two WebSocket pongs to everybody: the server has dealt with all. */
function runOf(events: readonly Seen[]): RunView {
  const pongs = [...CLIENTS, ...CLIENTS].map((name): Seen => [name, 'out', 'pong', []])
  const packets = [...events, ...pongs].map(([flow, way, event, args], index) => {
    const fields: Record<string, readonly (string | number)[]> =
      event === 'pong'
        ? {}
        : {
            'socketio.type': [2],
            'socketio.event': [event],
            'socketio.nsp': ['/'],
            'socketio.args': [JSON.stringify(args)],
          }
    const values = (field: string) => fields[field] ?? []
    const packet: Sighting = {
      number: index + 1,
      flow,
      fromClient: way === 'in',
      time: index,
      info: '',
      values,
    }
    return { packet, way, event }
  })
  const find = (filter: string) => {
    const wanted = filter.includes('websocket.opcode==10') ? 'pong' : /event=="([^"]+)"/.exec(filter)?.[1]
    const way = filter.includes('tcp.dstport') ? 'in' : 'out'
    return packets.filter((each) => each.way === way && each.event === wanted).map(({ packet }) => packet)
  }
  return { ports: {}, network: 'lab', find, held: () => [], samples: () => ({ client: [], server: [] }) }
}

function truthOf(id: string, asked: Seen, copies: readonly Seen[]) {
  const step = rooms.steps.find((each) => each.id === id)
  assert.ok(step?.kind === 'predict')
  return step.truth(runOf([...ENTERED, asked, ...copies]))?.value
}

test('how many copies a broadcast is isn’t decided by a server that tells the speaker as well', () => {
  const said = (name: string): Seen => [name, 'out', 'said', ['ann', 'good morning']]
  const asked: Seen = ['ann', 'in', 'say', ['good morning']]
  assert.equal(truthOf('copies', asked, ['bob', 'cem', 'dee'].map(said)), 3)
  assert.equal(truthOf('copies', asked, CLIENTS.map(said)), undefined)
})

test('how many copies somebody in two rooms gets isn’t decided by a server that emits to each room', () => {
  const announced = (name: string): Seen => [name, 'out', 'announced', ['the house closes at ten']]
  const asked: Seen = ['ann', 'in', 'announce', [['tea', 'chess'], 'the house closes at ten']]
  assert.equal(truthOf('in-two-rooms', asked, ['ann', 'bob', 'cem'].map(announced)), 1)
  assert.equal(truthOf('in-two-rooms', asked, ['ann', 'bob', 'bob', 'cem'].map(announced)), undefined)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat } from '../frames.ts'
import { get, ok, post, upgrade, Wire, wsFrame } from '../protocols/wire.ts'
import { hubSession, type SessionOptions } from './hub-sessions.ts'
import { FIELDS, noTshark, ours, theirs, tshark, type Values } from './two-readers.ts'

const NEEDS = { skip: noTshark, timeout: 30_000 }

/** As lines, so that a difference says where it is. */
function lines(values: Values): string[] {
  return [...values].flatMap(([number, fields]) =>
    [...fields].map(([name, texts]) => `${number} ${name}: ${texts.join(' | ')}`).sort(),
  )
}

/** Every field of every packet is the same in tshark; answers the names of those that were there. */
async function agree(frames: readonly Frame[], keyLog?: string): Promise<Set<string>> {
  const [mine, its] = [ours(frames, keyLog), await theirs(frames, keyLog)]
  assert.ok(mine.size > 0)
  assertSame(mine, its)
  return new Set([...mine.values()].flatMap((fields) => [...fields.keys()]))
}

function assertSame(mine: Values, its: Values): void {
  const [a, b] = [lines(mine), lines(its)]
  const [setA, setB] = [new Set(a), new Set(b)]
  const onlyOurs = a.filter((line) => !setB.has(line))
  const onlyTheirs = b.filter((line) => !setA.has(line))
  assert.deepEqual(
    { onlyOurs: onlyOurs.slice(0, 10), onlyTheirs: onlyTheirs.slice(0, 10) },
    { onlyOurs: [], onlyTheirs: [] },
  )
}

const SESSIONS: Readonly<Record<string, SessionOptions>> = {
  'by polling alone': { transports: ['polling'] },
  'by WebSocket alone': { transports: ['websocket'] },
  'that is upgraded': { transports: ['polling', 'websocket'] },
  'that is upgraded, and compressed': { transports: ['polling', 'websocket'], deflate: true },
  'that is upgraded, inside TLS': { transports: ['polling', 'websocket'], sealed: true },
}

/** Fields that no client and hub of this version give rise to. */
const UNSEEN: readonly string[] = []

describe('tshark with the plugin reads what we read', () => {
  const seen = new Set<string>()

  for (const [name, options] of Object.entries(SESSIONS)) {
    test(`in a session ${name}`, NEEDS, async () => {
      const { frames, keyLog } = await hubSession(options)
      for (const field of await agree(frames, keyLog)) seen.add(field)
    })
  }

  test('and every field of ours was there', NEEDS, () => {
    assert.deepEqual(
      FIELDS.filter((name) => !seen.has(name)),
      UNSEEN,
    )
  })

  test('in one pass, but for what comes later', NEEDS, async () => {
    const { frames } = await hubSession({ transports: ['polling', 'websocket'] })
    const later = new Set(['engineio.response_in', 'socketio.ack_in', 'socketio.placeholder.frame'])
    const mine = ours(frames)
    for (const values of mine.values()) for (const name of later) values.delete(name)
    const its = await theirs(frames, undefined, false)
    for (const values of its.values()) values.delete('socketio.placeholder.frame')
    assertSame(mine, its)
  })

  test('in messages that come in fragments, over several packets', NEEDS, async () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, '0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'))
    line.client(wsFrame('client', 1, '451-["by', { fin: false }))
    line.client(wsFrame('client', 9, 'are you there'))
    line.client(wsFrame('client', 0, 'tes",{"_placeholder":true,"num":0}]'))
    line.client(wsFrame('client', 2, Uint8Array.of(0x34, 0x32), { fin: false }))
    line.client(wsFrame('client', 0, Uint8Array.of(0x5b), { fin: false }))
    line.client(wsFrame('client', 0, Uint8Array.of(0x5d)))
    // Wireshark's second pass loses what follows fragments within their packet: not here.
    line.server(concat(wsFrame('server', 1, '42["a', { fin: false }), wsFrame('server', 0, '"]')))
    line.server(concat(wsFrame('server', 2, 'b'), wsFrame('server', 1, '42["c"]'), wsFrame('server', 2, 'd')))
    const fields = await agree(wire.frames)
    assert.ok(fields.has('socketio.attachment'))
  })

  test('with hundreds of messages in one packet', NEEDS, async () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, '0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'))
    const events = Array.from({ length: 300 }, (_, n) => wsFrame('server', 1, `42${n}["n",${n}]`))
    const acks = Array.from({ length: 300 }, (_, n) => wsFrame('client', 1, `43${n}[]`))
    line.server(concat(...events), 60_000)
    line.client(concat(...acks), 60_000)
    await agree(wire.frames)
  })

  test('in what no program would send', NEEDS, async () => {
    const wire = new Wire()
    const http = wire.open()
    const bodies = [
      '0{"sid":"abc","pingInterval":1}',
      '42["\\ud83d\\ude00","\\n",1e3]\x1e42[7]\x1e43["x"]\x1e430[]',
      '4',
      '4abc',
      '4{"no":1}',
      '42',
      '42{"a":1}',
      '42["broken',
      '42["e",{"a":[1,2',
      '44{"message":"m"}\x1e44{}\x1e44"s"',
      '451-["b",{}]\x1ebAQ==\x1eb!!!\x1eb',
      '45/a,2-3["b"]\x1ebAA==',
      '4512345-["b"]',
      '40/a\x1e40/a,{"sid":1}\x1e40{"sid":"s","pid":"p"}\x1e42["o","last"]',
      '2\x1e3\x1e2probe\x1e3probe\x1e1\x1e5\x1e6x',
      `42["${'x'.repeat(300)}"]\x1e42[${'['.repeat(200)}`,
      '42["é\u00ff"]',
    ]
    http.client(get('transport=polling'))
    for (const body of bodies) {
      http.server(ok(body))
      http.client(post('transport=polling&sid=abc', body))
      http.server(ok('ok', 'text/html'))
      http.client(get('transport=polling&sid=abc'))
    }
    http.server(ok('{"code":1,"message":"Session ID unknown"}', 'application/json', '400 Bad Request'))
    await agree(wire.frames)
  })
})

describe('tshark with the plugin', () => {
  test("leaves other programs' bodies to those who read them without it", NEEDS, async () => {
    const wire = new Wire()
    const line = wire.open()
    for (const [type, body] of [
      ['text/plain', 'one\ntwo'],
      ['text/html', '<p>'],
      ['application/json', '{"a":1}'],
      ['application/octet-stream', '\x01\x02'],
    ] as const) {
      line.client('GET /page HTTP/1.1\r\nHost: a\r\n\r\n')
      line.server(ok(body, type))
    }
    const layers = (text: string) => text.replaceAll(':wirelab', '')
    const args = [
      '-T',
      'fields',
      '-e',
      'frame.protocols',
      '-e',
      'json.member',
      '-e',
      'data-text-lines',
      '-e',
      'media.type',
    ]
    const [withPlugin, without] = [
      await tshark(wire.frames, args),
      await tshark(wire.frames, args, undefined, false),
    ]
    assert.equal(layers(withPlugin), without)
    assert.match(without, /data-text-lines/)
    assert.match(without, /:json/)
  })

  test('takes every filter of docs/wireshark.md', NEEDS, async () => {
    const { frames } = await hubSession({ transports: ['polling', 'websocket'] })
    const text = readFileSync(new URL('../../docs/wireshark.md', import.meta.url), 'utf8')
    const filters = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, filter]) => filter!)
    assert.ok(filters.length > 8)
    for (const filter of filters) {
      const shown = await tshark(frames, ['-2', '-Y', filter])
      // A hub of one node knows its sessions, all is answered here, and nobody has just that name or id.
      const none = /ack_in|"chat"|"lv_|ack_time > 0\.1/.test(filter)
      assert.equal(shown === '', none, filter)
    }
  })

  test('says in the info column what we say', NEEDS, async () => {
    const { frames } = await hubSession({ transports: ['websocket'] })
    const text = await tshark(frames, [
      '-Y',
      'socketio',
      '-T',
      'fields',
      '-e',
      '_ws.col.Protocol',
      '-e',
      '_ws.col.Info',
    ])
    assert.match(text, /^Socket\.IO\tSocket\.IO EVENT "sum" ack 0$/m)
    assert.match(text, /Socket\.IO attachment 2 of 2, 300 bytes/)
  })

  test('never stumbles over spoilt captures', { ...NEEDS, timeout: 60_000 }, async () => {
    const { frames } = await hubSession({ transports: ['polling', 'websocket'] })
    let state = 1
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return Math.floor((state / 0x80000000) * below)
    }
    for (let round = 0; round < 8; round++) {
      const spoilt = frames.flatMap((frame) => {
        if (random(40) === 0) return []
        const bytes = frame.bytes.slice(0, random(20) === 0 ? 60 + random(frame.bytes.length) : undefined)
        // Behind the headers of Ethernet, IP and TCP: what the plugin reads.
        for (let n = random(3); n > 0 && bytes.length > 54; n--)
          bytes[54 + random(bytes.length - 54)] = random(256)
        return [{ ...frame, bytes }]
      })
      await tshark(spoilt, ['-2', '-Y', 'frame', '-V'])
    }
  })
})

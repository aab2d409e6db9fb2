import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '../../server/protocols/packet.ts'
import { TcpConversation, utf8 } from '../frames.ts'
import { assertAlike, assertWanted } from './skimmed.ts'

const SID = 'sid=AbCdEfGh'
const POLL = `GET /socket.io/?EIO=4&transport=polling&${SID} HTTP/1.1\r\nHost: a:4000\r\nAccept: */*\r\n\r\n`
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\n'
const sized = (head: string, body: string) => `${head}Content-Length: ${utf8(body).length}\r\n\r\n${body}`
const post = (body: string) =>
  sized(`POST /socket.io/?EIO=4&transport=polling&${SID} HTTP/1.1\r\nHost: a:4000\r\n`, body)

const OPEN =
  '0{"sid":"AbCdEfGh","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'

type Turn = readonly [asked: string, answered: string]

/** What a polling client and its server say to each other, and other requests beside that. */
const TURNS: readonly Turn[] = [
  ['GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a:4000\r\n\r\n', sized(ANSWER, OPEN)],
  [post('40'), sized('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n', 'ok')],
  [POLL, sized(ANSWER, '40{"sid":"xyz"}\x1e2\x1e42["word",1]')],
  [
    post('3\x1e420["echo","Zürich"]\x1e451-["bytes",{"_placeholder":true,"num":0}]\x1ebAAEC'),
    sized(ANSWER, 'ok'),
  ],
  [POLL, sized(ANSWER, '430["Zürich"]\x1e42["a \\"quoted\\" name"]\x1e2\x1e6')],
  [POLL, sized(ANSWER, '42["first"]\x1e42["second"]\x1e\x1e42["third"]')],
  [POLL, sized('HTTP/1.1 400 Bad Request\r\n', '{"code":1,"message":"Session ID unknown"}')],
  [POLL, sized('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n', 'Forbidden')],
  [`GET /${'long'.repeat(60)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['HEAD / HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 Fine\r\nContent-Length: 5000\r\n\r\n'],
  [
    sized('PUT /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n', 'a=b&c=d'),
    'HTTP/1.1 100 Continue\r\n\r\n',
  ],
  [
    'NOTIFY * HTTP/1.1\r\nHost: a\r\n\r\n',
    sized('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n', '[1]'),
  ],
  [
    'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n',
    `${sized('HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n', '\x89PNG\r\n')}HTTP/1.1 404 \r\n\r\n`,
  ],
  [
    '\r\nGET /chunks HTTP/1.1\nHost: a\n\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
  ],
  [
    'GET /twice HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
    sized('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n', 'no gzip'),
  ],
  [
    `GET /socket.io/?EIO=4&transport=websocket&${SID} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n',
  ],
]

/** Each side's words of a turn are sent in two segments, split where `at` says: whole where that is nowhere. */
function frames(turns: readonly Turn[], at: (length: number) => number): Frame[] {
  const wire = new TcpConversation()
  wire.handshake()
  for (const [asked, answered] of turns) {
    for (const [side, words] of [
      ['client', asked],
      ['server', answered],
    ] as const) {
      const bytes = utf8(words)
      const cut = at(bytes.length)
      if (cut > 0 && cut < bytes.length) wire.send(side, bytes.slice(0, cut))
      wire.send(side, cut > 0 && cut < bytes.length ? bytes.slice(cut) : bytes)
    }
  }
  return [...wire.frames]
}

describe('a skim and a dissection of HTTP', () => {
  test('agree on messages of many kinds, and on what is wanted of them', () => {
    const all = frames(TURNS, () => 0)
    const lines = assertAlike(all)
    assert.ok(lines > all.length * 0.8, `${lines} of ${all.length}`)
    assertWanted(all, ['http.request.method', 'http.response.code', 'engineio.type', 'socketio.event'])
  })

  test('agree wherever the messages are split', () => {
    for (const turn of TURNS) {
      const longest = Math.max(...turn.map((words) => utf8(words).length))
      // The session is opened first, so that there is one.
      for (let cut = 1; cut < longest; cut += 7) assertAlike(frames([...TURNS.slice(0, 2), turn], () => cut))
    }
  })

  test('agree on messages with characters changed, left out and put in', () => {
    const change = fc.record({
      turn: fc.nat(TURNS.length - 1),
      answers: fc.boolean(),
      at: fc.nat(400),
      taken: fc.nat(2),
      put: fc.constantFrom(
        '',
        ' ',
        '\t',
        '\r',
        '\n',
        ':',
        ',',
        '\0',
        'é',
        '4',
        'Content-Length: 1\r\n',
        '\x1e',
      ),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.nat(300), (changes, cut) => {
        const turns = TURNS.map((turn, i) => {
          const words: [string, string] = [...turn]
          for (const { turn: changed, answers, at, taken, put } of changes) {
            const side = answers ? 1 : 0
            const place = at % words[side].length
            if (changed === i)
              words[side] = words[side].slice(0, place) + put + words[side].slice(place + taken)
          }
          return words
        })
        assertAlike(frames(turns, () => cut))
      }),
      { numRuns: 60 },
    )
  })
})

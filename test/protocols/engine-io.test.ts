import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { concat, hex, type Side } from '../frames.ts'
import type { Dissected } from './dissected.ts'
import { readBack } from './dissected.ts'
import {
  assertSound,
  everySplitAgrees,
  get,
  type Line,
  ok,
  post,
  type Said,
  STEP,
  upgrade,
  Wire,
  wsFrame,
} from './wire.ts'

const SID = '6UMIabcdefghijklAAAA'
const OPEN = `0{"sid":"${SID}","upgrades":["websocket"],"pingInterval":400,"pingTimeout":200,"maxPayload":1000000}`

/** The session of PROTOCOLS.md: a name for each packet, and the wire. */
function wholeSession() {
  const wire = new Wire()
  const [first, second, probe] = [wire.open(), wire.open(), wire.open()]
  const polling = `transport=polling&sid=${SID}`
  const text = (line: Line, side: Side, words: string) => line.say(side, wsFrame(side, 1, words))
  const at = {
    get: first.client(get('transport=polling&t=1')),
    open: first.server(ok(OPEN)),
    post: second.client(post(polling, '40{"token":"t"}')),
    upgrade: probe.client(
      `GET /socket.io/?EIO=4&transport=websocket&sid=${SID} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ),
    poll: first.client(get(polling)),
    ok: second.server(ok('ok', 'text/html')),
    connected: first.server(ok('40{"sid":"LuC1"}\x1e42["hello","srv"]')),
    switched: probe.server(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ),
    probe: text(probe, 'client', '2probe'),
    probed: text(probe, 'server', '3probe'),
    lastPoll: first.client(get(polling)),
    noop: first.server(ok('6')),
    upgraded: text(probe, 'client', '5'),
    sum: text(probe, 'client', '420["sum",2,3]'),
    summed: text(probe, 'server', '430[5]'),
    ping: text(probe, 'server', '2'),
    pong: text(probe, 'client', '3'),
    bin: text(probe, 'client', '451-1["bin",{"_placeholder":true,"num":0}]'),
    binBytes: probe.client(wsFrame('client', 2, hex('010203'))),
    binAck: text(probe, 'server', '461-1[{"_placeholder":true,"num":0}]'),
    binAckBytes: probe.server(wsFrame('server', 2, hex('0908'))),
    chat: text(probe, 'client', '40/chat,'),
    chatted: text(probe, 'server', '40/chat,{"sid":"ChAt"}'),
    nope: text(probe, 'client', '40/nope,'),
    noped: text(probe, 'server', '44/nope,{"message":"Invalid namespace"}'),
    refused: text(probe, 'server', '44{"message":"not authorized","data":{"code":401}}'),
    leaveChat: text(probe, 'client', '41/chat,'),
    leave: text(probe, 'client', '41'),
    close: probe.client(wsFrame('client', 8, '')),
    closed: probe.server(wsFrame('server', 8, '')),
  }
  return { wire, at, trace: wire.trace() }
}

describe('the session of PROTOCOLS.md', () => {
  const { at, trace } = wholeSession()
  const read = (name: keyof typeof at): Dissected => readBack(trace, at[name])

  test('bears its id on every packet that is its own, over three connections', () => {
    for (const name of Object.keys(at) as (keyof typeof at)[]) {
      const seen = read(name)
      if (['get', 'switched', 'close', 'closed'].includes(name)) continue
      assert.ok(
        seen.all('engineio.sid').every((sid) => sid === SID) && seen.all('engineio.sid').length > 0,
        name,
      )
      assert.deepEqual(seen.problems, [], name)
    }
    assert.deepEqual(trace.sessions()[0]!.flows, ['tcp.0', 'tcp.1', 'tcp.2'])
  })

  test('opens with the handshake', () => {
    const open = read('open')
    assert.equal(open.stack, 'eth:ip:tcp:http:engineio:json')
    assert.equal(open.one('engineio.type'), 0)
    assert.equal(open.one('engineio.transport'), 'polling')
    assert.equal(open.one('engineio.open.ping_interval'), 400)
    assert.equal(open.one('engineio.open.ping_timeout'), 200)
    assert.equal(open.one('engineio.open.max_payload'), 1_000_000)
    assert.equal(open.one('engineio.open.upgrades'), 'websocket')
    assert.equal(open.info, 'Engine.IO open 0')
  })

  test('has the request’s own parameters, at their bytes', () => {
    const poll = read('poll')
    assert.equal(poll.stack, 'eth:ip:tcp:http:engineio')
    assert.equal(poll.one('engineio.version'), 4)
    const { start, end } = poll.span('engineio.sid')
    assert.equal(Buffer.from(poll.packet.buffers[0]!.bytes.subarray(start, end)).toString(), SID)
    assert.equal(poll.info, `GET /socket.io/?EIO=4&transport=polling&sid=${SID} HTTP/1.1`)
    assert.equal(poll.packet.column, 'Engine.IO')
  })

  test('packets of one poll stand side by side', () => {
    const seen = read('connected')
    assert.equal(seen.stack, 'eth:ip:tcp:http:engineio:socketio:json:engineio:socketio:json')
    assert.deepEqual(seen.all('socketio.type'), [0, 2])
    assert.equal(seen.one('socketio.sid'), 'LuC1')
    assert.equal(seen.info, 'Socket.IO CONNECT · Socket.IO EVENT "hello"')
  })

  test('the POST is answered with ok, which is no packet', () => {
    assert.deepEqual(read('post').all('engineio.type'), [4])
    assert.equal(read('ok').one('engineio.payload'), 'ok')
    assert.equal(read('ok').one('engineio.type'), undefined)
  })

  test('the probes are joined, and are no heartbeat', () => {
    assert.equal(read('probe').one('engineio.type'), 2)
    assert.equal(read('probe').one('engineio.payload'), 'probe')
    assert.equal(read('probe').one('engineio.response_in'), at.probed)
    assert.equal(read('probed').one('engineio.response_to'), at.probe)
    assert.equal(read('probed').one('engineio.rtt'), Number(STEP) / 1e9)
    assert.equal(trace.sessions()[0]!.beats.length, 1)
  })

  test('the server pings, the client pongs', () => {
    assert.equal(read('ping').one('engineio.response_in'), at.pong)
    assert.equal(read('pong').one('engineio.response_to'), at.ping)
    assert.equal(read('pong').one('engineio.rtt'), 0.001)
    assert.equal(read('ping').info, 'Engine.IO ping 2')
    const [beat] = trace.sessions()[0]!.beats
    assert.deepEqual([beat!.ping, beat!.pong, beat!.rtt], [at.ping, at.pong, 0.001])
  })

  test('layers nest as the bytes do', () => {
    const sum = read('sum')
    assert.equal(sum.stack, 'eth:ip:tcp:websocket:engineio:socketio:json')
    assert.deepEqual(
      sum.packet.layers.slice(3).map((layer) => [layer.parent, layer.protocol.osi]),
      [
        [2, 7],
        [3, 5],
        [4, 7],
        [5, 6],
      ],
    )
    const summed = read('summed')
    assert.ok(
      summed.packet.layers.every((layer) => layer.buffer === 0),
      'what the server sends is in the frame',
    )
    assert.equal(sum.packet.buffers[1]!.name, 'Unmasked payload')
  })

  test('420 is type 4, type 2 and ack id 0', () => {
    const sum = read('sum')
    assert.equal(sum.one('engineio.type'), 4)
    assert.equal(sum.one('socketio.type'), 2)
    assert.equal(sum.one('socketio.ack_id'), 0)
    assert.equal(sum.one('socketio.event'), 'sum')
    assert.equal(sum.one('socketio.args'), '[2,3]')
    assert.equal(sum.one('socketio.ack_in'), at.summed)
    assert.equal(sum.info, 'Socket.IO EVENT "sum" ack 0')
    const summed = read('summed')
    assert.equal(summed.one('socketio.args'), '[5]')
    assert.equal(summed.one('socketio.ack_to'), at.sum)
    assert.equal(summed.one('socketio.ack_time'), 0.001)
  })

  test('placeholders name the frames of their bytes', () => {
    assert.equal(read('bin').one('socketio.attachments'), 1)
    assert.equal(read('bin').one('socketio.placeholder.frame'), at.binBytes)
    assert.equal(read('bin').one('socketio.ack_in'), at.binAck)
    const bytes = read('binBytes')
    assert.equal(bytes.one('engineio.binary'), true)
    assert.equal(bytes.one('engineio.type'), 4)
    assert.equal(bytes.one('socketio.attachment'), '010203')
    assert.equal(bytes.one('socketio.attachment.of'), at.bin)
    assert.equal(read('binAck').one('socketio.placeholder.frame'), at.binAckBytes)
    assert.equal(read('binAckBytes').one('socketio.attachment'), '0908')
  })

  test('namespaces are joined, refused and left', () => {
    assert.equal(read('chat').one('socketio.nsp'), '/chat')
    assert.equal(read('chatted').one('socketio.sid'), 'ChAt')
    assert.equal(read('noped').one('socketio.error.message'), 'Invalid namespace')
    assert.equal(read('noped').info, 'Socket.IO CONNECT_ERROR /nope "Invalid namespace"')
    assert.equal(read('refused').one('socketio.error.message'), 'not authorized')
    assert.equal(read('leave').one('socketio.type'), 1)
    assert.equal(read('leave').one('socketio.nsp'), '/')
    assert.deepEqual(trace.sessions()[0]!.sockets, [
      { nsp: '/', sid: 'LuC1' },
      { nsp: '/chat', sid: 'ChAt' },
    ])
  })

  test('moves to the websocket, and ends with its close', () => {
    const [session] = trace.sessions()
    assert.equal(session!.transport, 'websocket')
    assert.equal(session!.state, 'closed')
    assert.equal(session!.nextDue, null)
  })
})

test('an attachment without bytes is one all the same', () => {
  const wire = new Wire()
  const [polling, line] = [wire.open(), wire.open()]
  polling.client(get('transport=polling'))
  polling.server(ok(OPEN))
  line.client(
    `GET /socket.io/?EIO=4&transport=websocket&sid=${SID} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  )
  line.server('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [first, second] = [0, 1].map((num) => `{"_placeholder":true,"num":${num}}`)
  const event = line.client(wsFrame('client', 1, `452-["bin",${first},${second}]`))
  const [nothing, something] = [
    line.client(wsFrame('client', 2, hex(''))),
    line.client(wsFrame('client', 2, hex('0102'))),
  ]
  assert.deepEqual(wire.read(event).all('socketio.placeholder.frame'), [nothing, something])
  assert.equal(wire.read(nothing!).one('socketio.attachment.of'), event)
  assert.equal(wire.read(something!).one('socketio.attachment'), '0102')
})

describe('binary over polling', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(get('transport=polling'))
  line.server(ok(OPEN))
  const sent = line.client(
    post(`transport=polling&sid=${SID}`, '451-7["bin",{"_placeholder":true,"num":0}]\x1ebAQID'),
  )
  const seen = wire.read(sent)

  test('is base64 behind a b, with no type', () => {
    assert.deepEqual(seen.all('engineio.binary'), [true])
    assert.deepEqual(seen.all('engineio.type'), [4, 4])
    assert.equal(seen.one('socketio.attachment'), '010203')
    assert.equal(seen.packet.buffers.at(-1)!.name, 'Decoded base64')
    assert.equal(seen.one('socketio.placeholder.frame'), sent)
  })
})

describe('however the bytes come', () => {
  const said: Said[] = [
    ['client', get('transport=polling')],
    ['server', ok(OPEN)],
    ['client', post(`transport=polling&sid=${SID}`, '40\x1e42["é"]\x1ebAQID')],
    ['server', ok('ok', 'text/html')],
    [
      'client',
      `GET /socket.io/?EIO=4&transport=websocket&sid=${SID} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ],
    ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['client', concat(wsFrame('client', 1, '2probe'), wsFrame('client', 1, '5'))],
    ['server', concat(wsFrame('server', 1, '3probe'), wsFrame('server', 1, '2'))],
  ]

  test('the packets are the same', () => {
    assert.equal(everySplitAgrees(said).filter((line) => line === '[engineio]').length, 12)
  })

  test('any packets never throw, and every span stays inside', () => {
    const body = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        OPEN,
        '0{"sid":5}',
        '2',
        '3',
        '2probe',
        '3probe',
        '1',
        '6',
        'b',
        'b====',
        'bAQID',
        '7',
        '4',
        '45',
        '451',
        '451-',
        '42["a"',
        '40/a',
        '40/a,5',
        '43999[]',
        '',
      ),
    )
    const way = fc.constantFrom<'get' | 'post' | Side>('get', 'post', 'client', 'server')
    fc.assert(
      fc.property(fc.array(fc.tuple(way, fc.array(body, { maxLength: 3 })), { maxLength: 10 }), (parts) => {
        const wire = new Wire()
        const http = wire.open()
        const ws = wire.open()
        upgrade(ws, `/socket.io/?EIO=4&transport=websocket&sid=${SID}`)
        for (const [how, bodies] of parts) {
          const payload = bodies.join('\x1e')
          if (how === 'post') http.client(post(`transport=polling&sid=${SID}`, payload))
          else if (how === 'get') {
            http.client(get(`transport=polling&sid=${SID}`))
            http.server(ok(payload))
          } else ws.say(how, wsFrame(how, payload.length % 2 === 0 ? 1 : 2, payload))
        }
        assertSound(wire.trace())
      }),
      { numRuns: 200 },
    )
  })
})

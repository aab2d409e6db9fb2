import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'
import { expandLabel, prf, suiteOf, trafficKeys } from '../../server/protocols/tls-keys.ts'
import { ciphers } from '../../server/trace/ciphers.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, hex, utf8 } from '../frames.ts'
import { readBack } from './dissected.ts'
import { type Session, tlsSession } from './tls-session.ts'
import {
  CLIENT_CLOSES,
  CLIENT_DATA,
  CLIENT_FINISHED,
  CLIENT_HELLO,
  KEY_LOG,
  SERVER_DATA,
  SERVER_FLIGHT,
  SERVER_HELLO,
  SESSION,
  TICKET,
} from './tls-vectors.ts'
import { assertSound, everySplitAgrees, type Said, Wire, wsFrame } from './wire.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The wire after all of it was said, and the packets' numbers. */
function spoken(said: readonly Said[], keyLog: string): { wire: Wire; numbers: number[] } {
  const wire = new Wire(keyLog)
  const line = wire.open()
  return { wire, numbers: said.map(([side, bytes]) => line.say(side, bytes)) }
}

test('RFC 8448: keys from the traffic secrets', () => {
  const suite = suiteOf(0x1301, 0x0304)
  assert.ok(suite)
  const secret = hex('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38')
  const { key, iv } = trafficKeys(ciphers, suite, secret)
  assert.equal(text(key), '3fce516009c21727d0f2e4e86ee403bc')
  assert.equal(text(iv), '5d313eb2671276ee13000b30')
  const finished = expandLabel(ciphers, 'sha256', secret, 'finished', 32)
  assert.equal(text(finished), '008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8')
})

test('the pseudorandom function of TLS 1.2 gives what it is known to give', () => {
  // The vector for SHA-256 that the TLS working group agreed on in 2009.
  const secret = hex('9bbe436ba940f017b17652849a71db35')
  const seed = hex('a0ba9f936cda311827a6f796ffd5198c')
  const out = prf(ciphers, 'sha256', secret, 'test label', seed, 100)
  assert.equal(text(out.subarray(0, 16)), 'e3f229ba727be17b8d122620557cd453')
})

test('suites: those with AEAD can be opened, others can’t', () => {
  assert.deepEqual(suiteOf(0x1302, 0x0304), {
    cipher: 'aes-256-gcm',
    keyLength: 32,
    tagLength: 16,
    hash: 'sha384',
    saltLength: 12,
  })
  assert.equal(suiteOf(0xc02f, 0x0303)?.saltLength, 4)
  assert.equal(suiteOf(0xcca8, 0x0303)?.saltLength, 12)
  assert.equal(suiteOf(0xc0a2, 0x0303)?.tagLength, 8)
  assert.equal(suiteOf(0xc013, 0x0303), undefined)
})

test('RFC 8448: the whole session opens', () => {
  const { wire, numbers } = spoken(SESSION, KEY_LOG)
  const trace = wire.trace()
  const [, , flight = 0, finished = 0, ticket = 0, asked = 0, answered = 0, closed = 0] = numbers

  const sealed = readBack(trace, flight)
  assert.equal(sealed.info, 'Encrypted Extensions, Certificate, Certificate Verify, Finished')
  assert.deepEqual(sealed.all('tls.handshake.type'), [8, 11, 15, 20])
  assert.equal(sealed.one('tls.record.opaque_type'), 23)
  assert.equal(sealed.one('tls.record.content_type'), 22)
  assert.equal(sealed.one('tls.handshake.certificate_length'), 432)
  assert.equal(sealed.one('tls.record.decrypted_by'), 'SERVER_HANDSHAKE_TRAFFIC_SECRET')
  assert.equal(readBack(trace, finished).info, 'Finished')
  assert.equal(readBack(trace, ticket).one('tls.handshake.session_ticket_lifetime_hint'), 30)

  const data = readBack(trace, asked)
  assert.equal(data.stack, 'eth:ip:tcp:tls:data')
  assert.equal(data.one('tls.app_data'), text(CLIENT_DATA.subarray(5)))
  assert.equal(data.one('data.data'), text(Uint8Array.from({ length: 50 }, (_, i) => i)))
  assert.deepEqual(
    data.packet.buffers.map((buffer) => buffer.name),
    ['Frame', 'Decrypted TLS'],
  )
  assert.equal(readBack(trace, answered).one('data.data'), data.one('data.data'))
  assert.equal(readBack(trace, closed).info, 'Alert (Level: Warning, Description: Close Notify)')
  assertSound(trace)
})

test('RFC 8448: it opens the same at every split point', () => {
  const short = SESSION.filter(([, bytes]) => bytes !== SERVER_FLIGHT && bytes !== TICKET)
  // The server's handshake is left out, and found to be: its next secret opens what comes.
  const told = everySplitAgrees(short, KEY_LOG)
  assert.ok(told.includes('tls.record.decrypted_by=SERVER_TRAFFIC_SECRET_0'))
})

test('without secrets, or with wrong ones, the record stays shut; a note says so once', () => {
  const wrong = KEY_LOG.replaceAll(/ [0-9a-f]{64}$/gm, ` ${'5a'.repeat(32)}`)
  const { wire, numbers } = spoken(SESSION, wrong)
  const trace = wire.trace()
  const notes = numbers.map((number) => readBack(trace, number).all('_ws.expert.message').length)
  assert.deepEqual(notes, [0, 0, 1, 1, 0, 0, 0, 0, 0])
  assert.equal(readBack(trace, numbers[5]!).stack, 'eth:ip:tcp:tls')
  const silent = spoken(SESSION, '')
  assert.deepEqual(readBack(silent.wire.trace(), silent.numbers[5]!).all('_ws.expert.message'), [])
})

test('a record changed on the way stays shut, and the next one opens', () => {
  const broken = Uint8Array.from(CLIENT_DATA)
  broken[20]! ^= 1
  const said: Said[] = [...SESSION.slice(0, 4), ['client', broken], ['client', CLIENT_CLOSES]]
  const { wire, numbers } = spoken(said, KEY_LOG)
  const trace = wire.trace()
  assert.match(String(readBack(trace, numbers[4]!).one('_ws.expert.message')), /No secret of the key log/)
  assert.equal(readBack(trace, numbers[5]!).one('tls.alert_message.desc'), 0)
})

test('secrets that come late open what comes behind them', () => {
  const wire = new Wire()
  const line = wire.open()
  for (const [side, bytes] of SESSION.slice(0, 5)) line.say(side, bytes)
  const until = wire.frames.length
  line.say('client', CLIENT_DATA)
  line.say('server', SERVER_DATA)
  const trace = new Trace()
  wire.frames.forEach((frame, i) => {
    if (i === until) trace.secrets.add(KEY_LOG)
    trace.add(frame)
  })
  assert.equal(readBack(trace, until + 1).one('tls.record.decrypted_by'), 'CLIENT_TRAFFIC_SECRET_0')
  assert.equal(readBack(trace, until + 2).one('tls.record.decrypted_by'), 'SERVER_TRAFFIC_SECRET_0')
  assert.equal(trace.secrets.late, true)
})

test('a record that is read before its secret is known is opened when that comes', () => {
  const wire = new Wire()
  const line = wire.open()
  const upTo = (count: number) => {
    for (const [side, bytes] of SESSION.slice(0, count).slice(said)) line.say(side, bytes)
    said = count
    return wire.frames.length
  }
  let said = 0
  // The server logs the secret of the client's data when it has its Finished: later than a capture sees both.
  const [serverHello, asked, answered] = [upTo(2), upTo(6), upTo(9)]
  const [clientShakes = '', serverShakes = '', clientSays = '', serverSays = ''] = KEY_LOG.split('\n')
  const trace = new Trace()
  const take = (from: number, to: number) => {
    for (const frame of wire.frames.slice(from, to)) trace.add(frame)
  }
  const view = trace.view(compileFilter('data && tls'))
  take(0, serverHello)
  trace.secrets.add(`${clientShakes}\n${serverShakes}\n${serverSays}`)
  take(serverHello, asked)
  assert.equal(readBack(trace, asked).stack, 'eth:ip:tcp:tls')
  view.advance(1000)
  assert.equal(view.total, 0)

  trace.secrets.add(clientSays)
  const opened = readBack(trace, asked)
  assert.equal(opened.stack, 'eth:ip:tcp:tls:data')
  assert.equal(opened.one('tls.record.decrypted_by'), 'CLIENT_TRAFFIC_SECRET_0')
  assert.deepEqual(view.page({ index: 0, limit: 5 }).numbers, [asked])
  take(asked, answered)
  assert.equal(readBack(trace, answered - 2).stack, 'eth:ip:tcp:tls:data')
  assert.equal(readBack(trace, answered).info, 'Alert (Level: Warning, Description: Close Notify)')
  assertSound(trace)
})

test('a capture that is whole is read again with secrets that came behind its packets', async () => {
  const { wire, numbers } = spoken(SESSION, '')
  const trace = wire.trace()
  trace.secrets.add(KEY_LOG)
  const { run } = trace
  assert.equal(readBack(trace, numbers[5]!).stack, 'eth:ip:tcp:tls')
  await trace.readAgain()
  assert.equal(readBack(trace, numbers[5]!).stack, 'eth:ip:tcp:tls:data')
  assert.equal(readBack(trace, numbers[2]!).one('tls.handshake.certificate_length'), 432)
  assert.notEqual(trace.run, run)
  assert.equal(trace.secrets.late, false)
  assert.equal(trace.flows.size, 1)
  assert.equal(trace.flows.get('tcp.0')?.packets, wire.frames.length)
})

test('records that the capture lacks are counted over, as far as some may be missing', async () => {
  const ask = (i: number) => utf8(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const answer = utf8('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  const talk = Array.from({ length: 12 }, (_, i) => [ask(i), answer] as const)
  const session = await tlsSession({ version: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', talk })
  // The tenth to last thing that the client said, and the two before it.
  const asked = session.said.flatMap(([side], i) => (side === 'client' ? [i] : []))
  const lost = new Set(asked.slice(-10, -7))
  const wire = new Wire(session.keyLog)
  const line = wire.open()
  session.said.forEach(([side, bytes], i) => {
    if (lost.has(i)) line.lose(side, bytes)
    else line.say(side, bytes)
  })
  const paths = uris(wire.trace())
  assert.ok(paths.length >= 8 && paths.length < 12, paths.join(' '))
  assert.equal(paths.at(-1), '/11')
})

function uris(trace: Trace): string[] {
  const found: string[] = []
  for (let number = 1; number <= trace.total; number++)
    found.push(...readBack(trace, number).all('http.request.uri').map(String))
  return found
}

const CASES = [
  { version: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', key: 'rsa' },
  { version: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384', key: 'ec' },
  { version: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256', key: 'rsa' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', key: 'rsa' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', key: 'ec' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-CHACHA20-POLY1305', key: 'rsa' },
  { version: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256', key: 'rsa' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-CCM', key: 'ec' },
] as const

/** A request, a long answer, an upgrade and messages: everything that a stream inside may be. */
const TALK: Parameters<typeof tlsSession>[0]['talk'] = [
  [
    utf8('POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello'),
    concat(
      utf8('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 40000\r\n\r\n'),
      new Uint8Array(40_000).fill(0x61),
    ),
  ],
  [
    utf8(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ),
    utf8(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    ),
  ],
  [
    wsFrame('client', 1, '40'),
    wsFrame('server', 1, '0{"sid":"s","upgrades":[],"pingInterval":1,"pingTimeout":1}'),
  ],
  [wsFrame('client', 1, '420["sum",2,3]'), wsFrame('server', 1, '430[5]')],
]

/** Said inside, without TLS. */
function bare(): Wire {
  const wire = new Wire()
  const line = wire.open()
  for (const [ask, answer] of TALK) {
    line.client(ask)
    line.server(answer)
  }
  return wire
}

/** Values of the fields above TLS, in order. */
function inside(trace: Trace): string[] {
  const found: string[] = []
  for (let number = 1; number <= trace.total; number++) {
    const { packet } = readBack(trace, number)
    for (const { protocol, fields } of packet.layers) {
      if (!/^(http|websocket|engineio|socketio)$/.test(protocol.id)) continue
      for (const { field, value } of fields)
        if (field.type === 'string' || field.type === 'uint') found.push(`${field.name}=${value}`)
    }
  }
  return found
}

let whole: Session | undefined

for (const { version, ciphers: names, key } of CASES) {
  test(`a session of Node’s over ${names} is read like the same words in the clear`, async () => {
    const session = await tlsSession({ version, ciphers: names, key, talk: TALK })
    whole ??= session
    const { wire } = spoken(session.said, session.keyLog)
    const trace = wire.trace()
    const secure = (line: string) => line.replace('https://', 'http://')
    assert.deepEqual(inside(trace).map(secure), inside(bare().trace()))
    assert.equal(trace.flows.get('tcp.0')?.protocol, 'Socket.IO')
    assertSound(trace)
  })
}

test('a packet opens after the ones before it were evicted', async () => {
  const session = whole ?? (await tlsSession({ ...CASES[0], talk: TALK }))
  const { wire } = spoken(session.said, session.keyLog)
  const trace = new Trace({ limitBytes: 64 * 1024 })
  trace.secrets.add(session.keyLog)
  for (const frame of wire.frames) trace.add(frame)
  const events: unknown[] = []
  // What else there is pushes the session out, packet by packet.
  const noise = new Wire()
  const line = noise.open()
  for (let i = 0; i < 200; i++) line.client(new Uint8Array(1000))
  for (const frame of noise.frames) {
    trace.add(frame)
    const last = trace.packet(wire.frames.length)
    if (typeof last === 'string') break
    for (let number = trace.first; number <= wire.frames.length; number++)
      events.push(...readBack(trace, number).all('socketio.event'))
  }
  assert.ok(events.includes('sum'))
  assert.ok(trace.first > 1)
})

test('no bytes cut off, turned over or left out can make it throw, or show what is not there', async () => {
  const session = whole ?? (await tlsSession({ ...CASES[0], talk: TALK }))
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff
    return seed % below
  }
  for (let round = 0; round < 60; round++) {
    const wire = new Wire(session.keyLog)
    const line = wire.open()
    for (const [side, bytes] of session.said) {
      const kind = random(10)
      const changed = Uint8Array.from(typeof bytes === 'string' ? utf8(bytes) : bytes)
      if (kind === 0) changed[random(changed.length)]! ^= 1 << random(8)
      if (kind === 1) continue
      if (kind === 2) line.lose(side, changed)
      else
        line.say(
          side,
          kind === 3 ? changed.subarray(0, 1 + random(changed.length)) : changed,
          1 + random(3000),
        )
    }
    line.close()
    assertSound(wire.trace())
  }
})

/** A record of TLS 1.3, sealed as the sender would. */
function seal(secret: Uint8Array, sequence: number, content: number, plain: Uint8Array): Uint8Array {
  const suite = suiteOf(0x1301, 0x0304)
  assert.ok(suite)
  const { key, iv } = trafficKeys(ciphers, suite, secret)
  const nonce = Uint8Array.from(iv)
  nonce[11]! ^= sequence
  const length = plain.length + 17
  const header = Uint8Array.of(23, 3, 3, length >> 8, length & 255)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  cipher.setAAD(header)
  const body = Buffer.concat([cipher.update(concat(plain, Uint8Array.of(content))), cipher.final()])
  return concat(header, body, cipher.getAuthTag())
}

test('after a KeyUpdate the next records are sealed with other keys, counted from 0', () => {
  const secret = hex('9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5')
  const next = expandLabel(ciphers, 'sha256', secret, 'traffic upd', 32)
  const update = hex('18 000001 00')
  const said: Said[] = [
    ...SESSION.slice(0, 4),
    ['client', concat(seal(secret, 0, 23, utf8('before')), seal(secret, 1, 22, update))],
    ['client', concat(seal(next, 0, 23, utf8('after')), seal(next, 1, 23, utf8('and on')))],
  ]
  const { wire, numbers } = spoken(said, KEY_LOG)
  const trace = wire.trace()
  assert.equal(readBack(trace, numbers[4]!).one('tls.handshake.key_update.request_update'), 0)
  assert.deepEqual(readBack(trace, numbers[5]!).all('data.data'), [text(utf8('after')), text(utf8('and on'))])
  // The update itself was lost: the new keys are found all the same.
  const without = spoken(
    said.filter((_, i) => i !== 4),
    KEY_LOG,
  )
  assert.equal(readBack(without.wire.trace(), without.numbers[4]!).all('data.data').length, 2)
})

test('padding behind the content is not shown as content', () => {
  const secret = hex('9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5')
  const padded = concat(utf8('short'), Uint8Array.of(23), new Uint8Array(100))
  const { wire, numbers } = spoken([...SESSION.slice(0, 4), ['client', seal(secret, 0, 0, padded)]], KEY_LOG)
  const read = readBack(wire.trace(), numbers[4]!)
  assert.equal(read.one('data.data'), text(utf8('short')))
  assert.equal(read.one('tls.record.decrypted_length'), 5)
})

test('CLIENT_HELLO and SERVER_HELLO alone show all there is to show', () => {
  const { wire } = spoken(
    [
      ['client', CLIENT_HELLO],
      ['server', SERVER_HELLO],
      ['client', CLIENT_FINISHED],
    ],
    KEY_LOG,
  )
  assertSound(wire.trace())
})

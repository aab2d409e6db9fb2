import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecord, isSsl2Hello } from '../../server/protocols/tls-record.ts'
import { concat, hex, utf8 } from '../frames.ts'
import { readBack } from './dissected.ts'
import { CLIENT_DATA, CLIENT_HELLO, SERVER_HELLO, SESSION } from './tls-vectors.ts'
import { assertSound, everySplitAgrees, Wire } from './wire.ts'

/** A record in the clear. */
const record = (type: number, content: Uint8Array) =>
  concat(Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 255), content)

/** A handshake message. */
const message = (type: number, body: Uint8Array) =>
  concat(Uint8Array.of(type, 0, body.length >> 8, body.length & 255), body)

test('a ClientHello on any port is TLS, field by field', () => {
  const wire = new Wire()
  const read =
    wire.read(wire.open().client(CLIENT_HELLO)) === undefined ? undefined : readBack(wire.trace(), 4)
  assert.ok(read)
  assert.match(read.stack, /tcp:tls$/)
  assert.equal(read.one('tls.record.content_type'), 22)
  assert.equal(read.one('tls.record.version'), 0x0301)
  assert.equal(read.one('tls.record.length'), 196)
  assert.equal(read.one('tls.handshake.type'), 1)
  assert.equal(read.one('tls.handshake.length'), 192)
  assert.equal(read.one('tls.handshake.version'), 0x0303)
  assert.equal(
    read.one('tls.handshake.random'),
    'cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7',
  )
  assert.deepEqual(read.all('tls.handshake.ciphersuite'), [0x1301, 0x1303, 0x1302])
  assert.equal(read.one('tls.handshake.extensions_server_name'), 'server')
  assert.deepEqual(read.all('tls.handshake.extension.type'), [0, 65_281, 10, 35, 51, 43, 13, 45, 28])
  assert.deepEqual(
    read.all('tls.handshake.extensions_supported_group'),
    [29, 23, 24, 25, 256, 257, 258, 259, 260],
  )
  assert.equal(read.one('tls.handshake.extensions_key_share_group'), 29)
  assert.equal(read.one('tls.handshake.extensions.supported_version'), 0x0304)
  assert.equal(read.one('tls.record_size_limit'), 16_385)
  assert.equal(
    read.one('tls.handshake.ja3_full'),
    '771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,29-23-24-25-256-257-258-259-260,',
  )
  assert.equal(read.info, 'Client Hello')
  assert.equal(read.packet.column, 'TLSv1')
})

test('after the ServerHello of TLS 1.3, what is sealed shows as application data of opaque type', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  line.server(SERVER_HELLO)
  const read = wire.read(line.client(CLIENT_DATA))
  assert.equal(read.packet.column, 'TLSv1.3')
  assert.equal(read.one('tls.record.opaque_type'), 23)
  assert.equal(read.one('tls.record.content_type'), undefined)
  assert.equal(read.one('tls.app_data'), Buffer.from(CLIENT_DATA.subarray(5)).toString('hex'))
  assert.equal(read.info, 'Application Data')
  assert.deepEqual(read.problems, [])
})

test('a session reads the same at every split point', () => {
  const said = SESSION.filter(([, bytes]) => bytes.length < 300)
  const told = everySplitAgrees(said)
  assert.ok(told.includes('tls.record.opaque_type=23'))
})

test('several records in one segment, and a record over many, are one layer each', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO, 50)
  const last = line.server(concat(SERVER_HELLO, record(20, Uint8Array.of(1))))
  const trace = wire.trace()
  const hello = readBack(trace, last - 1)
  assert.match(hello.stack, /tcp:tls$/)
  assert.deepEqual(
    hello.packet.buffers.map((buffer) => buffer.name),
    ['Frame', 'Reassembled TCP'],
  )
  const both = readBack(trace, last)
  assert.match(both.stack, /tcp:tls:tls$/)
  assert.equal(both.info, 'Server Hello · Change Cipher Spec')
})

test('a handshake message over several records is put together where it ends', () => {
  const wire = new Wire()
  const line = wire.open()
  const hello = CLIENT_HELLO.subarray(5)
  line.client(record(22, hello.subarray(0, 2)))
  line.client(record(22, hello.subarray(2, 90)))
  const last = line.client(record(22, concat(hello.subarray(90), message(20, hex('0011')))))
  const trace = wire.trace()
  const first = readBack(trace, last - 2)
  assert.equal(first.one('tls.handshake.reassembled_in'), last)
  assert.equal(first.info, '[Handshake Fragment]')
  const read = readBack(trace, last)
  assert.deepEqual(read.all('tls.handshake.type'), [1, 20])
  assert.deepEqual(read.all('tls.handshake.fragment'), [last - 2, last - 1, last])
  assert.equal(read.one('tls.handshake.fragment.count'), 3)
  assert.equal(read.one('tls.handshake.extensions_server_name'), 'server')
  assert.equal(read.info, 'Client Hello, Finished')
  assertSound(trace)
})

test('another record between its parts ends a handshake message that never came to its end', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(record(22, CLIENT_HELLO.subarray(5, 90)))
  const alert = line.client(record(21, hex('0228')))
  const next = line.client(CLIENT_HELLO)
  const trace = wire.trace()
  assert.equal(readBack(trace, alert - 1).one('tls.handshake.reassembled_in'), undefined)
  assert.equal(readBack(trace, alert).info, 'Alert (Level: Fatal, Description: Handshake Failure)')
  assert.equal(readBack(trace, next).one('tls.handshake.extensions_server_name'), 'server')
})

test('values of GREASE are named so, and left out of JA3', () => {
  const wire = new Wire()
  const greased = Uint8Array.from(CLIENT_HELLO)
  // The first suite.
  greased.set(hex('3a3a'), 5 + 4 + 2 + 32 + 1 + 2)
  const read = wire.read(wire.open().client(greased))
  assert.deepEqual(read.all('tls.handshake.ciphersuite'), [0x3a3a, 0x1303, 0x1302])
  assert.match(String(read.one('tls.handshake.ja3_full')), /^771,4867-4866,/)
  assert.equal(
    read.packet.layers.at(-1)?.protocol.fields['handshake.ciphersuite']?.values?.[0x3a3a],
    'Reserved (GREASE)',
  )
})

test('TLS 1.2: what comes behind ChangeCipherSpec is sealed, whatever its type', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  const serverHello = message(2, concat(hex('0303'), new Uint8Array(32), hex('00c02f000000')))
  line.server(record(22, serverHello))
  line.client(concat(record(20, Uint8Array.of(1)), record(22, new Uint8Array(40).fill(7))))
  const alert = line.client(record(21, new Uint8Array(26).fill(9)))
  const trace = wire.trace()
  const sealed = readBack(trace, alert - 1)
  assert.equal(sealed.packet.column, 'TLSv1.2')
  assert.equal(sealed.info, 'Change Cipher Spec · Encrypted Handshake Message')
  assert.deepEqual(sealed.all('tls.handshake.type'), [])
  const read = readBack(trace, alert)
  assert.equal(read.info, 'Encrypted Alert')
  assert.equal(read.one('tls.alert_message.level'), undefined)
})

test('a heartbeat that promises more than it brings is told of', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  const read = wire.read(line.client(record(24, hex('01 4000 61'))))
  assert.equal(read.one('tls.heartbeat_message.payload_length'), 0x4000)
  assert.match(String(read.one('_ws.expert.message')), /16384 promised, 1 here/)
})

const SSL2_HELLO = hex(
  '802e 01 0301 0015 0000 0010 010080 0700c0 030080 00002f 000035 00000a 00000d 000102030405060708090a0b0c0d0e0f',
)

test('the hello of SSL 2 is known by its lengths', () => {
  assert.equal(isSsl2Hello(SSL2_HELLO, 0), true)
  const wire = new Wire()
  const read = wire.read(wire.open().client(SSL2_HELLO))
  assert.equal(read.packet.column, 'SSLv2')
  assert.equal(read.one('tls.handshake.version'), 0x0301)
  assert.deepEqual(
    read.all('tls.handshake.cipherspec'),
    [0x010080, 0x0700c0, 0x030080, 0x2f, 0x35, 0x0a, 0x0d],
  )
  assert.deepEqual(read.problems, [])
})

test('bytes that are no TLS stay data, on whatever port', () => {
  for (const bytes of [
    utf8('SSH-2.0-OpenSSH_9.2\r\n'),
    hex('16 05 00 00 01 00'),
    hex('17 03 03 00 00'),
    hex('80 03 01 03 01 00 00 00 00 00 00 00'),
  ]) {
    const wire = new Wire()
    const read = wire.read(wire.open().client(bytes))
    assert.match(read.stack, /tcp:data$/, Buffer.from(bytes).toString('hex'))
  }
  assert.equal(isRecord(hex('16 03 03 48 01'), 0), false)
  assert.equal(isRecord(hex('16 03 03 48 00'), 0), true)
})

test('what is no record in a TLS connection is passed over, and the next record read', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  const odd = line.client(utf8('not a record'))
  const alert = line.client(record(21, hex('0100')))
  const trace = wire.trace()
  assert.equal(readBack(trace, odd).info, 'Ignored Unknown Record')
  assert.equal(readBack(trace, alert).one('tls.alert_message.desc'), 0)
})

test('after a gap the next record that begins a segment is found', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  line.lose('client', new Uint8Array(2000))
  line.client(new Uint8Array(100))
  // Acknowledged: nobody will send them again.
  line.server(SERVER_HELLO)
  const read = wire.read(line.client(record(21, hex('0100'))))
  assert.equal(read.one('tls.alert_message.desc'), 0)
})

test('a record that the stream ends in shows what came, and says what is missing', () => {
  const wire = new Wire()
  const line = wire.open()
  line.client(CLIENT_HELLO)
  line.client(CLIENT_DATA.subarray(0, 30))
  const last = line.close()
  const trace = wire.trace()
  const read = [last - 2, last - 1, last].map((number) => readBack(trace, number))
  assert.ok(
    read.some(
      ({ stack, problems }) => /tls/.test(stack) && /Content: need \d+ bytes/.test(problems.join(' ')),
    ),
  )
})

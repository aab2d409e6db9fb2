import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, hex, START_TIME, udpFrame, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import {
  ANSWER,
  message,
  OPTIONS,
  optRecord,
  POINTER,
  QUERY,
  question,
  RECORDS,
  record,
  u16s,
} from './dns-messages.ts'
import { assertSound, everySplitAgrees, type Said, Wire } from './wire.ts'

const CLIENT = { address: '10.0.0.2', port: 5000 }
const SERVER = { address: '10.0.0.53', port: 53 }
const MS = 1_000_000n

/** Who says what, and how many milliseconds after the capture began. */
const ask = (payload: Uint8Array, ms = 0) => udpFrame(CLIENT, SERVER, payload, START_TIME + BigInt(ms) * MS)
const tell = (payload: Uint8Array, ms = 0) => udpFrame(SERVER, CLIENT, payload, START_TIME + BigInt(ms) * MS)
const query = (id: number, of = 'example.com', type = 1) =>
  message(id, QUERY, { questions: [question(of, type)] })
const answer = (...answers: Uint8Array[]) =>
  message(1, ANSWER, { questions: [question('example.com', 1)], answers })

describe('a question', () => {
  test('has an id, flags, and a name without its lengths', () => {
    //                 id   flags counts            7 e x a m p l e         3 c o m       0  A    IN
    const bytes = hex('1234 0100 0001000000000000 076578616d706c65 03636f6d 00 0001 0001')
    const packet = dissected(ask(bytes))
    assert.equal(packet.stack, 'eth:ip:udp:dns')
    assert.equal(packet.one('dns.id'), 0x1234)
    assert.equal(packet.one('dns.flags.response'), false)
    assert.equal(packet.one('dns.flags.recdesired'), true)
    assert.equal(packet.one('dns.flags.rcode'), undefined)
    assert.equal(packet.one('dns.qry.name'), 'example.com')
    assert.equal(packet.one('dns.qry.name.len'), 11)
    assert.equal(packet.one('dns.count.labels'), 2)
    assert.equal(packet.one('dns.qry.type'), 1)
    const { start, end } = packet.span('dns.qry.name')
    assert.deepEqual([start, end], [42 + 12, 42 + 25])
    assert.equal(packet.info, 'Standard query 0x1234 A example.com')
    assert.deepEqual(packet.problems, [])
  })

  test('about the root is about <Root>', () => {
    assert.equal(dissected(ask(query(1, '', 2))).one('dns.qry.name'), '<Root>')
  })

  test('may have any bytes in its name: control characters are written out, and what is no UTF-8 is replaced', () => {
    const labels = concat(
      Uint8Array.of(3, 0x61, 0x07, 0x01),
      Uint8Array.of(2, 0xc3, 0xbc),
      Uint8Array.of(1, 0xff, 0),
    )
    const packet = dissected(ask(message(1, QUERY, { questions: [question(labels, 1)] })))
    assert.equal(packet.one('dns.qry.name'), 'a\\a\\001.ü.\ufffd')
  })
})

describe('an answer', () => {
  test('is joined with its question by the id, with the time between', () => {
    const trace = traceOf(ask(query(1), 0), tell(answer(RECORDS.A!), 20))
    assert.equal(readBack(trace, 1).one('dns.response_in'), 2)
    assert.equal(readBack(trace, 2).one('dns.response_to'), 1)
    assert.equal(readBack(trace, 2).one('dns.time'), 0.02)
    assert.equal(readBack(trace, 2).one('dns.a'), '1.2.3.4')
    assert.equal(readBack(trace, 2).info, 'Standard query response 0x0001 A example.com A 1.2.3.4')
  })

  test('that nobody asked for is unsolicited', () => {
    assert.equal(dissected(tell(answer())).one('dns.unsolicited'), true)
    assert.equal(dissected(ask(query(2)), tell(answer())).one('dns.unsolicited'), true)
  })

  test('and question that come again name the first; after five seconds the same id is another question', () => {
    const trace = traceOf(
      ask(query(1)),
      ask(query(1), 1),
      tell(answer(), 2),
      tell(answer(), 3),
      ask(query(1), 4),
      ask(query(1), 6000),
    )
    assert.equal(readBack(trace, 2).one('dns.retransmit_request_in'), 1)
    assert.equal(readBack(trace, 4).one('dns.retransmit_response_in'), 3)
    for (const number of [1, 3, 5, 6])
      assert.equal(readBack(trace, number).one('dns.retransmission'), undefined)
  })

  test('says why there is none', () => {
    const packet = dissected(tell(message(1, 0x8183, { questions: [question('no.such', 1)] })))
    assert.equal(packet.one('dns.flags.rcode'), 3)
    assert.match(packet.info, /response 0x0001 No such name A no\.such/)
  })
})

describe('names', () => {
  test('are read through pointers, and end in place behind the first', () => {
    const packet = dissected(tell(answer(record(5, concat(utf8('\x05alias'), POINTER)))))
    assert.equal(packet.one('dns.cname'), 'alias.example.com')
    const { start, end } = packet.span('dns.cname')
    assert.equal(end - start, 8)
  })

  test('whose pointers go round in a circle end', () => {
    for (const pointers of [POINTER, Uint8Array.of(1, 0x61, 0xc0, 12), Uint8Array.of(0xc0, 14, 0xc0, 12)]) {
      const packet = dissected(tell(message(1, ANSWER, { questions: [question(pointers, 1)] })))
      assert.equal(packet.one('dns.qry.name'), '<Name contains a pointer that loops>')
    }
  })

  test('that point behind the message are said to be wrong', () => {
    const packet = dissected(
      tell(message(1, ANSWER, { questions: [question(Uint8Array.of(0xff, 0xff), 1)] })),
    )
    assert.match(packet.problems.join(), /^Name: need 1 bytes at offset/)
  })
})

describe('records', () => {
  for (const [type, bytes] of Object.entries(RECORDS)) {
    test(`of type ${type} are read to their end`, () => {
      const packet = dissected(tell(answer(bytes, RECORDS.A!)))
      assert.deepEqual(packet.problems, [])
      assert.deepEqual(packet.all('_ws.expert.message'), [])
      assert.equal(packet.all('dns.a').at(-1), '1.2.3.4')
      assert.equal(packet.one('dns.extraneous.length'), undefined)
    })
  }

  test('of the extension have options', () => {
    const packet = dissected(
      ask(message(1, QUERY, { questions: [question('x.y', 1)], additional: [optRecord(OPTIONS)] })),
    )
    assert.deepEqual(packet.problems, [])
    assert.deepEqual(
      packet.all('dns.opt.code'),
      OPTIONS.map(([code]) => code),
    )
    assert.equal(packet.one('dns.opt.client.addr4'), '1.2.3.0')
    assert.equal(packet.one('dns.opt.client.addr6'), '1:203:405:607:809:a0b:c0d:e0f')
    assert.equal(packet.one('dns.opt.ext_error.extra_text'), 'stale')
    assert.equal(packet.one('dns.resp.z.do'), true)
    assert.equal(packet.one('dns.rr.udp_payload_size'), 4096)
  })

  test('whose data is longer than the message are said to be wrong, and those before them are kept', () => {
    const packet = dissected(tell(answer(RECORDS.A!, RECORDS.A!).slice(0, -2)))
    assert.equal(packet.one('dns.a'), '1.2.3.4')
    assert.match(packet.problems.join(), /^Record data: need 4 bytes/)
  })
})

test('bytes behind the last record are shown as such', () => {
  const packet = dissected(tell(concat(answer(), utf8('extra'))))
  assert.equal(packet.one('dns.extraneous.length'), 5)
})

test('a dynamic update counts zones, prerequisites and updates', () => {
  const update = message(1, 0x2800, {
    questions: [question('zone.x', 6)],
    authority: [record(1, hex('01020304'), 'a.zone.x')],
  })
  const packet = dissected(ask(update))
  assert.equal(packet.one('dns.count.zones'), 1)
  assert.equal(packet.one('dns.count.updates'), 1)
  assert.equal(packet.one('dns.count.queries'), undefined)
})

test('multicast DNS has flags in the class, and LLMNR others in the header', () => {
  const mdns = dissected(
    udpFrame(
      { ...CLIENT, port: 5353 },
      { address: '224.0.0.251', port: 5353 },
      message(0, 0, { questions: [question('_x._udp.local', 12, 0x8001)] }),
    ),
  )
  assert.equal(mdns.stack, 'eth:ip:udp:mdns')
  assert.equal(mdns.one('dns.qry.class'), 1)
  assert.equal(mdns.one('dns.qry.qu'), true)
  const llmnr = dissected(
    udpFrame(
      CLIENT,
      { address: '224.0.0.252', port: 5355 },
      message(5, 0x0100, { questions: [question('host', 1)] }),
    ),
  )
  assert.equal(llmnr.stack, 'eth:ip:udp:llmnr')
  assert.equal(llmnr.one('dns.flags.tentative'), true)
  assert.equal(llmnr.one('dns.flags.recdesired'), undefined)
})

describe('over TCP', () => {
  const framed = (bytes: Uint8Array) => concat(u16s(bytes.length), bytes)
  const said: Said[] = [
    ['client', concat(framed(query(1)), framed(query(2, 'two.example', 28)))],
    [
      'server',
      concat(
        framed(answer(RECORDS.A!)),
        framed(message(2, ANSWER, { questions: [question('two.example', 28)], answers: [RECORDS.AAAA!] })),
      ),
    ],
  ]

  test('each message has its length in front, and they are the same at every split point', () => {
    const told = everySplitAgrees(said, '', 53)
    assert.equal(told.filter((line) => line === '[dns]').length, 4)
    assert.ok(told.includes('dns.qry.name=two.example'))
  })

  test('questions and answers are joined', () => {
    const wire = new Wire()
    const line = wire.open(53)
    const asked = line.client(said[0]![1])
    const answered = line.server(said[1]![1])
    assert.deepEqual(wire.read(answered).all('dns.response_to'), [asked, asked])
    assert.deepEqual(wire.read(asked).all('dns.response_in'), [answered, answered])
  })
})

test('a record whose data runs past the length that it tells of leaves every span inside', () => {
  const at = 10
  for (const whole of Object.values(RECORDS)) {
    const told = new DataView(whole.buffer, whole.byteOffset).getUint16(at)
    if (told !== whole.length - at - 2) continue
    for (let length = 0; length < told; length++) {
      const shorter = whole.slice()
      new DataView(shorter.buffer).setUint16(at, length)
      const bytes = message(1, ANSWER, { questions: [question('example.com', 1)], answers: [shorter] })
      assertSound(traceOf(udpFrame({ ...CLIENT, port: 53 }, { ...SERVER, port: 53 }, bytes)))
    }
  }
})

test('any bytes are read without a defect, and every span stays inside', () => {
  const good = message(1, ANSWER, {
    questions: [question('example.com', 1)],
    answers: Object.values(RECORDS),
    additional: [optRecord(OPTIONS)],
  })
  const change = fc.record({ at: fc.nat(good.length - 1), value: fc.integer({ min: 0, max: 255 }) })
  const spoilt = fc.tuple(fc.array(change, { maxLength: 6 }), fc.nat(good.length)).map(([changes, cut]) => {
    const bytes = good.slice(0, good.length - (cut % 3 === 0 ? cut : 0))
    for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
    return bytes
  })
  const payload = fc.oneof(fc.uint8Array({ maxLength: 80 }), spoilt)
  fc.assert(
    fc.property(fc.array(fc.tuple(payload, fc.constantFrom(53, 5353, 5355)), { maxLength: 4 }), (parts) => {
      const frames: Frame[] = parts.map(([bytes, port]) =>
        udpFrame({ ...CLIENT, port }, { ...SERVER, port }, bytes),
      )
      assertSound(traceOf(...frames))
    }),
    { numRuns: 300 },
  )
})

test('a name that is nothing but pointers and labels takes time that grows with the message', () => {
  const labels = concat(
    ...Array.from({ length: 4000 }, () => Uint8Array.of(1, 0x61)),
    Uint8Array.of(0xc0, 12),
  )
  const records = Array.from({ length: 500 }, () => record(1, hex('01020304')))
  const packet = dissected(tell(message(1, ANSWER, { questions: [question(labels, 1)], answers: records })))
  assert.equal(packet.one('dns.qry.name'), '<Name contains a pointer that loops>')
  assert.equal(packet.all('dns.a').length, 500)
})

test('a message of nothing but pointers, each to the one before, is not walked through for each of its names', () => {
  const chain = concat(...Array.from({ length: 4000 }, (_, i) => u16s(0xc000 | Math.max(12, 10 + 2 * i))))
  const bytes = concat(u16s(1, ANSWER, 0xffff, 0, 0, 0), chain)
  const packet = dissected(tell(bytes))
  const names = packet.all('dns.qry.name')
  assert.ok(names.length > 1000)
  assert.deepEqual([...new Set(names)], ['<Name contains a pointer that loops>'])
})

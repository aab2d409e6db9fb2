import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hex, TcpConversation, tcpFrame, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import { A, B, SAMPLES, SYN } from './sample-frames.ts'

/** A segment with these option bytes, right from the header length up. */
const withOptions = (options: string, payload = '') =>
  dissected(tcpFrame(A, B, { seq: 1, flags: 'PA', options: hex(options), payload: utf8(payload) }))

describe('TCP options', () => {
  test('maximum segment size, SACK permitted, timestamps, no operation, window scale', () => {
    const it = dissected(SYN)
    assert.deepEqual(it.all('tcp.option_kind'), [2, 4, 8, 1, 3])
    assert.deepEqual(it.all('tcp.option_len'), [4, 2, 10, 3])
    assert.equal(it.one('tcp.options.mss_val'), 1460)
    assert.equal(it.one('tcp.options.timestamp.tsval'), 10)
    assert.equal(it.one('tcp.options.timestamp.tsecr'), 9)
    assert.equal(it.one('tcp.options.wscale.shift'), 7)
    assert.equal(it.one('tcp.options.wscale.multiplier'), 128)
  })

  test('SACK edges are relative to the stream that they acknowledge', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.segment('server', 'A', { options: hex('0101 050a 000007d1 00000bb9') })
    const it = readBack(traceOf(...talk.frames), 4)
    assert.equal(it.one('tcp.options.sack_le'), 1001)
    assert.equal(it.one('tcp.options.sack_re'), 2001)
    assert.equal(it.one('tcp.options.sack.count'), 1)
    assert.match(it.info, / SLE=1001 SRE=2001$/)
  })

  test('Fast Open, an experiment, Multipath TCP that ends early, and the end with its padding', () => {
    const it = dissected(SAMPLES['TCP with Fast Open, unknown and ending options']!)
    assert.deepEqual(it.all('tcp.option_kind'), [34, 253, 30, 0, 0])
    assert.equal(it.one('tcp.options.tfo.cookie'), '0102030405060708')
    assert.equal(it.one('tcp.options.experimental.exid'), 0xabcd)
    assert.equal(withOptions('2202 0101').all('tcp.options.tfo.request').length, 1)
    assert.equal(withOptions('03030f').all('tcp.options.wscale.shift.invalid').length, 1)
  })

  test('an option of a wrong length is noted, and what follows it still read', () => {
    const cases: Record<string, [string, number[]]> = {
      '08000000': ['Timestamps option: expected a length from 2 to 4, found 0', []],
      '08010000': ['Timestamps option: expected a length from 2 to 4, found 1', []],
      '08ff0000': ['Timestamps option: expected a length from 2 to 4, found 255', []],
      '02030001': ['Maximum Segment Size option: expected a length of 4, found 3', [2, 1]],
      '01010108': ['Timestamps option: expected a length from 2 to 1, found 0', [1, 1, 1]],
      fd000000: ['Experiment 1 option: expected a length from 2 to 4, found 0', []],
      fd020101: ['Experiment 1 option: expected a length of at least 4, found 2', [253, 1, 1]],
    }
    for (const [options, [problem, kinds]] of Object.entries(cases)) {
      const it = withOptions(options, 'hello')
      assert.equal(it.span('tcp.option.len.invalid').text, problem)
      assert.deepEqual(it.all('tcp.option_kind'), kinds)
      assert.equal(it.stack, 'eth:ip:tcp:data')
      assert.equal(it.one('data.text'), 'hello')
    }
  })

  test('an option that ends within one of its parts is noted, and what follows it still read', () => {
    const cut = withOptions('1e042007 0101')
    assert.equal(cut.all('tcp.suboption_malformed').length, 1)
    assert.deepEqual(cut.all('tcp.option_kind'), [30, 1, 1, 0, 0])
    const half = withOptions('0506 00000005 0101')
    assert.equal(half.one('tcp.options.sack.count'), 0)
    assert.equal(half.all('tcp.suboption_malformed').length, 1)
  })

  test('MD5 signature, authentication, user timeout, quick start, echo and connection count', () => {
    assert.equal(withOptions(`1312 ${'ab'.repeat(16)} 0101`).one('tcp.options.md5.digest'), 'ab'.repeat(16))
    const ao = withOptions('1d08 01 02 0304aabb')
    assert.equal(ao.one('tcp.options.ao.keyid'), 1)
    assert.equal(ao.one('tcp.options.ao.rnextkeyid'), 2)
    assert.equal(ao.one('tcp.options.ao.mac'), '0304aabb')
    const timeout = withOptions('1c04 8005')
    assert.equal(timeout.one('tcp.options.user_to_granularity'), true)
    assert.equal(timeout.one('tcp.options.user_to_val'), 5)
    const start = withOptions('1b08 f3 12 000000ff')
    assert.equal(start.one('tcp.options.qs.rate'), 3)
    assert.equal(start.one('tcp.options.qs.ttl_diff'), 0x12)
    assert.equal(withOptions('0706 0000000b 0101').one('tcp.options.echo_value'), 11)
    assert.equal(withOptions('0c06 0000000d 0101').one('tcp.options.cc_value'), 13)
  })

  test('Accurate ECN counters, in either order, as many as there are', () => {
    const zeroFirst = withOptions('ac0b 000001 000002 000003 01')
    assert.equal(zeroFirst.one('tcp.options.acc_ecn.ee0b'), 1)
    assert.equal(zeroFirst.one('tcp.options.acc_ecn.eceb'), 2)
    assert.equal(zeroFirst.one('tcp.options.acc_ecn.ee1b'), 3)
    const oneFirst = withOptions('ae08 000001 000002')
    assert.equal(oneFirst.one('tcp.options.acc_ecn.ee1b'), 1)
    assert.equal(oneFirst.one('tcp.options.acc_ecn.eceb'), 2)
    assert.equal(oneFirst.one('tcp.options.acc_ecn.ee0b'), undefined)
  })

  test('Multipath TCP: capable, join, data sequence, addresses, reset', () => {
    const capable = withOptions('1e14 01 81 0102030405060708 1112131415161718')
    assert.equal(capable.one('tcp.options.mptcp.version'), 1)
    assert.equal(capable.one('tcp.options.mptcp.sendkey'), 0x0102030405060708n)
    assert.equal(capable.one('tcp.options.mptcp.recvkey'), 0x1112131415161718n)
    assert.equal(capable.one('tcp.options.mptcp.sha256.flag'), 1)
    const join = withOptions('1e0c 11 02 03040506 0708090a')
    assert.equal(join.one('tcp.options.mptcp.backup.flag'), 1)
    assert.equal(join.one('tcp.options.mptcp.recvtok'), 0x03040506)
    const data = withOptions('1e14 20 05 00000001 00000002 00000003 0004 abcd')
    assert.equal(data.one('tcp.options.mptcp.rawdataack'), 1n)
    assert.equal(data.one('tcp.options.mptcp.rawdataseqno'), 2n)
    assert.equal(data.one('tcp.options.mptcp.subflowseqno'), 3)
    assert.equal(data.one('tcp.options.mptcp.datalvllen'), 4)
    assert.equal(data.one('tcp.options.mptcp.checksum'), 0xabcd)
    const address = withOptions('1e0a 34 01 0a000001 1388 0101')
    assert.equal(address.one('tcp.options.mptcp.ipv4'), '10.0.0.1')
    assert.equal(address.one('tcp.options.mptcp.port'), 5000)
    assert.deepEqual(withOptions('1e06 40 010203 0101').all('tcp.options.mptcp.addrid'), [1, 2, 3])
    assert.equal(withOptions('1e04 81 02').one('tcp.options.mptcp.rst_reason'), 2)
  })

  test('a block below what is acknowledged, or within the second, tells of bytes that came twice', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'x'.repeat(3000))
    talk.segment('server', 'A', { options: hex('0101 050a 000007d1 00000bb9') })
    const it = readBack(traceOf(...talk.frames), 5)
    assert.equal(it.one('tcp.options.sack.dsack_le'), 1001)
    assert.equal(it.one('tcp.options.sack.dsack_re'), 2001)
    assert.equal(it.all('tcp.options.sack.dsack').length, 1)
  })

  test('notes on what should not be: a SYN without MSS, an MSS outside of one, four NOPs, padding that is none', () => {
    const talk = new TcpConversation()
    talk.segment('client', 'S', { options: hex('01010101') })
    const syn = dissected(...talk.frames)
    assert.equal(syn.all('tcp.options.mss.absent').length, 1)
    assert.equal(syn.all('tcp.nop').length, 1)
    const late = withOptions('020405b4')
    assert.equal(late.all('tcp.options.mss.present').length, 1)
    assert.equal(withOptions('00ffffff').all('tcp.non_zero_bytes_after_eol').length, 1)
  })

  test('a window scale above 14 counts as 14', () => {
    const it = withOptions('03030f 00')
    assert.equal(it.one('tcp.options.wscale.shift'), 15)
    assert.equal(it.one('tcp.options.wscale.multiplier'), 16_384)
  })
})

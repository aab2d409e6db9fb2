import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tcp } from '../../server/protocols/tcp.ts'
import { cutTo, hex, TcpConversation, tcpFrame, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import { A, B, DATA, ipv4Of, onEthernet, SAMPLES, SYN } from './sample-frames.ts'

/** A segment with these option bytes, right from the header length up. */
const withOptions = (options: string, payload = '') =>
  dissected(tcpFrame(A, B, { seq: 1, flags: 'PA', options: hex(options), payload: utf8(payload) }))

/** Wireshark's names (packet-tcp.c). */
const FINDINGS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'duplicate_ack',
  'keep_alive',
  'keep_alive_ack',
  'window_update',
  'window_full',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'reused_ports',
]

describe('the TCP header', () => {
  test('every field of a SYN', () => {
    const it = dissected(SYN)
    assert.equal(it.stack, 'eth:ip:tcp')
    assert.equal(it.one('tcp.srcport'), 51_324)
    assert.equal(it.one('tcp.dstport'), 4001)
    assert.equal(it.one('tcp.stream'), 0)
    assert.equal(it.one('tcp.len'), 0)
    assert.equal(it.one('tcp.seq'), 0)
    assert.equal(it.one('tcp.seq_raw'), 1000)
    assert.equal(it.one('tcp.nxtseq'), 1)
    assert.equal(it.one('tcp.ack'), 0)
    assert.equal(it.one('tcp.ack_raw'), 0)
    assert.equal(it.one('tcp.hdr_len'), 40)
    assert.equal(it.one('tcp.flags'), 0x002)
    assert.equal(it.one('tcp.flags.syn'), true)
    assert.equal(it.one('tcp.flags.ack'), false)
    assert.equal(it.one('tcp.flags.str'), '··········S·')
    assert.equal(it.span('tcp.flags').text, '0x002 (SYN)')
    assert.equal(it.one('tcp.window_size_value'), 65_535)
    assert.equal(it.one('tcp.window_size'), 65_535)
    assert.equal(it.one('tcp.window_size_scalefactor'), undefined)
    assert.equal(it.one('tcp.checksum.status'), 2)
    assert.equal(it.one('tcp.urgent_pointer'), 0)
    assert.equal(
      it.info,
      '51324 → 4001 [SYN] Seq=0 Win=65535 Len=0 MSS=1460 SACK_PERM TSval=10 TSecr=9 WS=128',
    )
    const place = (name: string) => [it.span(name).start - 34, it.span(name).end - 34]
    assert.deepEqual(place('tcp.seq'), [4, 8])
    assert.deepEqual(place('tcp.hdr_len'), [12, 13])
    assert.deepEqual(place('tcp.flags'), [12, 14])
    assert.deepEqual(place('tcp.flags.fin'), [12, 14])
    assert.deepEqual(place('tcp.window_size'), [14, 16])
    assert.deepEqual(place('tcp.options'), [20, 40])
  })

  test('every flag by itself', () => {
    const names = ['fin', 'syn', 'reset', 'push', 'ack', 'urg', 'ece', 'cwr', 'ae']
    names.forEach((name, bit) => {
      const bytes = DATA.bytes.slice()
      new DataView(bytes.buffer).setUint16(34 + 12, 0x5000 | (1 << bit))
      const it = dissected({ ...DATA, bytes })
      for (const other of names)
        assert.equal(it.one(`tcp.flags.${other}`), other === name, `${name}: ${other}`)
    })
  })

  test('numbers are relative to the handshake, the window scaled as it agreed', () => {
    const talk = new TcpConversation({ clientSeq: 0xffff_fffe, serverSeq: 70_000, window: 512 })
    const scale = { options: hex('030307') }
    talk.segment('client', 'S', scale)
    talk.segment('server', 'SA', scale)
    talk.segment('client', 'A')
    talk.send('client', 'hello\n')
    talk.segment('server', 'A')
    const trace = traceOf(...talk.frames)
    const data = readBack(trace, 4)
    assert.equal(data.info, '50000 → 4001 [PSH, ACK] Seq=1 Ack=1 Win=65536 Len=6')
    assert.equal(data.one('tcp.seq'), 1)
    assert.equal(data.one('tcp.seq_raw'), 0xffff_ffff)
    assert.equal(data.one('tcp.nxtseq'), 7)
    assert.equal(data.one('tcp.ack'), 1)
    assert.equal(data.one('tcp.window_size'), 65_536)
    assert.equal(data.one('tcp.window_size_scalefactor'), 128)
    assert.equal(data.one('tcp.payload'), Buffer.from('hello\n').toString('hex'))
    assert.equal(data.packet.flow?.id, 'tcp.0')
    const ack = readBack(trace, 5)
    assert.equal(ack.one('tcp.ack'), 7)
    assert.equal(ack.one('tcp.analysis.acks_frame'), 4)
    assert.equal(ack.one('tcp.analysis.ack_rtt'), 0.001)
  })

  test('what the stream makes of a segment is shown and prefixed', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello\n')
    const again = { ...talk.frames[3]!, time: talk.frames[3]!.time + 900_000_000n }
    const it = readBack(traceOf(...talk.frames, again), 5)
    assert.deepEqual(it.all('tcp.analysis.retransmission'), [''])
    assert.match(it.info, /^\[TCP Retransmission\] 50000 → 4001 \[PSH, ACK\]/)
  })

  test('duplicate acknowledgments are numbered and name the first', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello\n')
    for (let i = 0; i < 3; i++) talk.ack('server')
    const it = readBack(traceOf(...talk.frames), 7)
    assert.equal(it.one('tcp.analysis.duplicate_ack_num'), 2)
    assert.equal(it.one('tcp.analysis.duplicate_ack_frame'), 5)
    assert.match(it.info, /^\[TCP Dup ACK 5#2\] 4001 → 50000/)
  })

  test('every finding of the analysis that the stream may name is a field', () => {
    const named = Object.values(tcp.fields).map((field) => field.name)
    for (const finding of FINDINGS) assert.ok(named.includes(`tcp.analysis.${finding}`), finding)
  })

  test('a segment of 64 kB, as on the loopback', () => {
    const payload = new Uint8Array(65_535 - 40).fill(0x61)
    const it = dissected(tcpFrame(A, B, { seq: 1, flags: 'PA', payload }))
    assert.equal(it.one('tcp.len'), payload.length)
    assert.equal((it.one('tcp.payload') as string).length, payload.length * 2)
    assert.deepEqual(it.problems, [])
  })

  test('bytes that the capture cut off still count in tcp.len', () => {
    const it = dissected(cutTo(DATA, DATA.bytes.length - 4))
    assert.equal(it.one('tcp.len'), 6)
    assert.equal(it.one('tcp.payload'), Buffer.from('he').toString('hex'))
    const all = dissected(cutTo(DATA, DATA.bytes.length - 6))
    assert.equal(all.one('tcp.len'), 6)
    assert.equal(all.one('tcp.payload'), undefined)
    assert.match(all.info, /Len=6/)
  })

  test('a header length below 20 ends in an error layer and belongs to no conversation', () => {
    const bytes = DATA.bytes.slice()
    bytes[34 + 12] = 0x40
    const it = dissected({ ...DATA, bytes })
    assert.equal(it.stack, 'eth:ip:tcp:_ws.malformed')
    assert.deepEqual(it.problems, ['Header Length: expected at least 20 bytes, found 16 at offset 46'])
    assert.equal(it.packet.flow, undefined)
  })

  test('a header length beyond the segment ends in an error layer', () => {
    const bytes = DATA.bytes.slice()
    bytes[34 + 12] = 0xf0
    const it = dissected({ ...DATA, bytes })
    assert.deepEqual(it.problems, ['Options: need 40 bytes at offset 54, have 6'])
  })

  test('a header that ends early keeps the fields before', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(6, DATA.bytes.slice(34, 34 + 14))))
    assert.equal(it.one('tcp.ack_raw'), 9001)
    assert.equal(it.one('tcp.flags.push'), true)
    assert.deepEqual(it.problems, ['Window: need 2 bytes at offset 48, have 0'])
  })

  test('bytes of no known protocol are data', () => {
    assert.equal(dissected(DATA).stack, 'eth:ip:tcp:data')
    assert.equal(dissected(DATA).one('data.text'), 'hello\n')
  })
})

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

  test('Fast Open, an unknown option, and the end with its padding', () => {
    const it = dissected(SAMPLES['TCP with Fast Open, unknown and ending options']!)
    assert.deepEqual(it.all('tcp.option_kind'), [34, 253, 30, 0, 0])
    assert.equal(it.one('tcp.options.tfo.cookie'), '0102030405060708')
    assert.deepEqual(it.all('tcp.options.unknown.payload'), ['abcd', 'abcd'])
    assert.equal(withOptions('2202 0101').all('tcp.options.tfo.request').length, 1)
  })

  test('an option of a wrong length is noted, and the payload still read', () => {
    const cases: Record<string, string> = {
      '08000000': 'Timestamps option: expected a length from 2 to 4, found 0 at offset 54',
      '08010000': 'Timestamps option: expected a length from 2 to 4, found 1 at offset 54',
      '08ff0000': 'Timestamps option: expected a length from 2 to 4, found 255 at offset 54',
      '02030000': 'Maximum Segment Size option: expected a length of 4, found 3 at offset 54',
      '01010108': 'Timestamps option: expected a length from 2 to 1, found 0 at offset 57',
      '05040000': 'SACK option: expected blocks of 8 bytes, found 2 bytes at offset 54',
      fd000000: 'Experiment 1 option: expected a length from 2 to 4, found 0 at offset 54',
    }
    for (const [options, problem] of Object.entries(cases)) {
      const it = withOptions(options, 'hello')
      assert.deepEqual(it.problems, [problem])
      assert.equal(it.stack, 'eth:ip:tcp:_ws.malformed:data')
      assert.equal(it.one('data.text'), 'hello')
    }
  })

  test('a window scale above 14 counts as 14', () => {
    const it = withOptions('03030f 00')
    assert.equal(it.one('tcp.options.wscale.shift'), 15)
    assert.equal(it.one('tcp.options.wscale.multiplier'), 16_384)
  })
})

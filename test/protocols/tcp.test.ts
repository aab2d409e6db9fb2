import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tcp } from '../../server/protocols/tcp.ts'
import { cutTo, hex, TcpConversation, tcpFrame, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import { A, B, DATA, ipv4Of, onEthernet, SYN } from './sample-frames.ts'

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

  test('opening and closing are noted, and how complete the conversation is', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello\n')
    talk.close('server')
    const trace = traceOf(...talk.frames)
    const noted = (number: number) =>
      ['syn', 'synack', 'fin', 'fin_active', 'fin_passive', 'rst'].filter(
        (name) => readBack(trace, number).all(`tcp.connection.${name}`).length > 0,
      )
    assert.deepEqual([1, 2, 3, 5, 6].map(noted), [
      ['syn'],
      ['synack'],
      [],
      ['fin', 'fin_active'],
      ['fin', 'fin_passive'],
    ])
    const last = readBack(trace, 7)
    assert.equal(last.one('tcp.completeness'), 31)
    assert.equal(last.span('tcp.completeness').text, 'Complete, WITH_DATA (31)')
    assert.equal(last.one('tcp.time_relative'), 0.006)
    assert.equal(last.one('tcp.time_delta'), 0.001)
  })

  test('what rides in a RST is its cause, and nobody reads it', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.segment('server', 'RA', { payload: utf8('go away') })
    const it = dissected(...talk.frames)
    assert.equal(it.one('tcp.reset_cause'), 'go away')
    assert.equal(it.stack, 'eth:ip:tcp')
    assert.equal(it.all('tcp.connection.rst').length, 1)
  })

  test('numbers whose flag is not set are noted', () => {
    const bytes = SYN.bytes.slice()
    const view = new DataView(bytes.buffer)
    view.setUint32(34 + 8, 77)
    view.setUint16(34 + 18, 5)
    const it = dissected({ ...SYN, bytes })
    assert.equal(it.all('tcp.ack.nonzero').length, 1)
    assert.equal(it.all('tcp.urgent_pointer.non_zero').length, 1)
  })

  test('once both ends count congestion in three flags, those are one number', () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello\n')
    const flags = [0x1c2, 0x052, 0x010, 0x158]
    const frames = talk.frames.map((frame, i) => {
      const bytes = frame.bytes.slice()
      const view = new DataView(bytes.buffer)
      view.setUint16(34 + 12, (view.getUint16(34 + 12) & 0xf000) | (flags[i] ?? 0))
      return { ...frame, bytes }
    })
    // 1 is no answer to the offer, 2 is.
    assert.equal(dissected(...frames).one('tcp.flags.ace'), undefined)
    new DataView(frames[1]!.bytes.buffer).setUint16(34 + 12, 0x7092)
    const it = dissected(...frames)
    assert.equal(it.one('tcp.flags.ace'), 5)
    assert.equal(it.one('tcp.flags.ae'), undefined)
    assert.equal(it.one('tcp.flags.str'), '···-5-·AP···')
    assert.match(it.info, /\[PSH, ACK, ACE=5\]/)
  })

  test('a message in three segments: where its parts are, and what it is put together from', () => {
    const talk = new TcpConversation()
    talk.handshake()
    const request = 'GET /a/long/way HTTP/1.1\r\nHost: lab\r\n\r\n'
    talk.send('client', request, 15)
    const trace = traceOf(...talk.frames)
    const first = readBack(trace, 4)
    assert.equal(first.one('tcp.segment_data'), Buffer.from(request.slice(0, 15)).toString('hex'))
    assert.equal(first.one('tcp.reassembled_in'), 6)
    const last = readBack(trace, 6)
    assert.deepEqual(last.all('tcp.segment'), [4, 5, 6])
    assert.equal(last.one('tcp.segment.count'), 3)
    assert.equal(last.one('tcp.reassembled.length'), request.length)
    assert.equal(last.one('tcp.reassembled.data'), Buffer.from(request).toString('hex'))
    assert.equal(last.one('tcp.segment_data'), Buffer.from(request.slice(30)).toString('hex'))
    assert.equal(last.one('tcp.reassembled_in'), undefined)
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

  test('options that the capture cut off: the segment belongs to its conversation all the same', () => {
    const talk = new TcpConversation()
    talk.handshake()
    const data = { options: hex('0101 080a 00000001 00000002'), payload: utf8('hello') }
    talk.segment('client', 'PA', data)
    const frames = talk.frames.map((frame, i) => (i === 3 ? cutTo(frame, 60) : frame))
    const it = dissected(...frames)
    assert.equal(it.one('tcp.len'), 5)
    assert.equal(it.one('tcp.seq'), 1)
    assert.equal(it.one('tcp.nxtseq'), 6)
    assert.deepEqual(it.all('tcp.option_kind'), [1, 1, 8])
    assert.deepEqual(it.problems, [
      'Options: need 6 bytes at offset 60, have 0; the capture kept no more of this packet',
    ])
  })

  test('a header length below 20 ends in an error layer and belongs to no conversation', () => {
    const bytes = DATA.bytes.slice()
    bytes[34 + 12] = 0x40
    const it = dissected({ ...DATA, bytes })
    assert.equal(it.stack, 'eth:ip:tcp:_ws.malformed')
    assert.deepEqual(it.problems, ['Header Length: expected at least 20 bytes, found 16 at offset 46'])
    assert.equal(it.packet.flow, undefined)
    assert.equal(it.one('tcp.hdr_len'), 16)
    assert.equal(it.all('tcp.bogus_header_length').length, 1)
  })

  test('a header length beyond the segment ends in an error layer', () => {
    const bytes = DATA.bytes.slice()
    bytes[34 + 12] = 0xf0
    const it = dissected({ ...DATA, bytes })
    assert.deepEqual(it.problems, ['Options: need 40 bytes at offset 54, have 6'])
    assert.equal(it.one('tcp.window_size_value'), 65_535)
    assert.equal(it.all('tcp.short_segment').length, 1)
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

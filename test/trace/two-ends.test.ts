import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Fate } from '../../server/network/tap.ts'
import type { Endpoint } from '../../server/protocols/conversation.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { Samples } from '../../server/trace/samples.ts'
import { Trace } from '../../server/trace/trace.ts'
import { TwoEnds } from '../../server/trace/two-ends.ts'
import { TcpConversation, tcpFrame, udpFrame, utf8 } from '../frames.ts'
import { damaged, type Sent, tell, tellUntil, timeOf } from '../lab-script.ts'

const CLIENT: Endpoint = { address: '10.0.0.100', port: 50_000 }
const SERVER: Endpoint = { address: '10.0.0.1', port: 9999 }

function twoEnds(): TwoEnds {
  return new TwoEnds({ client: new Trace(), samples: new Samples() })
}

/** A conversation over the cable: who sends what is read off the frames; `fate` may change each. */
function over(
  talk: TcpConversation,
  change: (sent: Sent, index: number) => Partial<Sent> = () => ({}),
): Sent[] {
  return talk.frames.map((frame, index) => {
    const up = frame.bytes[29] === 100
    const sent: Sent = { at: index * 25, direction: up ? 'up' : 'down', bytes: frame.bytes }
    return { ...sent, ...change(sent, index) }
  })
}

function handshakeAndLine(): TcpConversation {
  const talk = new TcpConversation({ client: CLIENT, server: SERVER })
  talk.handshake()
  talk.send('client', 'hello, server\n')
  talk.ack('server')
  return talk
}

const rowsOf = (trace: Trace) =>
  Array.from({ length: trace.last }, (_, at) => trace.row(at + 1)).filter((row) => row !== undefined)

/** What a reader sees of each packet. */
const told = (trace: Trace) =>
  rowsOf(trace).map((row) => ({
    ...row,
    bytes: Buffer.from(trace.frame(row.number)?.bytes ?? []).toString('hex'),
    other: Buffer.from(trace.transit(row.number)?.other ?? []).toString('hex'),
  }))

const numbersOf = (trace: Trace, filter: string) => {
  const { matches } = compileFilter(filter)
  return rowsOf(trace)
    .map(({ number }) => number)
    .filter((number) => {
      const packet = trace.packet(number)
      return typeof packet !== 'string' && matches(packet)
    })
}

describe('the trace at the clients', () => {
  it('has what goes up when it leaves, and what comes down when it arrives', () => {
    const ends = twoEnds()
    tell(ends, over(handshakeAndLine()))
    assert.deepEqual(
      rowsOf(ends.client).map(({ label, timeRelative }) => [label, timeRelative]),
      [
        ['SYN', 0],
        ['SYN ACK', 0.035],
        ['ACK', 0.05],
        ['"hello, server"', 0.075],
        ['ACK', 0.11],
      ],
    )
    const [syn] = rowsOf(ends.client)
    assert.equal(syn?.provenance, 'lab')
    assert.equal(syn?.fate, 'delivered')
    assert.deepEqual(syn?.transit, {
      cable: 'server',
      direction: 'up',
      sentAt: '1700000000.000000000',
      arrivals: ['1700000000.010000000'],
      delay: 0.01,
      queue: 0,
      seen: true,
    })
  })

  it('learns afterwards when a frame came out', () => {
    const ends = twoEnds()
    let changes = 0
    ends.client.onChange(() => changes++)
    const rest = tellUntil(ends, over(handshakeAndLine()).slice(0, 1), 5)
    assert.deepEqual(ends.client.row(1)?.transit?.arrivals, [])
    assert.equal(changes, 1)
    rest()
    assert.deepEqual(ends.client.row(1)?.transit?.arrivals, ['1700000000.010000000'])
    assert.equal(changes, 2)
  })

  it('shows what was lost on the way to it, and judges the conversation without', () => {
    const talk = handshakeAndLine()
    const lost = twoEnds()
    tell(
      lost,
      over(talk, (_, index) => (index === 4 ? { fates: ['lost'] } : {})),
    )
    const row = lost.client.row(5)
    assert.equal(row?.fate, 'lost')
    assert.equal(row?.transit?.seen, false)
    assert.equal(row?.flow, 'tcp.0')
    assert.equal(row?.label, 'ACK')
    assert.equal(lost.client.flowOf(5)?.id, 'tcp.0', 'a lab must find what its learner lost')
    assert.match(row?.says ?? '', /The cable lost it: the client never sees it\.$/)
    assert.match(row?.info ?? '', /^9999 → 50000 \[ACK\] Seq=1 Ack=15 /)
    assert.equal(lost.client.flows.get('tcp.0')?.packets, 4)
    assert.deepEqual(lost.client.row(4)?.analysis, [])
  })

  it('a lost frame of a conversation that nobody has seen opens none', () => {
    const ends = twoEnds()
    const stranger = tcpFrame(SERVER, CLIENT, { seq: 77, ack: 88, flags: 'A' })
    const datagram = udpFrame(SERVER, CLIENT, utf8('hello'))
    tell(ends, [
      { at: 0, direction: 'down', bytes: stranger.bytes, fates: ['cut'] },
      { at: 1, direction: 'down', bytes: datagram.bytes, fates: ['queue full'] },
    ])
    assert.equal(ends.client.flows.size, 0)
    const [segment, udp] = rowsOf(ends.client)
    assert.match(segment?.info ?? '', /Seq=77 Ack=88 /)
    assert.equal(udp?.info, '9999 → 50000 Len=5')
    assert.deepEqual([segment?.flow, udp?.flow], [null, null])
    assert.equal(segment?.label, 'ACK')
  })

  it('has what arrives twice twice, and knows that both are one', () => {
    const ends = twoEnds()
    tell(
      ends,
      over(handshakeAndLine(), (_, index) => (index === 1 ? { fates: ['duplicated'] } : {})),
    )
    const [, first, second] = rowsOf(ends.client)
    assert.deepEqual([first?.label, second?.label], ['SYN ACK', 'again: SYN ACK'])
    assert.equal(first?.transit?.arrivals.length, 2)
    assert.deepEqual(first?.transit, second?.transit)
  })

  it('has damaged bytes as they arrived, with a bad checksum, and keeps them out of the stream', () => {
    const talk = new TcpConversation({ client: CLIENT, server: SERVER })
    talk.handshake()
    const [line] = talk.send('server', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    assert.ok(line)
    const again: Sent = { at: 300, direction: 'down', bytes: line.bytes }
    const script = over(talk, (sent, index) =>
      index === 3 ? { fates: ['corrupted'], received: damaged(sent.bytes) } : {},
    )
    const ends = twoEnds()
    tell(ends, [...script, again])
    assert.deepEqual(numbersOf(ends.client, 'tcp.checksum.status == "Bad"'), [4])
    assert.deepEqual(numbersOf(ends.client, 'tcp.checksum_bad.expert'), [4])
    assert.deepEqual(numbersOf(ends.client, 'link.fate == "corrupted"'), [4])
    assert.deepEqual(numbersOf(ends.client, 'http.response.code == 200'), [5])
    assert.match(ends.client.row(4)?.info ?? '', /Win=65535 \[TCP CHECKSUM INCORRECT\] Len=40$/)
    assert.deepEqual(ends.client.row(5)?.analysis, ['retransmission'])
    assert.deepEqual(numbersOf(ends.client, 'link.damage contains "byte 93"'), [4])
    assert.deepEqual(ends.client.transit(4)?.other, line.bytes)
  })

  it('a frame that was damaged until it looks like another conversation is counted for none', () => {
    const ends = twoEnds()
    const received = (bytes: Uint8Array) => damaged(bytes, 36)
    tell(
      ends,
      over(handshakeAndLine(), (sent, index) =>
        index === 4 ? { fates: ['corrupted'], received: received(sent.bytes) } : {},
      ),
    )
    assert.deepEqual(
      ends.client.flows.list().map(({ id, packets }) => [id, packets]),
      [['tcp.0', 4]],
    )
  })

  it('says in words what became of a frame', () => {
    const ends = twoEnds()
    tell(
      ends,
      over(handshakeAndLine(), (sent, index) => {
        if (index === 2) return { fates: ['cut'] }
        return index === 3 ? { fates: ['corrupted', 'duplicated'], received: damaged(sent.bytes) } : {}
      }),
    )
    const [syn, , cut, harmed] = rowsOf(ends.client)
    assert.equal(syn?.says, 'The client asks to open a connection.')
    assert.match(cut?.says ?? '', /\. The cable is cut: the server never sees it\.$/)
    assert.match(harmed?.says ?? '', /the server finds a wrong checksum .* The cable brought it twice\.$/)
  })

  it('filters by fate and by what the frame carried', () => {
    const ends = twoEnds()
    tell(
      ends,
      over(handshakeAndLine(), (_, index) => (index >= 2 ? { fates: ['lost'] } : {})),
    )
    assert.deepEqual(numbersOf(ends.client, 'link.fate=="lost" && tcp.len>0'), [4])
    assert.deepEqual(numbersOf(ends.client, 'link.fate=="lost" && tcp.len==0'), [3, 5])
    assert.deepEqual(numbersOf(ends.client, 'link'), [1, 2, 3, 4, 5])
  })
})

describe('the trace at the servers', () => {
  it('has what comes up when it arrives, and what goes down when it leaves', async () => {
    const ends = twoEnds()
    tell(ends, over(handshakeAndLine()))
    const server = await ends.wholeServer()
    assert.deepEqual(
      rowsOf(server).map(({ label, time }) => [label, time.slice(-9)]),
      [
        ['SYN', '010000000'],
        ['SYN ACK', '025000000'],
        ['ACK', '060000000'],
        ['"hello, server"', '085000000'],
        ['ACK', '100000000'],
      ],
    )
  })

  it('shows what was lost on the way to it, and has the damaged bytes that came', async () => {
    const ends = twoEnds()
    const script = over(handshakeAndLine(), (sent, index) => {
      if (index === 2) return { fates: ['lost'] }
      return index === 3 ? { fates: ['corrupted'], received: damaged(sent.bytes) } : {}
    })
    tell(ends, script)
    const server = await ends.wholeServer()
    assert.deepEqual(numbersOf(server, 'link.fate=="lost"'), [3])
    assert.equal(server.row(3)?.transit?.seen, false)
    assert.deepEqual(numbersOf(server, 'tcp.checksum.status == "Bad"'), [4])
    assert.deepEqual(numbersOf(ends.client, 'tcp.checksum.status == "Bad"'), [])
    assert.deepEqual(server.transit(4)?.other, script[3]?.bytes)
    assert.deepEqual(ends.client.transit(4)?.other, script[3]?.received)
  })

  const anySent: fc.Arbitrary<Partial<Sent>> = fc.record({
    delay: fc.integer({ min: 0, max: 60 }),
    fates: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Fate[]>(['delivered']) },
      fc.constantFrom<Fate[]>(
        ['lost'],
        ['cut'],
        ['duplicated'],
        ['corrupted'],
        ['reordered'],
        ['corrupted', 'duplicated'],
      ),
    ),
  })

  it('is the same whether it was made before the first frame, in the middle, or after the last', async () => {
    const talk = new TcpConversation({ client: CLIENT, server: SERVER })
    talk.handshake()
    for (let line = 0; line < 4; line++) {
      talk.send('client', `line ${line}, and a few more words\n`)
      talk.send('server', `answer ${line}\n`)
    }
    talk.close()
    const scripts = fc.array(anySent, { minLength: talk.frames.length, maxLength: talk.frames.length })
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 0, max: 400 }), async (changes, middle) => {
        const script = over(talk, (sent, index) => {
          const change = changes[index] ?? {}
          const corrupted = change.fates?.includes('corrupted') === true
          // Times of its own for each, so that the order is never left to chance.
          const at = sent.at + index * 0.001
          return { ...change, at, ...(corrupted && { received: damaged(sent.bytes, 60) }) }
        })
        const before = twoEnds()
        before.hold()
        tell(before, script)
        const between = twoEnds()
        const rest = tellUntil(between, script, middle)
        between.hold()
        rest()
        const after = twoEnds()
        tell(after, script)
        const expected = told(await before.wholeServer())
        assert.deepEqual(told(await between.wholeServer()), expected)
        assert.deepEqual(told(await after.wholeServer()), expected)
      }),
      { numRuns: 60 },
    )
  })

  it('is dropped when nobody has asked for it for a minute, unless it is held', () => {
    let now = 0
    const ends = new TwoEnds({ client: new Trace(), samples: new Samples(), now: () => now })
    const { run } = ends.server
    const release = ends.hold()
    now += 61_000
    ends.paused()
    assert.equal(ends.server.run, run)
    release()
    now += 59_000
    ends.paused()
    assert.equal(ends.server.run, run)
    now += 61_000
    ends.paused()
    assert.notEqual(ends.server.run, run)
  })
})

describe('frames under way', () => {
  it('need no bytes that were only lent', () => {
    const talk = handshakeAndLine()
    const lent = talk.frames[1]?.bytes.slice() ?? new Uint8Array()
    const ends = twoEnds()
    const sent = {
      id: 1,
      cable: 'server',
      direction: 'down',
      fates: ['delivered'],
      queue: 0,
      rate: 0,
    } as const
    ends.departed({ ...sent, time: timeOf(0), bytes: lent, delay: 0.01 })
    ends.paused()
    lent.fill(0)
    ends.arrived(1, timeOf(10), undefined)
    assert.deepEqual(ends.client.frame(1)?.bytes, talk.frames[1]?.bytes)
  })

  it('an arrival whose departure was not told is passed over', () => {
    const ends = twoEnds()
    ends.arrived(5, timeOf(0), undefined)
    assert.equal(ends.client.last, 0)
  })
})

describe('with routers between', () => {
  it('each end sees its own cable, and is shown the others', async () => {
    const ends = twoEnds().begin('router')
    const [syn] = handshakeAndLine().frames
    const bytes = syn?.bytes ?? new Uint8Array()
    tell(ends, [
      { at: 0, direction: 'up', bytes, cable: 'clients', delay: 0 },
      { at: 1, direction: 'up', bytes, cable: 'r1-r2', delay: 0 },
      { at: 2, direction: 'up', bytes, cable: 'server', delay: 5 },
    ])
    const seen = (trace: Trace) =>
      rowsOf(trace).map(({ transit }) => `${transit?.cable} ${transit?.seen === true ? 'seen' : 'unseen'}`)
    assert.deepEqual(seen(ends.client), ['clients seen', 'r1-r2 unseen', 'server unseen'])
    assert.deepEqual(seen(await ends.wholeServer()), ['clients unseen', 'r1-r2 unseen', 'server seen'])
    assert.equal(ends.client.flows.get('tcp.0')?.packets, 1)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Row } from '../../server/dashboard/api.ts'
import { type LadderData, layoutLadder } from '../../web/views/ladder-layout.ts'
import type { LadderMark, PacketMark } from '../../web/views/ladder-marks.ts'
import { event, flow, handshake, heartbeat, row, time } from './rows.ts'

function lay(rows: readonly Row[], rest: Partial<LadderData> = {}, width = 720) {
  return layoutLadder({ rows, flows: [flow()], events: [], folds: new Map(), ...rest }, { width })
}
const packets = (marks: readonly LadderMark[]) =>
  marks.filter((mark): mark is PacketMark => mark.kind === 'packet')

test('the client stands left, the server right, and an arrow goes from the one that sent', () => {
  const { lanes, marks } = lay(handshake())
  const [client, server] = lanes
  assert.deepEqual([client?.side, server?.side], ['client', 'server'])
  const [syn, synAck] = packets(marks)
  assert.equal(syn?.x1, client?.x)
  assert.equal(syn?.x2, server?.x)
  assert.equal(synAck?.x1, server?.x)
  assert.equal(synAck?.towards, 'left')
})

test('the handshake says how long its round trip took', () => {
  const { marks } = lay(handshake())
  const [episode] = marks.filter((mark) => mark.kind === 'episode')
  assert.equal(episode?.title, 'handshake')
  assert.equal(episode?.detail, '1 RTT, 210 µs')
})

test('a silence is cut short and labelled, and does not lengthen the picture in proportion', () => {
  const brief = lay([row(1, 0, 'a'), row(2, 1.2, 'b')])
  const long = lay([row(1, 0, 'a'), row(2, 3600, 'b')])
  assert.equal(brief.gaps[0]?.text, '1.2 s of silence')
  assert.equal(long.gaps[0]?.text, '1 h of silence')
  assert.equal(brief.height, long.height)
  assert.ok(brief.lanes[0]?.runs.some((run) => run.cut))
})

test('times count from the start after a silence, and from the mark before otherwise', () => {
  const { marks } = lay([row(1, 10, 'a'), row(2, 10.0001, 'b'), row(3, 12, 'c')])
  assert.deepEqual(
    marks.map((mark) => mark.when),
    ['0 s', '+100 µs', '2 s'],
  )
})

test('more time makes more room, up to where a silence begins', () => {
  const distance = (seconds: number) => {
    const [a, b] = packets(lay([row(1, 0, 'a'), row(2, seconds, 'b')]).marks)
    return (b?.top ?? 0) - (a?.top ?? 0)
  }
  assert.ok(distance(0.1) > distance(0.01))
  assert.ok(distance(0.01) > distance(0.001))
  assert.equal(distance(0.0001), distance(0.00001))
})

test('a longer way makes a steeper arrow', () => {
  const fall = (rtt: number | null) => {
    const [mark] = packets(lay([row(1, 0, 'a')], { flows: [flow('tcp.0', { rtt })] }).marks)
    return (mark?.y2 ?? 0) - (mark?.y1 ?? 0)
  }
  assert.ok(fall(0.2) > fall(0.02))
  assert.ok(fall(null) > 0, 'even unmeasured time runs downwards')
  assert.ok(fall(100) <= 14)
})

test('what happened to a packet is its shape', () => {
  const { marks } = lay([
    row(1, 0, '"x"', { protocol: 'Echo' }),
    row(2, 0.001, 'again: "x"', { analysis: ['retransmission'] }),
    row(3, 0.002, '"x"', { fate: 'lost', analysis: ['out_of_order'] }),
    row(4, 0.003, 'RST ACK', { fromClient: false }),
    row(5, 0.004, 'ACK', { fromClient: false }),
    row(6, 0.005, 'who has', { fromClient: null }),
  ])
  assert.deepEqual(
    packets(marks).map((mark) => mark.shape),
    ['plain', 'again', 'lost', 'reset', 'ack', 'aside'],
  )
  const [plain, again, lost] = packets(marks)
  assert.equal(again?.tags, 'sent again: packet 1')
  assert.equal(lost?.tags, 'out of order · lost')
  assert.ok((lost?.x2 ?? 0) < (plain?.x2 ?? 0), 'a lost one does not arrive')
})

test('of several heartbeats the earlier ones fold into one line, and the reader can open them', () => {
  const rows = [...heartbeat(1, 0), ...heartbeat(4, 5), ...heartbeat(7, 10)]
  const folded = lay(rows)
  const [fold] = folded.marks.filter((mark) => mark.kind === 'fold')
  assert.equal(fold?.title, '2 earlier heartbeats')
  assert.deepEqual(fold?.numbers, [1, 2, 3, 4, 5, 6])
  assert.deepEqual(
    packets(folded.marks).map((mark) => mark.number),
    [7, 8, 9],
  )
  const open = lay(rows, { folds: new Map([[fold?.episode ?? '', false]]) })
  assert.equal(packets(open.marks).length, 9)
})

test('over polling a ping and its pong on another connection are one heartbeat', () => {
  const beat = { episode: 'heartbeat' as const, protocol: 'Engine.IO', osi: 5 }
  const rows = [
    row(1, 0, 'ping 2', { ...beat, fromClient: false }),
    row(2, 0.001, 'pong 3', { ...beat, flow: 'tcp.1' }),
  ]
  const { marks } = lay(rows, { flows: [flow('tcp.0'), flow('tcp.1')] })
  const episodes = marks.filter((mark) => mark.kind === 'episode')
  assert.deepEqual(
    episodes.map(({ title, detail }) => `${title}, ${detail}`),
    ['heartbeat, RTT 1 ms'],
  )
})

test('an ACK that comes before the pong is not taken for it', () => {
  const [ping, pong, ack] = heartbeat(1, 0)
  assert.ok(ping && pong && ack)
  const early = { ...ack, number: 2, time: ping.time, fromClient: true }
  const { marks } = lay([ping, early, { ...pong, number: 3 }])
  const [episode] = marks.filter((mark) => mark.kind === 'episode')
  assert.equal(episode?.detail, 'RTT 1.8 ms')
})

test('a SYN that is answered by RST is a refusal, not a handshake', () => {
  const rows = [
    row(1, 0, 'SYN', { episode: 'handshake' }),
    row(2, 0.0001, 'RST', { episode: 'refusal', fromClient: false }),
  ]
  const episodes = lay(rows).marks.filter((mark) => mark.kind === 'episode')
  assert.deepEqual(
    episodes.map((mark) => mark.title),
    ['refused'],
  )
})

test('connections that follow each other share a lane, those that overlap stand side by side', () => {
  const rows = [1, 2, 3, 4, 5, 6].map((n) =>
    row(n, n / 1000, 'a', { flow: `tcp.${[0, 0, 1, 2, 1, 2][n - 1]}` }),
  )
  const flows = [
    flow('tcp.0', { state: 'closed', first: 1, last: 2 }),
    flow('tcp.1', { state: 'closed', first: 3, last: 5 }),
    flow('tcp.2', { first: 4, last: 6 }),
  ]
  const [a, b, c] = lay(rows, { flows }).lanes
  assert.equal(a?.x, b?.x)
  assert.ok((c?.x ?? 0) > (b?.x ?? 0))
})

test('a folded episode keeps the time it took: the silence after it counts from its last packet', () => {
  const rows = [...heartbeat(1, 0), ...heartbeat(4, 5), ...heartbeat(7, 10)]
  assert.equal(lay(rows).gaps[0]?.text, '5 s of silence')
})

test('an event stands at its time on the server’s lane, and one that nobody heard is hollow', () => {
  const { marks, lanes } = lay([row(1, 0, 'a'), row(2, 0.01, 'b')], {
    events: [event(1, 0.005, 'on', { event: 'whisper', args: '["psst"]', listeners: 0, packet: 1 })],
  })
  const [, middle] = marks
  assert.ok(middle?.kind === 'event')
  assert.equal(middle.words, 'on(\'whisper\', "psst")')
  assert.equal(middle.detail, 'nobody listens')
  assert.equal(middle.unheard, true)
  assert.equal(middle.x, lanes[1]?.x)
})

test('events before the first packet drawn are left out', () => {
  const { marks } = lay([row(1, 5, 'a')], { events: [event(1, 1, 'connect')] })
  assert.equal(marks.length, 1)
})

test('each flow of a session has its own lane and letter, and a closed one ends', () => {
  const b = { flow: 'tcp.1' }
  const rows = [
    row(1, 0, 'a'),
    row(2, 0.001, 'SYN', { ...b, episode: 'upgrade' }),
    row(3, 0.002, 'noop 6', { episode: 'upgrade', fromClient: false }),
    row(4, 0.003, 'upgrade 5', { ...b, episode: 'upgrade' }),
  ]
  const flows = [flow('tcp.0', { state: 'closed' }), flow('tcp.1')]
  const { lanes, marks, height } = lay(rows, { flows })
  assert.deepEqual(
    lanes.map((lane) => lane.letter),
    ['A', 'B', ''],
  )
  assert.deepEqual(
    lanes.map((lane) => lane.ended),
    [true, false, false],
  )
  assert.ok((lanes[0]?.runs.at(-1)?.y2 ?? height) < height)
  assert.deepEqual(
    packets(marks).map((mark) => mark.letter),
    ['A', 'B', 'A', 'B'],
  )
  assert.equal(
    marks.filter((mark) => mark.kind === 'episode').length,
    1,
    'the upgrade is one episode over both',
  )
})

test('a packet that is sent again is tied to the one it repeats, and says which that is', () => {
  const lost = row(1, 0, '"x"', { protocol: 'Echo', fate: 'lost' })
  const again = row(2, 0.2, 'again: "x"', { protocol: 'Echo', analysis: ['retransmission'] })
  const { marks, links } = lay([lost, again])
  const [first, second] = packets(marks)
  assert.deepEqual([second?.label, second?.tags], ['"x"', 'sent again: packet 1'])
  assert.deepEqual(
    links.map(({ y1, y2 }) => [y1, y2]),
    [[first!.top + first!.y1, second!.top + second!.y1]],
  )
  assert.equal(lay([again]).links.length, 0, 'its original is not on the ladder')
})

test('both ends’ states stand at their lanes where they change, and words beside them keep clear', () => {
  const { states, marks, lanes } = lay(handshake())
  assert.deepEqual(
    states.map(({ end, state }) => `${end} ${state}`),
    ['client SYN-SENT', 'server SYN-RECEIVED', 'client ESTABLISHED', 'server ESTABLISHED'],
  )
  assert.ok(states.every(({ end, x }) => (end === 'client' ? x < lanes[0]!.x : x > lanes[1]!.x)))
  const [episode] = marks.filter((mark) => mark.kind === 'episode')
  for (const { y } of states.filter(({ end }) => end === 'server')) {
    assert.ok(y + 4 <= episode!.top + 2 || y - 10 >= episode!.top + 35, `${y} in ${episode!.top}`)
  }
})

test('no state of the client lies on a time, however closely another follows', () => {
  const fin = row(5, 1, 'FIN ACK', { episode: 'close' })
  const said = [0, 1, 2].map((i) => event(i, 1 + i / 1e6, 'disconnect'))
  const { states, marks } = lay([...handshake(), fin], { events: said })
  const times = marks.flatMap((mark) =>
    mark.kind === 'packet' ? [mark.top + mark.y1 + 4] : mark.kind === 'event' ? [mark.top + mark.y + 4] : [],
  )
  const own = states.filter(({ end }) => end === 'client')
  assert.deepEqual(
    own.map(({ state }) => state),
    ['SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-1'],
  )
  for (const { y } of own) for (const time of times) assert.ok(Math.abs(time - y) >= 11, `${y} on ${time}`)
})

test('with several conversations no state is written: nobody could tell whose it is', () => {
  const rows = [...handshake(), row(9, 1, 'SYN', { flow: 'tcp.1', episode: 'handshake' })]
  assert.equal(lay(rows, { flows: [flow('tcp.0'), flow('tcp.1')] }).states.length, 0)
})

test('TCP’s own keep-alives are told from the heartbeats of the programs', () => {
  const probe = (number: number, seconds: number) => [
    row(number, seconds, 'TCP keep-alive', { episode: 'heartbeat', analysis: ['keep_alive'] }),
    row(number + 1, seconds + 0.001, 'TCP keep-alive ACK', { episode: 'heartbeat', fromClient: false }),
  ]
  const { marks } = lay([...heartbeat(1, 0), ...probe(4, 5), ...probe(6, 10)])
  assert.deepEqual(
    marks.flatMap((mark) => (mark.kind === 'episode' || mark.kind === 'fold' ? [mark.title] : [])),
    ['heartbeat', 'TCP keep-alive', 'TCP keep-alive'],
  )
})

test('nothing at all is an empty picture', () => {
  const layout = layoutLadder({ rows: [], flows: [], events: [], folds: new Map() }, { width: 0 })
  assert.equal(layout.marks.length, 0)
  assert.ok(layout.height > 0)
})

test('marks never overlap and never leave the picture, whatever comes', () => {
  const anyRow = fc.record({
    wait: fc.double({ min: 0, max: 100, noNaN: true }),
    label: fc.oneof(fc.constantFrom('SYN', 'ACK', 'ping 2', 'pong 3', 'RST'), fc.string({ maxLength: 200 })),
    says: fc.option(fc.string({ maxLength: 200 })),
    episode: fc.option(fc.constantFrom('handshake', 'upgrade', 'heartbeat', 'close', 'refusal', 'data')),
    fromClient: fc.option(fc.boolean()),
    flow: fc.constantFrom('tcp.0', 'tcp.1', 'tcp.9'),
    fate: fc.option(fc.constantFrom('lost', 'delivered')),
    analysis: fc.array(fc.constantFrom('retransmission', 'out_of_order', 'new_word')),
  })
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 40 }), fc.integer({ min: 0, max: 1600 }), (given, width) => {
      let now = 0
      const rows = given.map(({ wait, ...rest }, i) => {
        now += wait
        return row(i + 1, now, rest.label, rest as Partial<Row>)
      })
      const layout = lay(rows, { flows: [flow('tcp.0'), flow('tcp.1')] }, width)
      let bottom = 0
      for (const mark of layout.marks) {
        assert.ok(Number.isFinite(mark.top) && Number.isFinite(mark.height))
        if (mark.kind === 'episode') continue
        assert.ok(mark.top >= bottom, `${mark.key} begins at ${mark.top}, above ${bottom}`)
        bottom = mark.top + mark.height
        if (mark.kind === 'packet') {
          for (const x of [mark.x1, mark.x2, mark.textX]) assert.ok(x >= 0 && x <= layout.width)
        }
      }
      assert.ok(bottom <= layout.height)
      assert.equal(new Set(layout.marks.map((mark) => mark.key)).size, layout.marks.length)
    }),
  )
})

/** A packet whose way over the cable is known. */
function travelling(number: number, sentAt: number, delay: number | null, rest: Partial<Row> = {}): Row {
  const up = rest.fromClient !== false
  const seenAt = up || delay === null ? sentAt : sentAt + delay
  return row(number, seenAt, `"${number}"`, {
    fate: delay === null ? 'lost' : 'delivered',
    transit: {
      cable: 'server',
      direction: up ? 'up' : 'down',
      sentAt: time(sentAt),
      arrivals: delay === null ? [] : [time(sentAt + delay)],
      delay,
      queue: 0,
      seen: up || delay !== null,
    },
    ...rest,
  })
}
const ends = (mark: PacketMark) => [mark.top + mark.y1, mark.top + mark.y2] as const

test('an arrow leaves when the frame left and meets the other lane when it came out', () => {
  const request = travelling(1, 0, 0.1)
  const answer = travelling(2, 0.1001, 0.1, { fromClient: false })
  const [first, second] = packets(lay([request, answer]).marks)
  assert.ok(ends(first!)[0] < ends(first!)[1])
  assert.ok(ends(first!)[1] < ends(second!)[0], 'the answer leaves after the request has come')
})

test('frames sent one after the other are on the way together, and one that overtakes crosses the others', () => {
  const [a, b, c] = packets(
    lay([travelling(1, 0, 0.1), travelling(2, 0.01, 0.1), travelling(3, 0.02, 0.02, { fate: 'reordered' })])
      .marks,
  )
  assert.ok(ends(c!)[0] < ends(a!)[1], 'the third leaves before the first has come')
  assert.ok(ends(a!)[1] < ends(b!)[1])
  assert.ok(ends(c!)[0] > ends(b!)[0] && ends(c!)[1] < ends(a!)[1])
})

test('a frame under way is no silence, and a timer that runs is one', () => {
  assert.equal(lay([travelling(1, 0, 0.6), travelling(2, 0.7, 0.6, { fromClient: false })]).gaps.length, 0)
  const lost = travelling(1, 0, null)
  assert.equal(lay([lost, travelling(2, 1, 0.1)]).gaps[0]?.text, '1 s of silence')
})

test('a lost frame’s arrow stops on the way, and one that no capture there would hold says so', () => {
  const [mark] = packets(lay([travelling(1, 0, null, { fromClient: false })]).marks)
  assert.equal(mark?.shape, 'lost')
  assert.equal(mark.unseen, true)
  assert.match(mark.says.join(' '), /Never arrived/)
  assert.match(mark.name, /Never arrived/)
  const { lanes } = lay([])
  assert.ok(lanes.every(({ x }) => x !== mark.x2))
})

test('a duplicated frame arrives twice', () => {
  const twice = travelling(1, 0, 0.1, { fate: 'duplicated' })
  const transit = { ...twice.transit!, arrivals: [time(0.1), time(0.13)] }
  const [mark] = packets(lay([{ ...twice, transit }]).marks)
  assert.ok(mark!.y3! > mark!.y2)
})

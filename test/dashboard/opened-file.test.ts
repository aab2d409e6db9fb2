import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { labWriter, statisticsBlock } from '../../server/capture/pcapng-writer.ts'
import type { SessionItem } from '../../server/capture/session-item.ts'
import { transitComment } from '../../server/capture/transit-comment.ts'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import { exported } from '../../server/dashboard/export-stream.ts'
import { OpenedFile } from '../../server/dashboard/opened-file.ts'
import { SessionExport } from '../../server/dashboard/session-export.ts'
import { SessionLog } from '../../server/dashboard/session-log.ts'
import { CaptureError } from '../../server/errors.ts'
import type { Frame, Transit } from '../../server/protocols/packet.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { Samples } from '../../server/trace/samples.ts'
import { ServiceNames } from '../../server/trace/service-names.ts'
import { Trace } from '../../server/trace/trace.ts'
import { BIG, LITTLE } from '../capture/captures.ts'
import { CLIENT, concat, hex, SERVER, START_TIME, tcpFrame, utf8 } from '../frames.ts'
import { testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }
const upload = { ...headers, 'content-type': 'application/octet-stream' }
const SYN = tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' })

function open(...parts: readonly Uint8Array[]): { trace: Trace; file: OpenedFile } {
  const trace = new Trace()
  const file = new OpenedFile(trace)
  const reader = new FrameReader(file.handlers())
  reader.push(concat(...parts))
  reader.end()
  return { trace, file }
}

const again = ({ trace, file }: ReturnType<typeof open>, filter?: string) =>
  concat(...file.blocks.file(trace, filter === undefined ? undefined : compileFilter(filter)))

/** A section with all kinds of blocks, and what nobody knows. */
const section = (words: typeof LITTLE) => [
  words.section(words.option(4, utf8('somebody')), words.option(0x8001, utf8('of theirs'))),
  words.interface(1, 0, words.option(2, utf8('eth0'))),
  words.interface(1, 64, words.option(9, Uint8Array.of(0x8a)), words.option(14, words.i64(3n))),
  words.interface(1, 0, words.option(9, Uint8Array.of(12))),
  words.block(0x7777, utf8('nobody knows what this is')),
  words.packet(0, 1_700_000_000_000_000n, SYN.bytes),
  words.block(0xbad, words.u32(4711), utf8('before the second')),
  words.packet(
    1,
    123_456_789n,
    SYN.bytes,
    1000,
    words.option(1, utf8('half')),
    words.option(2, hex('00000001')),
  ),
  words.block(0x40000bad, words.u32(4711), utf8('not to be copied')),
  words.packet(2, 1_700_000_000_000_000_000_123n, SYN.bytes.slice(0, 41)),
  words.block(2, words.u16(0, 7), words.u32(0, 5, 3, 9), hex('aabbcc00')),
  words.block(3, words.u32(60), SYN.bytes.slice(0, 52)),
  words.block(4, words.u16(1, 8), hex('0a000001'), utf8('hub\0'), hex('00000000')),
  words.block(5, words.u32(0, 0, 0), words.option(5, words.i64(3n))),
  words.block(10, words.u32(0x12345678, 4), utf8('keys')),
  words.block(0x0000_0a0a, new Uint8Array(0)),
]

describe('an opened pcapng', () => {
  it('is written again byte for byte, in either byte order and with both after each other', () => {
    for (const parts of [
      section(LITTLE),
      section(BIG),
      [...section(BIG), ...section(LITTLE), ...section(BIG)],
    ]) {
      const opened = open(...parts)
      assert.deepEqual(Buffer.from(again(opened)), Buffer.from(concat(...parts)))
    }
  })

  it('is written again with fewer packets, and everything else in its place', () => {
    const parts = section(BIG)
    const kept = again(open(...parts), 'frame.number == 2')
    const blocks = parts.filter((_, at) => ![5, 9, 10, 11].includes(at))
    assert.deepEqual(Buffer.from(kept), Buffer.from(concat(...blocks)))
  })

  it('comes back by the API as it was uploaded', async () => {
    const { app } = testDashboard()
    const bytes = Buffer.from(concat(...section(LITTLE)))
    const answer = await app.inject({ method: 'POST', url: '/api/captures', headers: upload, payload: bytes })
    const opened = answer.json<CaptureNode>()
    assert.deepEqual([opened.packets, opened.session, opened.hosts], [5, null, { '10.0.0.1': 'hub' }])
    const back = await app.inject({ url: `/api/capture.pcapng?capture=${opened.id}`, headers })
    assert.deepEqual(back.rawPayload, bytes)
    const network = await app.inject({ url: `/api/network?capture=${opened.id}`, headers })
    assert.deepEqual(network.json(), { network: 'kernel' })
  })
})

const FATE: Transit = {
  cable: 'server',
  direction: 'up',
  fates: ['delivered'],
  sentAt: START_TIME,
  arrivals: [],
  queue: 0,
  delay: 0.5,
  rate: 0,
  seen: true,
  other: undefined,
}

/** A lab with one frame under way. */
function lab() {
  const trace = new Trace()
  const transit: Transit = { ...FATE }
  const frame: Frame = { ...SYN, transit }
  trace.add(frame)
  const log = new SessionLog({
    about: { version: '1', startedAt: '1700000000.000000000', network: 'lab' },
    trace,
    names: new ServiceNames(trace),
    samples: new Samples(),
  })
  return { trace, transit, log }
}

const EVENT = {
  service: 'hub',
  kind: 'emit',
  remoteAddress: null,
  remotePort: null,
  eioSid: 'sid',
  socket: 'abc',
  nsp: '/',
  direction: 'out',
  index: 0,
  event: 'hello',
  args: '["x"]',
  listeners: null,
  rooms: [],
  reason: null,
} as const

describe('what is known only after its packet was written', () => {
  it('is told later, and comes back to the packet', { timeout: 20_000 }, async () => {
    const { trace, transit, log } = lab()
    const about = log.about('client', false)
    const writer = labWriter('client', { items: [about, ...log.standing(0n).items] })
    const session = new SessionExport({ trace, writer, log, filtered: false, change: 0 })
    const enough = new AbortController()
    const chunks: Uint8Array[] = []
    const stream = exported({
      trace,
      head: writer.begin(),
      session,
      filter: undefined,
      follow: enough.signal,
    })
    for await (const chunk of stream) {
      chunks.push(chunk)
      if (chunks.length > 1) enough.abort()
      // The packet is written: now it arrives, and an event says that this packet carried it.
      transit.arrivals = [START_TIME + 500_000_000n]
      trace.addEvent({ ...EVENT, rooms: [], time: START_TIME })
      trace.events.carried('sid', 'out', 0, 1)
      trace.touch()
    }
    const { trace: back } = open(...chunks)
    assert.deepEqual(back.transit(1)?.arrivals, [START_TIME + 500_000_000n])
    assert.equal(back.events.list()[0]?.packet, 1)
    assert.equal(back.events.list()[0]?.event, 'hello')
  })
})

describe('a file that Wirelab wrote, and somebody changed', () => {
  const unseen: SessionItem = {
    kind: 'unseen',
    time: '1700000000.000000001',
    length: SYN.bytes.length,
    linkType: 1,
    base64: Buffer.from(SYN.bytes).toString('base64'),
    link: transitComment({ ...FATE, fates: ['lost'] }, SYN.bytes),
  }
  const { log, trace } = lab()
  const writer = labWriter('client', { items: [log.about('client', false), ...log.standing(0n).items] })
  const whole = concat(
    writer.begin(),
    writer.packet({ ...SYN, transit: FATE }, undefined, { items: [unseen] }),
    statisticsBlock(1n, { items: [unseen, { kind: 'transit', back: 0, link: unseen.link }] }),
  )

  it('gives frames, notes or a CaptureError, and nothing else', () => {
    assert.equal(trace.total, 1)
    assert.equal(open(whole).trace.total, 3)
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice()
        for (const [at, bits] of changes) bytes[at]! ^= bits
        try {
          const opened = open(bytes)
          again(opened)
          for (let number = 1; number <= opened.trace.total; number++) opened.trace.detail(number)
        } catch (error) {
          assert.ok(error instanceof CaptureError, String(error))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('with an item of nobody’s kind is opened without it, and says so', async () => {
    const { app } = testDashboard()
    const text = Buffer.from(whole)
    const at = text.indexOf('"kind":"unseen"')
    text.write('"kind":"unsung"', at)
    const answer = await app.inject({ method: 'POST', url: '/api/captures', headers: upload, payload: text })
    const opened = answer.json<CaptureNode>()
    assert.match(opened.notes.join(), /one thing can't be read: an item of kind "unsung", which is not known/)
    const { packets } = (
      await app.inject({ url: `/api/packets?capture=${opened.id}`, headers })
    ).json<PacketPage>()
    assert.deepEqual(
      packets.map(({ fate }) => fate),
      ['delivered', 'lost'],
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bitsOnTheWire, link } from '../../server/protocols/link.ts'
import type { Frame, Transit } from '../../server/protocols/packet.ts'
import { filterName } from '../../server/trace/filter-fields.ts'
import { CLIENT, SERVER, START_TIME, tcpFrame, udpFrame, utf8 } from '../frames.ts'
import { damaged } from '../lab-script.ts'
import { dissected } from './dissected.ts'

const TRANSIT: Transit = {
  cable: 'server',
  direction: 'up',
  fates: ['corrupted', 'duplicated'],
  sentAt: START_TIME,
  arrivals: [START_TIME + 20_000_000n, START_TIME + 21_000_000n],
  queue: 3,
  delay: 0.02,
  rate: 1_000_000,
  seen: true,
}

const over = (frame: Frame, transit: Partial<Transit> = {}): Frame => ({
  ...frame,
  transit: { ...TRANSIT, ...transit },
})
const segment = (payload = 0) =>
  tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'A', payload: new Uint8Array(payload) })

describe('the lab cable', () => {
  it('is the outermost layer, without bytes of its own', () => {
    const { packet, stack } = dissected(over(segment()))
    assert.equal(stack, 'link:eth:ip:tcp')
    const [cable, ethernet] = packet.layers
    assert.deepEqual([cable?.protocol.osi, cable?.start, cable?.end, cable?.parent], [1, 0, 0, -1])
    assert.deepEqual([ethernet?.start, ethernet?.parent], [0, 0])
  })

  it('says what it did to the frame', () => {
    const { one, all } = dissected(over(segment(1460)))
    assert.deepEqual(all('link.fate'), ['corrupted', 'duplicated'])
    assert.deepEqual([one('link.cable'), one('link.direction'), one('link.queue')], ['server', 'up', 3])
    assert.equal(one('link.delay'), 0.02)
    assert.deepEqual(all('link.transit'), [0.02, 0.021])
    assert.equal(one('link.bits'), 12_304)
    assert.equal(one('link.serialization'), 0.012304)
  })

  it('has no delay for what never arrives, and no time to send where there is no rate', () => {
    const { one } = dissected(over(segment(), { fates: ['lost'], delay: undefined, arrivals: [], rate: 0 }))
    assert.deepEqual(
      [one('link.delay'), one('link.transit'), one('link.serialization')],
      Array(3).fill(undefined),
    )
  })

  it('shows the first byte that is another at the other end', () => {
    const frame = segment(100)
    const { one, span } = dissected(over(frame, { other: damaged(frame.bytes, 60) }))
    assert.equal(one('link.damage'), 'byte 60: 0x00 here, 0x08 at the other end')
    assert.deepEqual([span('link.damage').start, span('link.damage').end], [60, 61])
  })

  it('is not there on other networks', () => {
    assert.equal(dissected(segment()).stack, 'eth:ip:tcp')
  })

  it('a short frame is filled up on the wire', () => {
    assert.equal(bitsOnTheWire(42), bitsOnTheWire(60))
    assert.equal(bitsOnTheWire(60), 672)
  })

  it('every field says what it is for, and can be filtered by', () => {
    for (const { name, about } of Object.values(link.fields)) {
      assert.match(about ?? '', /\.$/, name)
      assert.ok(filterName(name), name)
    }
  })

  it('is left out where tshark lists the protocols of a frame', () => {
    const { packet } = dissected(over(segment()))
    assert.deepEqual(filterName('frame.protocols')?.values(packet), ['eth:ethertype:ip:tcp'])
  })
})

describe('checksums', () => {
  const bad = (frame: Frame, at?: number) => ({ ...frame, bytes: damaged(frame.bytes, at) })

  it('are verified on the lab network', () => {
    const tcp = dissected(over(segment(10)))
    assert.equal(tcp.one('tcp.checksum.status'), 1)
    const udp = dissected(over(udpFrame(CLIENT, SERVER, utf8('hello'))))
    assert.equal(udp.one('udp.checksum.status'), 1)
  })

  it('of what was damaged are bad, and say what they should be', () => {
    const tcp = dissected(over(bad(segment(10))))
    assert.equal(tcp.one('tcp.checksum.status'), 0)
    assert.match(tcp.span('tcp.checksum_bad.expert').text ?? '', /^Bad checksum \[should be 0x[0-9a-f]{4}\]$/)
    assert.match(tcp.info, /\[TCP CHECKSUM INCORRECT\]/)
    const udp = dissected(over(bad(udpFrame(CLIENT, SERVER, utf8('hello')))))
    assert.equal(udp.one('udp.checksum.status'), 0)
    assert.match(udp.info, /\[UDP CHECKSUM INCORRECT\]/)
    const ip = dissected(over(bad(segment(), 22)))
    assert.equal(ip.one('ip.checksum.status'), 0)
    assert.match(ip.span('ip.checksum_bad.expert').text ?? '', /should be/)
  })

  it('are left alone on the loopback, where nobody finishes them', () => {
    for (const frame of [bad(segment(10)), segment(10)]) {
      const { one, span } = dissected(frame)
      assert.equal(one('tcp.checksum.status'), 2)
      assert.match(span('tcp.checksum.status').text ?? '', /offload/)
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concat, hex, ipv4Bytes } from '../frames.ts'
import { Hub, ip, settled } from './hub.ts'

const isArp = (frame: Uint8Array) => frame[12] === 0x08 && frame[13] === 0x06
const isArpReply = (frame: Uint8Array) => isArp(frame) && frame[21] === 2
const everyone = 'ff:ff:ff:ff:ff:ff'

/** An ARP packet by hand: opcode, sender's MAC and address, target's. */
const arp = (opcode: 1 | 2, senderMac: string, sender: string, targetMac: string, target: string) =>
  concat(
    hex(`0001 0800 06 04 000${opcode}`),
    ...[senderMac, sender, targetMac, target].map((text) =>
      text.includes(':') ? hex(text.replaceAll(':', '')) : Uint8Array.from(text.split('.').map(Number)),
    ),
  )

const STRANGER = '02:aa:00:00:00:01'
const NOBODY = '00:00:00:00:00:00'
const A_MAC = '02:00:0a:00:00:01'

/** A is there, a datagram or two are sent to where nobody is. */
function lonely() {
  const hub = new Hub()
  const host = hub.host('10.0.0.1')
  hub.pass(10)
  hub.forget()
  const socket = host.udp.bind(5000, { message: () => undefined })
  return { hub, host, send: (to: string, bytes = new Uint8Array(4)) => socket.send(bytes, ip(to), 7) }
}

/** Times, since the first, at which ARP requests went out. */
const requestTimes = (hub: Hub) => {
  const arps = hub.sent.filter(({ bytes }) => isArp(bytes))
  return arps.map(({ time }) => time - (arps[0]?.time ?? 0))
}

describe('ARP', () => {
  it('finds a neighbour by asking everyone, then sends what waited', async () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    hub.host('10.0.0.2')
    hub.pass(10)
    hub.forget()
    const ping = a.ping(ip('10.0.0.2'))
    hub.pass(10)
    assert.equal((await settled(ping))?.kind, 'reply')
    assert.deepEqual(
      hub.transcript().map((line) => line.replace(/id=.*/, '').trim()),
      [
        'Who has 10.0.0.2? Tell 10.0.0.1',
        '10.0.0.2 is at 02:00:0a:00:00:02',
        'Echo (ping) request',
        'Echo (ping) reply',
      ],
    )
    const [request, reply] = hub.dissected()
    assert.equal(request?.one('eth.dst'), everyone)
    assert.equal(request?.one('arp.dst.hw_mac'), NOBODY)
    assert.equal(reply?.one('eth.dst'), A_MAC)
  })

  it('a host announces its address when it is plugged in, so that others may know it', () => {
    const hub = new Hub()
    hub.host('10.0.0.1')
    hub.pass(5)
    assert.deepEqual(hub.transcript(), ['ARP Announcement for 10.0.0.1'])
  })

  it('who asks us is known at once: the answer needs no question of its own', () => {
    const hub = new Hub()
    hub.host('10.0.0.1')
    hub.pass(5)
    hub.forget()
    hub.inject(
      { destination: everyone, source: STRANGER, type: 0x0806 },
      arp(1, STRANGER, '10.0.0.9', NOBODY, '10.0.0.1'),
    )
    hub.pass(5)
    const packet = ipv4Bytes(
      { source: '10.0.0.9', destination: '10.0.0.1', protocol: 1 },
      hex('0800 f7fd 0001 0001'),
    )
    hub.inject({ destination: A_MAC, source: STRANGER, type: 0x0800 }, packet)
    hub.pass(5)
    const [, reply, , echoed] = hub.dissected()
    assert.equal(reply?.info, `10.0.0.1 is at ${A_MAC}`)
    assert.equal(echoed?.one('eth.dst'), STRANGER)
    assert.equal(echoed?.one('icmp.type'), 0)
  })

  it('a probe, whose sender has no address yet, is answered and not remembered (RFC 5227)', () => {
    const { hub, host } = lonely()
    hub.inject(
      { destination: everyone, source: STRANGER, type: 0x0806 },
      arp(1, STRANGER, '0.0.0.0', NOBODY, '10.0.0.1'),
    )
    hub.pass(5)
    assert.deepEqual(hub.transcript(), ['Who has 10.0.0.1? (ARP Probe)', `10.0.0.1 is at ${A_MAC}`])
    assert.equal(host.conflict, undefined)
  })

  it('asks once a second, three times, and then gives up; UDP hears nothing', () => {
    const { hub, send } = lonely()
    send('10.0.0.9')
    hub.pass(30_000)
    assert.deepEqual(requestTimes(hub), [0, 1000, 2000])
    assert.equal(hub.clock.pending, 0)
    assert.equal(hub.sent.length, 3)
  })

  it('however much there is to send, it asks no more often than once a second (RFC 1122 §2.3.2.1)', () => {
    const { hub, send } = lonely()
    for (let ms = 0; ms < 10_000; ms += 50) {
      send('10.0.0.9')
      hub.pass(50)
    }
    const times = requestTimes(hub)
    for (const [i, time] of times.slice(1).entries()) assert.ok(time - times[i]! >= 1000, `${times}`)
    assert.ok(times.length >= 8)
  })

  it('after it gave up, the next packet asks anew, and finds who has come meanwhile', () => {
    const { hub, send } = lonely()
    send('10.0.0.9')
    hub.pass(5000)
    let heard = 0
    hub.host('10.0.0.9').udp.bind(7, { message: () => heard++ })
    send('10.0.0.9')
    hub.pass(10)
    assert.equal(heard, 1)
  })

  it('the latest packets wait, up to 128 kB for each neighbour: a datagram of 64 kB arrives whole', () => {
    const { hub, send } = lonely()
    const heard: number[] = []
    hub.host('10.0.0.2').udp.bind(7, { message: (bytes) => heard.push(bytes[0]!) })
    hub.pass(5)
    hub.loses = isArp
    for (let n = 0; n < 5; n++) send('10.0.0.2', new Uint8Array(60_000).fill(n))
    hub.pass(500)
    hub.loses = () => false
    hub.pass(1000)
    // Of the third some fragments are gone; the last two are whole.
    assert.deepEqual(heard, [3, 4])
  })

  it('an answer that comes late is still one', async () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    hub.host('10.0.0.2')
    hub.pass(5)
    let lost = 0
    hub.loses = (frame) => isArpReply(frame) && lost++ < 2
    const ping = a.ping(ip('10.0.0.2'))
    hub.pass(4000)
    assert.equal((await settled(ping))?.kind, 'reply')
  })

  it('TCP hears that nobody answered, in the words of Node', () => {
    const { hub, host } = lonely()
    const troubles: unknown[] = []
    host.tcp.connect(ip('10.0.0.9'), 80, {
      connected: () => undefined,
      data: () => undefined,
      ended: () => undefined,
      writable: () => undefined,
      closed: (failure) => troubles.push(failure),
      trouble: (what, number) => what === 'unreachable' && troubles.push(number),
    })
    hub.pass(3500)
    assert.equal(troubles[0], 1)
    hub.pass(400_000)
    assert.equal(troubles.at(-1), 'EHOSTUNREACH')
  })

  it('a neighbour in use is asked again after a minute, alone and while packets go on (RFC 1122 §2.3.2.1)', () => {
    const { hub, send } = lonely()
    const heard: number[] = []
    hub.host('10.0.0.2').udp.bind(7, { message: () => heard.push(hub.clock.now()) })
    send('10.0.0.2')
    hub.pass(61_000)
    hub.forget()
    send('10.0.0.2')
    hub.pass(10)
    assert.equal(heard.length, 2)
    const [poll] = hub.dissected()
    assert.equal(poll?.info, 'Who has 10.0.0.2? Tell 10.0.0.1')
    assert.equal(poll?.one('eth.dst'), '02:00:0a:00:00:02')
    hub.pass(5000)
    assert.equal(hub.clock.pending, 0)
  })

  it('one that does not answer any more is forgotten, and asked for among all', () => {
    const { hub, send } = lonely()
    hub.host('10.0.0.2')
    send('10.0.0.2')
    hub.pass(61_000)
    hub.loses = isArpReply
    send('10.0.0.2')
    hub.pass(5000)
    hub.forget()
    send('10.0.0.2')
    hub.pass(10)
    assert.equal(hub.dissected()[0]?.one('eth.dst'), everyone)
  })

  it('a neighbour that is unused costs neither frames nor timers', () => {
    const { hub, send } = lonely()
    hub.host('10.0.0.2')
    send('10.0.0.2')
    hub.pass(10)
    hub.forget()
    assert.equal(hub.clock.pending, 0)
    hub.pass(3_600_000)
    assert.equal(hub.sent.length, 0)
  })

  it('a neighbour with a new card is believed when it says so', () => {
    const { hub, send } = lonely()
    const old = hub.host('10.0.0.2')
    send('10.0.0.2')
    hub.pass(10)
    old.close()
    hub.inject(
      { destination: everyone, source: STRANGER, type: 0x0806 },
      arp(1, STRANGER, '10.0.0.2', NOBODY, '10.0.0.2'),
    )
    hub.pass(2)
    hub.forget()
    send('10.0.0.2')
    assert.equal(hub.dissected()[0]?.one('eth.dst'), STRANGER)
  })

  it('somebody else with our address is noted, and told off no more than once in ten seconds (RFC 5227)', () => {
    const { hub, host } = lonely()
    for (let n = 0; n < 5; n++) {
      hub.inject(
        { destination: everyone, source: STRANGER, type: 0x0806 },
        arp(1, STRANGER, '10.0.0.1', NOBODY, '10.0.0.1'),
      )
      hub.pass(1000)
    }
    assert.equal(host.conflict?.mac, 0x02aa_0000_0001)
    assert.equal(hub.sent.length, 6)
    assert.equal(hub.transcript()[1], 'ARP Announcement for 10.0.0.1')
  })

  it('nonsense is dropped: cut short, of another network, from a group, from an address outside the subnet', () => {
    const { hub, send } = lonely()
    const good = arp(2, STRANGER, '10.0.0.9', A_MAC, '10.0.0.1')
    const other = good.slice()
    other[1] = 6
    const group = good.slice()
    group[8] = 0xff
    for (const packet of [
      good.subarray(0, 27),
      other,
      group,
      arp(2, STRANGER, '10.0.7.9', A_MAC, '10.0.0.1'),
    ]) {
      hub.inject({ destination: A_MAC, source: STRANGER, type: 0x0806 }, packet)
    }
    hub.pass(10)
    hub.forget()
    send('10.0.0.9')
    hub.pass(10)
    assert.deepEqual(hub.transcript(), ['Who has 10.0.0.9? Tell 10.0.0.1'])
  })

  it('a host that is closed asks no more and leaves no timer', () => {
    const { hub, host, send } = lonely()
    send('10.0.0.9')
    hub.pass(5)
    host.close()
    assert.equal(hub.clock.pending, 0)
    hub.pass(5000)
    assert.equal(hub.sent.length, 1)
  })
})

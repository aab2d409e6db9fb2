import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NetworkError } from '../../server/errors.ts'
import { LARGEST_DATAGRAM } from '../../server/network/udp.ts'
import { hex, ipv4Bytes, udpFrame } from '../frames.ts'
import { Hub, ip } from './hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const nothing = { message: () => undefined }

function three() {
  const hub = new Hub()
  const a = hub.host('10.0.0.1')
  const b = hub.host('10.0.0.2')
  const c = hub.host('10.0.0.3')
  hub.pass(10)
  hub.forget()
  return { hub, a, b, c }
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('UDP', () => {
  it('carries a datagram and its answer, and says where each came from', () => {
    const { hub, a, b } = three()
    const said: string[] = []
    const server = a.udp.bind(7, {
      message(bytes, from, to) {
        assert.deepEqual(from, { address: b.address, port: client.port })
        assert.equal(to, a.address)
        server.send(bytes, from.address, from.port)
      },
    })
    const client = b.udp.bind(0, {
      message: (bytes, { port }) => said.push(`${new TextDecoder().decode(bytes)} ${port}`),
    })
    assert.ok(client.port >= 49_152)
    assert.equal(client.send(bytesOf('hello'), a.address, 7), 'sent')
    hub.pass(10)
    assert.deepEqual(said, ['hello 7'])
    assert.ok(hub.transcript().some((info) => info === `${client.port} → 7 Len=5`))
  })

  it('keeps the boundaries of what was sent, an empty datagram and one of 65,507 bytes included', () => {
    const { hub, a, b } = three()
    const lengths: number[] = []
    a.udp.bind(7, { message: (bytes) => lengths.push(bytes.length) })
    const client = b.udp.bind(0, nothing)
    for (const length of [0, 1, 1472, 1473, LARGEST_DATAGRAM])
      client.send(new Uint8Array(length), a.address, 7)
    hub.pass(100)
    assert.deepEqual(lengths, [0, 1, 1472, 1473, 65_507])
    assert.equal(client.send(new Uint8Array(65_508), a.address, 7), 'too long')
  })

  it('what is sent may be changed afterwards', () => {
    const { hub, a, b } = three()
    const heard: string[] = []
    a.udp.bind(7, { message: (bytes) => heard.push(new TextDecoder().decode(bytes)) })
    const bytes = bytesOf('before')
    b.udp.bind(0, nothing).send(bytes, a.address, 7)
    bytes.fill(0)
    hub.pass(10)
    assert.deepEqual(heard, ['before'])
  })

  it('a port has one user; another is told that it is taken, and by which name', () => {
    const { a } = three()
    const first = a.udp.bind(7, nothing)
    assert.throws(
      () => a.udp.bind(7, nothing),
      (error) =>
        error instanceof NetworkError && error.code === 'EADDRINUSE' && /10\.0\.0\.1:7/.test(error.message),
    )
    first.close()
    first.close()
    a.udp.bind(7, nothing).close()
  })

  it('port 0 gives any that is free, until none is', () => {
    const { a } = three()
    const ports = new Set<number>()
    for (let n = 0; n < 16_384; n++) ports.add(a.udp.bind(0, nothing).port)
    assert.equal(ports.size, 16_384)
    assert.throws(() => a.udp.bind(0, nothing), { code: 'EADDRINUSE' })
  })

  it('a socket that was closed hears and sends nothing, also when its port has a new user', () => {
    const { hub, a, b } = three()
    const heard: string[] = []
    const old = a.udp.bind(7, { message: () => heard.push('old') })
    old.close()
    a.udp.bind(7, { message: () => heard.push('new') })
    old.close()
    const client = b.udp.bind(0, nothing)
    client.send(new Uint8Array(1), a.address, 7)
    hub.pass(10)
    assert.deepEqual(heard, ['new'])
    assert.equal(old.send(new Uint8Array(1), b.address, 7), 'not permitted')
  })

  it('to a port where nobody is comes back as unreachable, to the program that sent it (RFC 1122 §4.1.3.1, §4.1.3.3)', () => {
    const { hub, a, b } = three()
    const heard: unknown[] = []
    const other = b.udp.bind(0, { message() {}, unreachable: () => heard.push('other') })
    const client = b.udp.bind(0, { message() {}, unreachable: (to, code) => heard.push({ to, code }) })
    client.send(bytesOf('anybody?'), a.address, 9)
    hub.pass(10)
    assert.deepEqual(heard, [{ to: { address: a.address, port: 9 }, code: 3 }])
    assert.equal(hub.transcript().at(-1), 'Destination unreachable (Port unreachable)')
    other.close()
  })

  it('with a wrong checksum is dropped, not answered; with none at all it is taken (RFC 1122 §4.1.3.4)', () => {
    const { hub, a } = three()
    const heard: string[] = []
    a.udp.bind(7, { message: (bytes) => heard.push(Buffer.from(bytes).toString('hex')) })
    const from = { address: '10.0.0.2', port: 5000 }
    const send = (port: number, change: (datagram: Uint8Array) => unknown) => {
      const packet = udpFrame(from, { address: '10.0.0.1', port }, hex('0a0b')).bytes.slice(14)
      change(packet.subarray(20))
      hub.inject({ destination: A_MAC, source: B_MAC, type: 0x0800 }, packet)
      hub.pass(10)
    }
    send(7, () => undefined)
    send(7, (datagram) => datagram.fill(0xff, 9, 10))
    send(7, (datagram) => datagram.fill(0, 6, 8))
    send(9, (datagram) => datagram.fill(0xff, 9, 10))
    assert.deepEqual(heard, ['0a0b', '0a0b'])
    assert.equal(hub.dissected().filter((frame) => frame.stack.includes('icmp')).length, 0)
  })

  it('whose length can’t be is dropped; what stands behind its length is not its data', () => {
    const { hub, a } = three()
    const heard: number[] = []
    a.udp.bind(7, { message: (bytes) => heard.push(bytes.length) })
    for (const text of [
      '1388 0007 0007 0000 01',
      '1388 0007 000d 0000 01',
      '1388 0007 0008',
      '1388 0007 0009 0000 010203',
    ]) {
      const packet = ipv4Bytes({ source: '10.0.0.2', destination: '10.0.0.1', protocol: 17 }, hex(text))
      hub.inject({ destination: A_MAC, source: B_MAC, type: 0x0800 }, packet)
    }
    hub.pass(10)
    assert.deepEqual(heard, [1])
  })

  it('a checksum that comes out as zero is sent as all ones (RFC 768)', () => {
    const { hub, a, b } = three()
    let heard = 0
    a.udp.bind(7, { message: () => heard++ })
    const client = b.udp.bind(5000, nothing)
    client.send(new Uint8Array(2), a.address, 7)
    hub.pass(10)
    const checksum = Number(hub.dissected().at(-1)?.one('udp.checksum'))
    client.send(Uint8Array.of(checksum >> 8, checksum & 255), a.address, 7)
    hub.pass(10)
    assert.equal(hub.dissected().at(-1)?.one('udp.checksum'), 0xffff)
    assert.equal(heard, 2)
  })
})

describe('a broadcast', () => {
  it('reaches everyone who listens, in both spellings, the sender too; nobody complains of a closed port', () => {
    const { hub, a, b, c } = three()
    const heard: string[] = []
    for (const [name, host] of Object.entries({ a, b })) {
      host.udp.bind(7, {
        message: (_, { address }, to) => heard.push(`${name} ${address === a.address} ${to >>> 0}`),
      })
    }
    const sender = a.udp.bind(0, { message() {}, unreachable: () => heard.push('unreachable') })
    sender.setBroadcast(true)
    assert.equal(sender.send(bytesOf('all'), 0xffff_ffff, 7), 'sent')
    assert.equal(sender.send(bytesOf('all'), ip('10.0.0.255'), 7), 'sent')
    hub.pass(10)
    assert.deepEqual(heard.sort(), [
      `a true ${0x0a0000ff}`,
      `a true ${0xffff_ffff}`,
      `b true ${0x0a0000ff}`,
      `b true ${0xffff_ffff}`,
    ])
    assert.equal(hub.sent.length, 2)
    assert.equal(hub.dissected()[0]?.one('eth.dst'), 'ff:ff:ff:ff:ff:ff')
    c.close()
  })

  it('is allowed only to who has asked for it', () => {
    const { hub, a } = three()
    const socket = a.udp.bind(0, nothing)
    assert.equal(socket.send(bytesOf('all'), 0xffff_ffff, 7), 'not permitted')
    socket.setBroadcast(true)
    socket.setBroadcast(false)
    assert.equal(socket.send(bytesOf('all'), ip('10.0.0.255'), 7), 'not permitted')
    assert.equal(hub.sent.length, 0)
  })
})

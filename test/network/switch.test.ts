import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SimulatedClock } from '../../server/network/clock.ts'
import { Switch, type SwitchPort } from '../../server/network/switch.ts'
import { arpRequest, ethernet, mac } from './lab-frames.ts'

interface Heard {
  port: string
  witness: boolean
}

function lan(names: readonly string[], impaired: readonly string[] = []) {
  const clock = new SimulatedClock()
  const lan = new Switch(clock)
  let heard: Heard[] = []
  const ports = Object.fromEntries(
    names.map((name, at) => {
      const port: SwitchPort = {
        address: at + 1,
        impaired: impaired.includes(name),
        out: (_frame, _from, witness) => heard.push({ port: name, witness }),
      }
      lan.plug(port)
      return [name, port]
    }),
  )
  /** Who hears a frame that comes in at one port. */
  const send = (from: string, to: number, source: number, type = 0x0800) => {
    heard = []
    lan.receive(ports[from]!, ethernet(to, source, type, 46))
    return heard.map(({ port }) => port)
  }
  const receive = (from: string, frame: Uint8Array) => {
    heard = []
    lan.receive(ports[from]!, frame)
    return heard
  }
  return { clock, lan, ports, send, receive }
}

const [A, B, C] = [mac(1), mac(2), mac(3)]
const EVERYONE = 0xffff_ffff_ffff
const GROUP = 0x0100_5e00_0001

describe('a switch', () => {
  it('floods what it does not know, and learns where the sender lives', () => {
    const { send } = lan(['a', 'b', 'c'])
    assert.deepEqual(send('a', B, A), ['b', 'c'])
    assert.deepEqual(send('b', A, B), ['a'])
    assert.deepEqual(send('a', B, A), ['b'])
  })

  it('sends what is for everyone, or for a group, to all but the sender', () => {
    const { send } = lan(['a', 'b', 'c'])
    send('b', A, B)
    assert.deepEqual(send('a', EVERYONE, A), ['b', 'c'])
    assert.deepEqual(send('a', GROUP, A), ['b', 'c'])
  })

  it('sends nothing back to where it came from', () => {
    const { send } = lan(['a', 'b'])
    send('a', EVERYONE, A)
    send('a', EVERYONE, B)
    assert.deepEqual(send('a', B, A), [])
  })

  it('follows an address that moves', () => {
    const { send } = lan(['a', 'b', 'c'])
    send('b', EVERYONE, B)
    send('c', EVERYONE, B)
    assert.deepEqual(send('a', B, A), ['c'])
  })

  it('forgets after five minutes of silence, and floods again', () => {
    const { clock, send } = lan(['a', 'b', 'c'])
    send('b', EVERYONE, B)
    clock.run(300_000)
    assert.deepEqual(send('a', B, A), ['b'])
    clock.run(300_001)
    assert.deepEqual(send('a', B, A), ['b', 'c'])
  })

  it('learns nothing from a sender that is a group', () => {
    const { lan: it, send } = lan(['a', 'b'])
    send('a', B, GROUP)
    assert.equal(it.known, 0)
  })

  it('forgets who lived on a port that is unplugged; what still comes from there is carried', () => {
    const { lan: it, ports, send } = lan(['a', 'b', 'c'])
    send('b', EVERYONE, B)
    it.unplug(ports.b!)
    assert.equal(it.known, 0)
    assert.deepEqual(send('a', B, A), ['c'])
    assert.deepEqual(send('b', A, B), ['a'])
    assert.equal(it.known, 1)
  })

  it('knows 1024 addresses at most, and makes room from the old ones', () => {
    const { clock, lan: it, send } = lan(['a', 'b'])
    for (let n = 0; n < 3000; n++) send('a', EVERYONE, mac(n + 100))
    assert.equal(it.known, 1024)
    send('b', EVERYONE, B)
    assert.deepEqual(send('a', B, A), ['b'])
    clock.run(300_001)
    send('b', EVERYONE, B)
    assert.equal(it.known, 1)
  })

  it('drops what is shorter than an Ethernet header, and minds no bytes', () => {
    const { receive } = lan(['a', 'b'])
    assert.deepEqual(receive('a', new Uint8Array(13)), [])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const copies = receive('a', bytes)
        assert.ok(copies.length <= 1)
      }),
    )
  })

  it('of the copies of a flooded frame one is the witness: on an impaired cable, if there is one', () => {
    const { receive } = lan(['a', 'b', 'server', 'other'], ['server', 'other'])
    const everyone = ethernet(EVERYONE, A, 0x0800, 46)
    const witnesses = (heard: Heard[]) => heard.filter(({ witness }) => witness).map(({ port }) => port)
    assert.deepEqual(witnesses(receive('a', everyone)), ['server'])
    assert.deepEqual(witnesses(receive('a', arpRequest(1, 4))), ['other'])
    assert.deepEqual(witnesses(receive('a', arpRequest(1, 2))), ['b'])
    assert.deepEqual(witnesses(receive('a', arpRequest(1, 99))), ['server'])
    const { receive: between } = lan(['a', 'b', 'c'])
    assert.deepEqual(witnesses(between('a', ethernet(C, A, 0x0800, 46))), ['b'])
  })
})

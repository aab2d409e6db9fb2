import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  clip,
  describeEvent,
  describePacket,
  eventWords,
  fit,
  withoutConversation,
  wrap,
} from '../../web/views/ladder-words.ts'
import { event, row } from './rows.ts'

test('an event reads as the program’s own code', () => {
  const words = (rest: Parameters<typeof event>[3], kind: Parameters<typeof event>[2] = 'emit') =>
    eventWords(event(1, 0, kind, rest)).words
  assert.equal(words({ nsp: '/', event: 'news', args: '["hi",2]' }), 'emit(\'news\', "hi",2)')
  assert.equal(words({ event: 'speak', args: '[]' }, 'on'), "on('speak')")
  assert.equal(words({ event: 'write', args: '["hi…' }), 'write("hi…)', 'cut short')
  assert.equal(words({ event: 'write', args: '["hi"]' }), 'write("hi")', 'a socket of no namespace is TCP')
  assert.equal(
    words({ nsp: '/', event: null, args: '["x"]' }),
    'ack("x")',
    'an answer has no name of its own',
  )
  assert.equal(words({ rooms: ['lobby'] }, 'join'), "join('lobby')")
})

test('rooms, reasons and silence stand beside the call', () => {
  const detail = (kind: Parameters<typeof event>[2], rest: Parameters<typeof event>[3]) =>
    eventWords(event(1, 0, kind, rest)).detail
  assert.equal(detail('emit', { nsp: '/', event: 'a', rooms: ['lobby', 'attic'] }), 'to lobby, attic')
  assert.equal(detail('on', { event: 'a', listeners: 0 }), 'nobody listens')
  assert.equal(detail('on', { event: 'a', listeners: 2 }), '')
  assert.equal(detail('disconnect', { reason: 'transport close' }), 'transport close')
})

test('a packet’s name says everything that its drawing shows', () => {
  const packet = row(12, 0, 'ping 2', {
    protocol: 'Engine.IO',
    osi: 5,
    fromClient: false,
    says: 'The server asks: are you still there?',
  })
  assert.equal(
    describePacket(packet, { label: packet.label, tags: 'lost', says: packet.says, letter: 'B' }),
    'Packet 12, server to client, flow B, ping 2, Engine.IO, layer 5, 66 bytes, lost, The server asks: are you still there?',
  )
  assert.equal(describeEvent(event(1, 0, 'on', { event: 'a', packet: 7 })), "hub: on('a'), packet 7")
})

test('a sentence is broken between words and cut after its last line', () => {
  assert.deepEqual(wrap('one two three four', 9, 2), ['one two', 'three fo…'])
  assert.deepEqual(wrap('one two three', 9, 2), ['one two', 'three'])
  assert.deepEqual(wrap('short', 9, 2), ['short'])
  assert.deepEqual(wrap('unbreakable', 4, 2), ['unb…'])
})

test('no line is longer than asked for, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 3 }),
      (text, width, most) => {
        const lines = wrap(text, width, most)
        assert.ok(lines.length <= most)
        for (const line of lines) assert.ok(line.length <= width)
      },
    ),
  )
})

test('a note that would lose most of itself is left out', () => {
  assert.equal(fit('transport close', 13), 'transport cl…')
  assert.equal(fit('transport close', 11), '')
  assert.equal(fit('hi', 2), 'hi')
  assert.equal(clip('hello', 4.9), 'hel…')
})

test('where packets came and no two programs spoke, it is said what came', () => {
  const of = (protocol: string, flow: string | null = null) => ({ protocol, flow })
  assert.match(withoutConversation([of('ARP'), of('ARP')]), /^ARP, and no two programs/)
  assert.match(withoutConversation([of('ARP'), of('ICMP')]), /^ARP and ICMP, and no two/)
  assert.equal(withoutConversation([]), '')
  assert.equal(withoutConversation([of('ARP'), of('TCP', 'tcp.0')]), '', 'its conversation is on its way')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventOf, newNote, noteText, packNote, unpackNote } from '../../server/services/event-note.ts'

/** An event of a packet, by way of another thread. */
function eventOfText(text: string) {
  const note = newNote('hub', 'emit')
  noteText(note, text)
  return { note, event: eventOf(unpackNote(structuredClone(packNote(note))), 0n) }
}

test('a packet travels as the text that it is, and is read where it arrives', () => {
  const { note, event } = eventOfText('51-/chat,7["news",{"_placeholder":true,"num":0}]')
  assert.deepEqual([note.event, note.args, note.ack, note.attachments], [null, null, null, 0])
  assert.deepEqual(
    [event.event, event.args, event.ack, event.attachments],
    ['news', '[{"_placeholder":true,"num":0}]', 7, 1],
  )
})

test('of a packet of a million characters no more travels than is shown', () => {
  const { note, event } = eventOfText(`27["news","${'x'.repeat(1_000_000)}"]`)
  assert.equal(note.text, null)
  assert.deepEqual([event.event, event.args, event.ack], ['news', `["${'x'.repeat(997)}…`, 7])
})

test('the name that Socket.IO gave an event is kept', () => {
  const note = newNote('hub', 'on')
  noteText(note, '2[1e2]')
  note.event = '100'
  assert.equal(eventOf(note, 0n).event, '100')
})

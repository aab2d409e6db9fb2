/** Two traces of the same frames, one that skims and one that dissects each: what they know must be the same. */
import assert from 'node:assert/strict'
import { malformed } from '../../server/protocols/malformed.ts'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import { Stack } from '../../server/protocols/stack.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { filterName } from '../../server/trace/filter-fields.ts'
import type { Columns } from '../../server/trace/rows.ts'
import { Trace, type TraceOptions } from '../../server/trace/trace.ts'
import { WantedFields } from '../../server/trace/wanted-fields.ts'
import { words } from '../../server/trace/words.ts'

/** What is wrong within an option, say, is only found by who records it. */
const MALFORMED = new Stack().bit(malformed)

/** Fails where a skim and a dissection of the same frames part. Answers with how many lines came from a skim. */
export function assertAlike(frames: readonly Frame[], options: TraceOptions = {}): number {
  const dissected = new Trace(options)
  const skimmed = new Trace(options)
  const summarised = new Trace(options)
  // Words that depend on a packet to come, such as an answer's, are not there yet on the first pass.
  const expected = frames.map((frame) => {
    skimmed.add(frame)
    return dissected.columnsOf(dissected.addRecorded(frame))
  })
  let lines = 0
  frames.forEach((frame, index) => {
    const number = index + 1
    const lent = summarised.summarise(frame)
    if (lent.ink !== undefined) lines++
    const line = plain(lent)
    const packet = packetOf(dissected, number)
    const later = dissected.columnsOf(packet)
    // Whereas it is only known behind a segment that it was part of a message.
    assert.deepEqual(line, line.info === later.info ? later : expected[index], `the line of packet ${number}`)
    assert.deepEqual(shown(packetOf(skimmed, number)), shown(packet), `the tree of packet ${number}`)
    assert.deepEqual(skimmed.row(number), dissected.row(number), `the row of packet ${number}`)
    const noted = (trace: Trace) => trace.protocols(number) & ~MALFORMED
    assert.equal(noted(skimmed), noted(dissected), `the protocols of packet ${number}`)
  })
  assert.deepEqual(skimmed.flows.list(), dissected.flows.list())
  assert.deepEqual(summarised.flows.list(), dissected.flows.list())
  assert.deepEqual(skimmed.sessions(), dissected.sessions())
  assert.deepEqual(summarised.sessions(), dissected.sessions())
  return lines
}

function packetOf(trace: Trace, number: number): Packet {
  const packet = trace.packet(number)
  assert.ok(typeof packet !== 'string', `packet ${number} is ${String(packet)}`)
  return packet
}

/** Fails where the fields that are wanted are not those that a whole tree holds. Answers with how many values there were. */
export function assertWanted(frames: readonly Frame[], names: readonly string[]): number {
  const dissected = new Trace()
  for (const lined of [true, false]) {
    const looked = new Trace()
    for (const frame of frames) {
      const packet = looked.look(frame, new WantedFields(names), lined)
      assert.ok(packet)
      if (lined) dissected.add(frame)
      const whole = packetOf(dissected, packet.number)
      for (const name of names) {
        const found = filterName(name)
        assert.deepEqual(found?.values(packet), found?.values(whole), `${name} of packet ${packet.number}`)
      }
      if (lined) assert.deepEqual(looked.columnsOf(packet), dissected.columnsOf(whole))
    }
  }
  let values = 0
  for (let number = 1; number <= frames.length; number++) {
    const whole = packetOf(dissected, number)
    for (const name of names) values += filterName(name)?.values(whole).length ?? 0
  }
  return values
}

/**
 * Fails where a filter chooses other packets as they come than of whole trees, or other lines are made of them than
 * without it. Answers with how many it chose.
 */
export function assertChosen(frames: readonly Frame[], text: string): number {
  const filter = compileFilter(text)
  const [summarised, choosing, dissected] = [new Trace(), new Trace(), new Trace()]
  let chosen = 0
  for (const frame of frames) {
    const expected = summarised.summarise(frame)
    const { nanos } = expected
    const about = `${text}: packet ${expected.number}`
    const line = plain(expected)
    const whole = dissected.addRecorded(frame)
    const found = choosing.choose(frame, filter)
    assert.equal(found !== undefined, filter.matches(whole), about)
    if (found === undefined) assert.equal(choosing.passedNanos, nanos, about)
    else {
      chosen++
      assert.deepEqual(plain(found), line, about)
    }
  }
  return chosen
}

/** A line without the bytes behind it. */
function plain({
  number,
  time,
  timeRelative,
  source,
  destination,
  protocol,
  length,
  info,
}: Columns): Columns {
  return { number, time, timeRelative, source, destination, protocol, length, info }
}

/** A tree as plain values. */
function shown(packet: Packet): unknown {
  const { layers, protocols, flow, fromClient } = packet
  return {
    layers: layers.map(({ protocol, buffer, start, end, parent, fields }) => {
      return [protocol.id, buffer, start, end, parent, fields]
    }),
    buffers: packet.buffers.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]),
    words: words(packet, fromClient),
    protocols,
    flow: flow?.id,
  }
}

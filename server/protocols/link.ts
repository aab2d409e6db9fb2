/**
 * The lab network's cable: the one layer that no frame says anything about. What is shown here was told by the cable
 * itself, and is true, where the layers above can only be made to guess.
 *
 * On the cable a frame is longer than in a capture (IEEE 802.3 §3.1, §4.4.2): 7 bytes of preamble, the start
 * delimiter, the frame, its check sequence of 4, and a gap of 12 before the next. 1,514 bytes are 12,304 bits.
 */
import type { Cursor } from './cursor.ts'
import { duration, text, uint } from './field.ts'
import type { Transit } from './packet.ts'
import { type NamedFields, protocol } from './protocol.ts'

/** Preamble and start delimiter, check sequence, gap. */
const AROUND_A_FRAME = 8 + 4 + 12
/** Shorter frames are filled up (IEEE 802.3 §3.2.8). */
const SMALLEST_FRAME = 60

/** For how many bits a frame of so many bytes, as captured, keeps its cable busy. */
export function bitsOnTheWire(length: number): number {
  return 8 * (Math.max(length, SMALLEST_FRAME) + AROUND_A_FRAME)
}

const FIELDS = {
  fate: text('Fate', {
    about:
      'What befell the frame, as its cable knows: delivered, lost, queue full, cut, corrupted, duplicated, reordered, delayed.',
  }),
  cable: text('Cable', {
    about: 'Which cable it travelled on: `server` is the one that impairments hold for.',
  }),
  direction: text('Direction', { about: 'up is towards the server, down is from it.' }),
  delay: duration('Delay', {
    about: 'From entering the cable to coming out, as decided when it entered; none if it never comes out.',
  }),
  transit: duration('Time on the cable', {
    about: 'From entering to coming out, as it was in the end: once more for each copy that arrived.',
  }),
  queue: uint('Frames before it in the queue', {
    about: 'How many frames waited to be sent when it came: they and it share the rate.',
  }),
  bits: uint('Bits on the wire', {
    spec: 'IEEE 802.3 §3.1',
    unit: 'bits',
    about:
      'What the cable carries for this frame: 8 bytes of preamble before it, 4 of check sequence behind it, a gap of 12, and filling for a short one.',
  }),
  rate: uint('Rate', { unit: 'bit/s', about: 'How many bits the cable takes in a second.' }),
  serialization: duration('Time to send it', {
    about: 'Its bits at that rate: from the first bit to the last, however short the cable is.',
  }),
  damage: text('Damage', {
    about: 'The first byte that was one thing when the frame entered and another when it came out.',
  }),
} as const

export const link = protocol({
  id: 'link',
  name: 'Lab cable',
  osi: 1,
  unit: 'bit',
  spec: 'IEEE 802.3 §3',
  about:
    'Carries bits from one end to the other: all of them, or none, or some the wrong way round. It has no bytes of its own.',
  fields: FIELDS,
  dissect(c, f) {
    const { transit, linkType } = c.packet
    if (transit !== undefined && c.recording) record(c, f, transit)
    return { table: 'link', keys: [linkType] }
  },
})

function record(c: Cursor, f: NamedFields<typeof FIELDS>, transit: Transit): void {
  const { sentAt, delay, rate } = transit
  for (const fate of transit.fates) c.put(f.fate, fate)
  c.put(f.cable, transit.cable)
  c.put(f.direction, transit.direction)
  if (delay !== undefined) c.put(f.delay, delay)
  for (const arrival of transit.arrivals) c.put(f.transit, Number(arrival - sentAt) / 1e9)
  c.put(f.queue, transit.queue)
  const bits = bitsOnTheWire(c.packet.originalLength)
  c.put(f.bits, bits)
  if (rate !== undefined && rate > 0) {
    c.put(f.rate, rate)
    c.put(f.serialization, bits / rate)
  }
  if (transit.other !== undefined) putDamage(c, f, transit.other)
}

/** The frame at hand may be the one that entered, or the one that came out: the receiver's side shows the latter. */
function putDamage(c: Cursor, f: NamedFields<typeof FIELDS>, other: Uint8Array): void {
  const at = c.bytes.findIndex((byte, index) => byte !== other[index])
  if (at < 0) return
  const hex = (byte = 0) => `0x${byte.toString(16).padStart(2, '0')}`
  c.put(f.damage, `byte ${at}: ${hex(c.bytes[at])} here, ${hex(other[at])} at the other end`, at, at + 1)
}

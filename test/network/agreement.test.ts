/**
 * tshark judges captures of lossy transfers, and the cable knows what was true. Both ends of each transfer are
 * exported as the dashboard exports them, and three are compared: tshark's words, ours, and the fates.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { fieldValues } from '../../server/trace/filter-fields.ts'
import { Trace } from '../../server/trace/trace.ts'
import {
  type End,
  type Passage,
  type Sighting,
  type Transfer,
  type TransferOptions,
  transfer,
} from './seen.ts'

const SKIP = spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed'

const JUDGEMENTS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'duplicate_ack',
  'keep_alive',
  'window_full',
  'window_update',
  'zero_window',
] as const
/** Of a segment that brings nothing beyond what was seen. */
const NOT_NEW: readonly string[] = JUDGEMENTS.slice(0, 4)
const CHECKSUMS = ['ip.checksum.status', 'tcp.checksum.status'] as const
const BAD = '0'

interface Judged {
  readonly stream: string
  readonly words: readonly string[]
  readonly bad: boolean
}

function byTshark(file: Uint8Array): Judged[] {
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-agreement-'))
  const path = join(folder, 'seen.pcapng')
  writeFileSync(path, file)
  const fields = ['tcp.stream', ...CHECKSUMS, ...JUDGEMENTS.map((name) => `tcp.analysis.${name}`)]
  const checking = ['tcp', 'ip', 'udp'].flatMap((id) => ['-o', `${id}.check_checksum:TRUE`])
  const { stdout } = spawnSync(
    'tshark',
    ['-n', '-r', path, ...checking, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  )
  rmSync(folder, { recursive: true })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [stream = '', ip, tcp, ...flags] = line.split('\t')
      const words = JUDGEMENTS.filter((_, at) => (flags[at] ?? '') !== '')
      return { stream, words, bad: ip === BAD || tcp === BAD }
    })
}

function byUs(file: Uint8Array): Judged[] {
  const trace = new Trace()
  const reader = new FrameReader({
    frame: (frame) => void trace.add({ ...frame, bytes: frame.bytes.slice() }),
  })
  reader.push(file)
  reader.end()
  return Array.from({ length: trace.last }, (_, at) => {
    const packet = trace.packet(at + 1)
    assert.ok(typeof packet !== 'string')
    const words = JUDGEMENTS.filter((name) => trace.rowOf(packet).analysis.includes(name))
    const bad = CHECKSUMS.some((name) => fieldValues(packet, name).includes(0))
    return { stream: String(packet.flow?.index ?? ''), words, bad }
  })
}

/** A TCP segment as it was sent: its first byte's place in its stream, and behind its last. */
interface Range {
  readonly from: number
  readonly to: number
}

/** Undefined for what is no TCP. `first` is the sequence number of its direction's SYN. */
function rangeOf({ bytes }: Passage, first: number): Range | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(12) !== 0x0800 || bytes[23] !== 6) return undefined
  const flags = view.getUint8(47)
  const length = view.getUint16(16) - 20 - (view.getUint8(46) >> 4) * 4
  const counted = length + (flags & 2 ? 1 : 0) + (flags & 1 ? 1 : 0)
  const from = (view.getUint32(38) - first) >>> 0
  return { from, to: from + counted }
}

/** The first sequence number of each direction. */
function initial({ passages }: Transfer): { up: number; down: number } {
  const numberOf = (wanted: 'up' | 'down') => {
    const syn = passages.find(({ direction, bytes }) => direction === wanted && bytes[23] === 6)
    return syn === undefined ? 0 : new DataView(syn.bytes.buffer).getUint32(38)
  }
  return { up: numberOf('up'), down: numberOf('down') }
}

const MISSING: readonly string[] = ['lost', 'queue full', 'cut']
const never = (passage: Passage) => passage.fates.some((fate) => MISSING.includes(fate))

/** A TCP segment as an end saw it, with what tshark said of it. */
interface Known {
  readonly sighting: Sighting
  readonly range: Range
  readonly judged: Judged
}

function segments(moved: Transfer, seen: readonly Sighting[], judged: readonly Judged[]): Known[] {
  const first = initial(moved)
  return seen.flatMap((sighting, at) => {
    const { passage } = sighting
    const range = rangeOf(passage, first[passage.direction])
    const verdict = judged[at]
    return range === undefined || verdict === undefined ? [] : [{ sighting, range, judged: verdict }]
  })
}

const DELAY = { delay: 0.02 }
const both = (way: Record<string, number>) => ({ up: { ...DELAY, ...way }, down: { ...DELAY, ...way } })
const SIZES = { up: 300_000, down: 100_000 }
const SCENARIOS: Readonly<Record<string, TransferOptions>> = {
  'losses of 2 %': { seed: 3, patch: both({ loss: 0.02 }), ...SIZES },
  'losses in bursts': { seed: 5, patch: both({ loss: 0.03, burst: 4 }), ...SIZES },
  reordering: { seed: 3, patch: both({ reorder: 0.05, rate: 1e7 }), ...SIZES },
  duplicates: { seed: 3, patch: both({ duplicate: 0.05 }), ...SIZES },
  'a queue of 20 at 5 Mbit/s': {
    seed: 3,
    patch: { up: { ...DELAY, rate: 5e6, limit: 20 }, down: DELAY },
    ...SIZES,
  },
  'a cable cut for a second': {
    seed: 3,
    patch: both({ rate: 2e6 }),
    later: [
      { at: 300, patch: { cut: ['server'] } },
      { at: 1300, patch: { plugIn: ['server'] } },
    ],
    ...SIZES,
  },
  'chosen losses': {
    seed: 3,
    patch: {
      ...both({}),
      choose: [
        { direction: 'up', match: 'data', nth: 40 },
        { direction: 'up', match: 'last' },
        { direction: 'down', match: 'ack', nth: 7, count: 3 },
      ],
    },
    ...SIZES,
  },
}
const DAMAGING: Readonly<Record<string, TransferOptions>> = {
  'damage of 3 %': { seed: 3, patch: both({ corrupt: 0.03 }), ...SIZES },
  'everything at once': {
    seed: 3,
    patch: both({ jitter: 0.005, loss: 0.02, reorder: 0.01, duplicate: 0.01, corrupt: 0.01 }),
    ...SIZES,
  },
}
/** What must have happened, so that there is something to agree on. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'losses of 2 %': ['lost_segment', 'retransmission', 'fast_retransmission', 'out_of_order'],
  'losses in bursts': ['lost_segment', 'retransmission'],
  reordering: ['out_of_order', 'spurious_retransmission', 'duplicate_ack'],
  duplicates: ['retransmission', 'duplicate_ack'],
  'a queue of 20 at 5 Mbit/s': ['lost_segment', 'retransmission'],
  'a cable cut for a second': ['lost_segment', 'retransmission'],
  'chosen losses': ['lost_segment', 'retransmission'],
}
const ENDS: readonly End[] = ['client', 'server']

async function judgedTransfer(options: TransferOptions) {
  const moved = await transfer(options)
  const seen = { client: moved.sightings('client'), server: moved.sightings('server') }
  const files = { client: await moved.file('client'), server: await moved.file('server') }
  const theirs = { client: byTshark(files.client), server: byTshark(files.server) }
  return { moved, seen, files, theirs }
}
type JudgedTransfer = Awaited<ReturnType<typeof judgedTransfer>>

for (const [name, options] of Object.entries({ ...SCENARIOS, ...DAMAGING })) {
  describe(`with ${name}`, { skip: SKIP }, () => {
    let known: Promise<JudgedTransfer> | undefined
    const judged = () => {
      known ??= judgedTransfer(options)
      return known
    }

    it('an export holds every frame that the end saw, and no other', async () => {
      const { seen, theirs } = await judged()
      for (const end of ENDS) assert.equal(theirs[end].length, seen[end].length, end)
    })

    it('something goes wrong', async () => {
      const { theirs } = await judged()
      const all = [...theirs.client, ...theirs.server]
      const said = new Set(all.flatMap(({ words }) => words))
      for (const word of SHOWN[name] ?? []) assert.ok(said.has(word), word)
      if (name in DAMAGING) assert.ok(all.filter(({ bad }) => bad).length > 5)
    })

    it('tshark and we say the same of every frame', async () => {
      const { files, theirs } = await judged()
      for (const end of ENDS) assert.deepEqual(byUs(files[end]), theirs[end], end)
    })

    it('every bad checksum is a frame that the cable damaged on the way there, and every such one is bad', async () => {
      const { seen, theirs } = await judged()
      for (const end of ENDS) {
        const damaged = seen[end].map(
          ({ incoming, passage }) => incoming && passage.fates.includes('corrupted'),
        )
        assert.deepEqual(
          theirs[end].map(({ bad }) => bad),
          damaged,
          end,
        )
      }
    })

    if (name in DAMAGING) return

    it('what tshark calls lost was lost, or is still on its way', async () => {
      const { moved, seen, theirs } = await judged()
      for (const end of ENDS) checkGaps(moved, segments(moved, seen[end], theirs[end]))
    })

    it('what tshark calls sent again or out of order was sent again, is a copy, or was overtaken', async () => {
      const { moved, seen, theirs } = await judged()
      for (const end of ENDS) checkStragglers(moved, segments(moved, seen[end], theirs[end]))
    })

    it('what tshark calls a fast retransmission repeats what did not arrive, or was overtaken', async () => {
      const { moved, seen, theirs } = await judged()
      for (const end of ENDS) checkFast(moved, segments(moved, seen[end], theirs[end]))
    })
  })
}

/** Departures in the same direction, before this one, of any of these bytes. */
function earlier(moved: Transfer, of: Passage, { from, to }: Range): Passage[] {
  const first = initial(moved)[of.direction]
  return moved.passages.filter((passage) => {
    if (passage.direction !== of.direction || passage.id >= of.id) return false
    const range = rangeOf(passage, first)
    return range !== undefined && range.from < to && range.to > from
  })
}

const arrivalOf = ({ arrivals }: Passage) => arrivals[0]?.time ?? Number.POSITIVE_INFINITY

/** Whether one that left later arrived before it. */
function overtaken({ passages }: Transfer, of: Passage): boolean {
  return passages.some(
    (other) => other.direction === of.direction && other.id > of.id && arrivalOf(other) < arrivalOf(of),
  )
}

/** Behind the last byte that was seen, by direction; tshark takes a bare ACK's number for one as well. */
class Reached {
  readonly #to = { up: 0, down: 0 }

  before({ passage }: Sighting): number {
    return this.#to[passage.direction]
  }

  take({ sighting, range }: Known): void {
    const { direction } = sighting.passage
    this.#to[direction] = Math.max(this.#to[direction], range.to)
  }
}

function checkGaps(moved: Transfer, known: readonly Known[]): void {
  const reached = new Reached()
  for (const segment of known) {
    const { sighting, range, judged } = segment
    const { passage, incoming } = sighting
    const before = reached.before(sighting)
    assert.equal(judged.words.includes('lost_segment'), range.from > before, `frame ${passage.id}`)
    if (range.from > before) {
      assert.ok(incoming, `frame ${passage.id}: where it left, nothing is missing`)
      const missing = earlier(moved, passage, { from: before, to: range.from })
      const explained = missing.every((other) => never(other) || overtaken(moved, other))
      assert.ok(missing.length > 0 && explained, `frame ${passage.id}: something else is missing`)
    }
    reached.take(segment)
  }
}

function checkStragglers(moved: Transfer, known: readonly Known[]): void {
  const reached = new Reached()
  for (const segment of known) {
    const { sighting, range, judged } = segment
    const { passage, incoming, copy } = sighting
    const said = judged.words.some((word) => NOT_NEW.includes(word))
    if (said) {
      const again = earlier(moved, passage, range).length > 0
      const late = incoming && (copy > 0 || overtaken(moved, passage))
      assert.ok(again || late, `frame ${passage.id}: ${judged.words.join(', ')}`)
    }
    // And the other way round: nothing of the kind passes unnoticed, if something behind it was seen before.
    const behind = range.to > range.from && range.from < reached.before(sighting)
    const noticed = said || judged.words.includes('keep_alive')
    if (behind) assert.ok(noticed, `frame ${passage.id} was not noticed`)
    reached.take(segment)
  }
}

function checkFast(moved: Transfer, known: readonly Known[]): void {
  for (const { sighting, range, judged } of known) {
    const { passage, incoming } = sighting
    if (incoming || !judged.words.includes('fast_retransmission')) continue
    const before = earlier(moved, passage, range)
    const late = before.some(
      (other) => never(other) || arrivalOf(other) > passage.time || overtaken(moved, other),
    )
    assert.ok(late, `frame ${passage.id} repeats what had arrived in order`)
  }
}

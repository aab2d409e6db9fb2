/** tshark and we read the same segments: every field of TCP, value by value, one pass over the capture on both sides. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { comparePacket } from '../../scripts/check-tshark/compare.ts'
import { comparedFields } from '../../scripts/check-tshark/fields.ts'
import { ourPackets } from '../../scripts/check-tshark/ours.ts'
import { tsharkNames, tsharkPackets } from '../../scripts/check-tshark/tshark.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { CLIENT, hex, pcapFile } from '../frames.ts'
import { RandomSegments } from './random-segments.ts'
import { framesOf, TRANSCRIPTS } from './transcripts.ts'

const SKIP = spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed'
const folder = mkdtempSync(join(tmpdir(), 'wirelab-tcp-agreement-'))
after(() => rmSync(folder, { recursive: true }))

interface Difference {
  readonly packet: number
  readonly text: string
}

/** What the two say of the same frames; asked for once, since tshark takes its time to start. */
async function differences(frames: readonly Frame[]): Promise<{ compared: number; found: Difference[] }> {
  const file = join(folder, 'segments.pcap')
  writeFileSync(file, pcapFile(frames))
  const fields = comparedFields(await tsharkNames(), ['tcp']).map(({ name }) => name)
  const request = { file, decodeAs: [], verify: false, twoPass: false, limit: Number.POSITIVE_INFINITY }
  const ours = ourPackets(request, new Set(fields))
  const found: Difference[] = []
  let compared = 0
  for await (const theirs of tsharkPackets({ file, args: [] }, fields)) {
    const { value: mine } = await ours.next()
    assert.ok(mine, `tshark has a packet ${theirs.number}, we do not`)
    for (const { packet, field, ...result } of comparePacket(mine, theirs, fields)) {
      compared += result.compared
      if (result.equal === result.compared) continue
      found.push({ packet, text: `${packet} ${field}: ours ${result.ours}, tshark ${result.theirs}` })
    }
  }
  return { compared, found }
}

describe('tshark reads of TCP what we read of it', { skip: SKIP }, () => {
  it('in every transcript', async () => {
    const frames: Frame[] = []
    /** The transcript of each packet. */
    const names = ['']
    let port = 40_000
    for (const [name, lines] of Object.entries(TRANSCRIPTS)) {
      for (const options of [undefined, hex('020405b4 030305')]) {
        frames.push(...framesOf(lines, options, { address: CLIENT.address, port: port++ }))
        while (names.length <= frames.length) names.push(name)
      }
    }
    const { compared, found } = await differences(frames)
    assert.deepEqual(
      found.map(({ packet, text }) => `${names[packet]}: ${text}`),
      [],
    )
    assert.ok(compared > frames.length * 20, String(compared))
  })

  it('in random segments, but for one value in ten thousand', async () => {
    const random = new RandomSegments(4711)
    for (let i = 0; i < 120; i++) random.conversation()
    const { compared, found } = await differences(random.frames)
    assert.ok(compared > 50_000, String(compared))
    // Acknowledgments that lie 2^31 away stand before and behind at once.
    const shown = found.slice(0, 20).map(({ text }) => text)
    assert.ok(found.length < compared / 10_000, shown.join('\n'))
  })
})

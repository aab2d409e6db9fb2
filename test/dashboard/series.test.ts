import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { FlowList, FlowNode } from '../../server/dashboard/api.ts'
import type { DatagramSeries, SegmentPoints, SegmentSeries } from '../../server/dashboard/api-series.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { CLIENT, frameOf, SERVER, START_TIME, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { within } from '../services/waiting.ts'
import { hasTshark } from '../trace/tshark-verdicts.ts'
import { startLab } from '../whole-lab.ts'
import { testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }
const LIMIT_MS = 30_000
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

describe('a conversation over a cable that loses frames, against tshark', () => {
  let lab: Wirelab
  let flow: FlowNode
  let series: SegmentSeries
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-series-'))
  const file = join(folder, 'exported.pcapng')
  const BYTES = 400_000

  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${lab.url}/api/${path}`)).json()) as T

  before(async () => {
    lab = await startLab(['--seed', '7'])
    const impaired = { loss: '3%', delay: '5ms' }
    await fetch(`${lab.url}/api/network`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ up: impaired, down: impaired }),
    })
    const socket = net.connect(lab.ports['tcp-echo'] ?? 0, '127.0.0.1')
    let received = 0
    const back = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk.length
        if (received >= BYTES) resolve()
      })
    })
    socket.end(`${'x'.repeat(BYTES - 1)}\n`)
    await within(back, 'the echo', LIMIT_MS)
    await within(once(socket, 'close'), 'the end of the connection', LIMIT_MS)
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const found = (await get<FlowList>('flows')).flows.find(({ state }) => state === 'closed')
      if (found !== undefined) {
        flow = found
        break
      }
    }
    series = await get<SegmentSeries>(`flows/${flow.id}/series`)
    const exported = await fetch(`${lab.url}/api/capture.pcapng?filter=${encodeURIComponent(streamOf(flow))}`)
    writeFileSync(file, Buffer.from(await exported.arrayBuffer()))
  })
  after(async () => {
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const streamOf = ({ id }: FlowNode) => `tcp.stream == ${id.slice(4)}`
  /** What is in the capture, by its numbers, oldest first. */
  const seen = (points: SegmentPoints) => points.number.filter((_, i) => !points.unseen.includes(i))

  const run = async (...words: readonly string[]): Promise<string> =>
    (await promisify(execFile)('tshark', ['-n', '-r', file, ...words], { maxBuffer: 1 << 28 })).stdout

  /** Of each packet these fields. */
  async function tshark(fields: readonly string[]): Promise<Record<string, string>[]> {
    const printed = await run('-T', 'fields', ...fields.flatMap((one) => ['-e', one]))
    return printed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Object.fromEntries(line.split('\t').map((value, i) => [fields[i], value])))
  }

  it('every number of every segment is tshark’s', { skip: !hasTshark && 'NOT RUN: no tshark' }, async () => {
    assert.equal(series.thinned, null)
    assert.equal(series.complete, true)
    const all = await tshark([
      'tcp.srcport',
      'tcp.seq',
      'tcp.len',
      'tcp.ack',
      'tcp.window_size',
      'tcp.flags',
      'tcp.analysis.ack_rtt',
      'tcp.options.sack_le',
      'tcp.options.sack_re',
    ])
    for (const [points, port] of [
      [series.client, flow.client.port],
      [series.server, flow.server.port],
    ] as const) {
      const rows = all.filter((row) => row['tcp.srcport'] === `${port}`)
      assert.equal(rows.length, seen(points).length)
      const told = points.number.map((_, i) => i).filter((i) => !points.unseen.includes(i))
      told.forEach((i, row) => {
        const [, seq, length, ack, window, flags, rtt, left, right] = Object.values(rows[row] ?? {})
        assert.deepEqual(
          [points.seq[i], points.length[i], points.ack[i] ?? 0, points.window[i], points.flags[i]],
          [seq, length, ack, window, flags].map(Number),
          `packet ${points.number[i]}`,
        )
        assert.equal(points.rtt[i]?.toFixed(9) ?? '', rtt === '' ? '' : Number(rtt).toFixed(9))
        const blocks = points.sacks.find(({ at }) => at === i)?.blocks ?? []
        assert.equal(blocks.map(([from]) => from).join(','), left)
        assert.equal(blocks.map(([, to]) => to).join(','), right)
      })
    }
  })

  it('what was sent again is what tshark says was', {
    skip: !hasTshark && 'NOT RUN: no tshark',
  }, async () => {
    const named = ['retransmission', 'fast_retransmission', 'out_of_order', 'duplicate_ack']
    const all = await tshark(['tcp.srcport', ...named.map((name) => `tcp.analysis.${name}`)])
    for (const [points, port] of [
      [series.client, flow.client.port],
      [series.server, flow.server.port],
    ] as const) {
      const own = all.filter((row) => row['tcp.srcport'] === `${port}`)
      const of = (name: string) => own.filter((row) => row[name] !== '').length
      assert.equal(points.totals.retransmissions, of('tcp.analysis.retransmission'))
      assert.equal(points.totals.fast, of('tcp.analysis.fast_retransmission'))
      assert.equal(points.totals.outOfOrder, of('tcp.analysis.out_of_order'))
      assert.equal(points.totals.duplicateAcks, of('tcp.analysis.duplicate_ack'))
    }
    assert.ok(series.client.totals.retransmissions > 0, 'of 3 % lost some were sent again')
  })

  it('bytes a second are those of io,stat', { skip: !hasTshark && 'NOT RUN: no tshark' }, async () => {
    const interval = series.bin * 10
    const asked = `BYTES()frame.len && tcp.srcport==${flow.client.port}`
    const stdout = await run('-q', '-z', `io,stat,${interval},${asked}`)
    const theirs = [...stdout.matchAll(/^\|[^|]*<>[^|]*\|\s*(\d+) \|/gm)].map(([, bytes]) => Number(bytes))
    const ours = theirs.map(() => 0)
    const { at, wire } = series.client.bins
    at.forEach((bin, i) => {
      const place = Math.min(ours.length - 1, Math.floor(bin / 10))
      ours[place] = (ours[place] ?? 0) + (wire[i] ?? 0)
    })
    assert.ok(theirs.length > 3, stdout)
    assert.deepEqual(ours, theirs)
  })

  it('each byte is new once, whatever was sent again', () => {
    assert.equal(sum(series.client.bins.fresh), BYTES)
    assert.equal(sum(series.server.bins.fresh), BYTES)
    assert.equal(sum(series.client.bins.wire), flow.bytesFromClient)
    assert.equal(
      sum(series.client.bins.again),
      sum(series.client.length) - sum(series.client.unseen.map((i) => series.client.length[i] ?? 0)) - BYTES,
    )
  })

  it('goes on from where an answer ended, to the same as at once', async () => {
    const middle = series.client.number[Math.floor(series.client.number.length / 2)] ?? 0
    const first = await get<SegmentSeries>(`flows/${flow.id}/series?until=${middle}&bin=${series.bin}`)
    assert.equal(first.last, middle)
    const rest = await get<SegmentSeries>(`flows/${flow.id}/series?after=${middle}&bin=${series.bin}`)
    const anew = await get<SegmentSeries>(`flows/${flow.id}/series?after=${middle - 1}&bin=${series.bin}`)
    assert.equal(anew.client.totals.fresh + anew.server.totals.fresh >= rest.client.totals.fresh, true)
    for (const side of ['client', 'server'] as const) {
      assert.deepEqual([...first[side].number, ...rest[side].number], series[side].number)
      assert.deepEqual([...first[side].seq, ...rest[side].seq], series[side].seq)
      assert.deepEqual([...first[side].ack, ...rest[side].ack], series[side].ack)
      assert.equal(first[side].totals.fresh + rest[side].totals.fresh, series[side].totals.fresh)
    }
  })
})

describe('/api/flows/:id/series', () => {
  it('of very many segments some thousands are told, with all that is out of the ordinary', {
    timeout: 60_000,
  }, async () => {
    const { app, trace } = testDashboard()
    const conversation = new TcpConversation()
    conversation.handshake()
    const ROUNDS = 12_000
    for (let i = 0; i < ROUNDS; i++) {
      conversation.send('client', 'y'.repeat(100))
      conversation.ack('server')
    }
    const frames = conversation.frames
    // One of them once more, long after it was acknowledged.
    const again = frames[1003]
    assert.ok(again)
    frames.push({ ...again, time: (frames.at(-1)?.time ?? START_TIME) + 1_000_000n })
    for (const frame of frames) trace.add(frame)

    const series = (await app.inject({ url: '/api/flows/tcp.0/series', headers })).json<SegmentSeries>()
    assert.match(series.thinned ?? '', /of 24004 packets: of each 400th/)
    assert.ok(series.client.number.length < 5000, `${series.client.number.length} points`)
    assert.ok(series.client.number.length >= 400)
    assert.deepEqual(
      series.client.noted
        .filter(({ names }) => names.includes('spurious_retransmission'))
        .map(({ at }) => series.client.number[at]),
      [frames.length],
    )
    assert.deepEqual([series.client.number[0], series.server.number[0]], [1, 2])
    assert.deepEqual(
      [...series.client.time].sort((a, b) => a - b),
      series.client.time,
    )
    assert.equal(series.client.totals.packets, ROUNDS + 3)
    assert.equal(sum(series.client.bins.fresh), ROUNDS * 100)
    assert.equal(sum(series.client.bins.again), 100)
  })

  it('a segment that the capture cut is told as well', async () => {
    const { app, trace } = testDashboard()
    const conversation = new TcpConversation()
    conversation.handshake()
    conversation.send('client', 'cut short')
    const frames = conversation.frames
    for (const frame of frames.slice(0, 3)) trace.add(frame)
    const last = frames[3]
    assert.ok(last)
    trace.add({ ...last, bytes: last.bytes.slice(0, last.bytes.length - 4) })
    const { client } = (await app.inject({ url: '/api/flows/tcp.0/series', headers })).json<SegmentSeries>()
    assert.deepEqual([client.seq.at(-1), client.length.at(-1), client.flags.at(-1)], [1, 9, 0x18])
  })

  it('datagrams have gaps, and a jitter of them where nobody knows when they left', async () => {
    const { app, trace } = testDashboard()
    const at = (ms: number) => START_TIME + BigInt(ms) * 1_000_000n
    for (const ms of [0, 20, 40, 76]) trace.add(udpFrame(CLIENT, SERVER, utf8('tick'), at(ms)))
    trace.add(udpFrame(SERVER, CLIENT, utf8('ok'), at(80)))
    const series = (await app.inject({ url: '/api/flows/udp.0/series', headers })).json<DatagramSeries>()
    assert.equal(series.transport, 'udp')
    assert.deepEqual(series.client.gap, [null, 0.02, 0.02, 0.036])
    assert.deepEqual(
      series.client.jitter.map((one) => one?.toFixed(6)),
      [undefined, undefined, '0.000000', '0.001000'],
    )
    assert.equal(series.client.jitterOf, 'gaps')
    assert.deepEqual(series.client.length, [4, 4, 4, 4])
    assert.deepEqual(series.server.gap, [null])
    assert.deepEqual([series.server.totals.packets, series.server.totals.fresh], [1, 2])
  })

  it('says what is wrong with a question', async () => {
    const { app, trace } = testDashboard()
    trace.add(frameOf(utf8('no conversation at all')))
    const ask = async (url: string) => {
      const response = await app.inject({ url, headers })
      return [response.statusCode, response.json<{ field?: string; code: string }>().code]
    }
    assert.deepEqual(await ask('/api/flows/tcp.0/series'), [404, 'not-found'])
    assert.deepEqual(await ask('/api/flows/sctp.0/series'), [400, 'bad-request'])
    assert.deepEqual(await ask('/api/flows/tcp.0/series?bin=0'), [400, 'bad-request'])
    assert.deepEqual(await ask('/api/flows/tcp.0/series?at=server'), [400, 'bad-request'])
  })
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { PcapngWriter, secretsBlock, statisticsBlock } from '../../server/capture/pcapng-writer.ts'
import type { SessionItem } from '../../server/capture/session-item.ts'
import { OpenedFile } from '../../server/dashboard/opened-file.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, START_TIME } from '../frames.ts'
import { pageFrames, pathOf, read, saved } from './captures.ts'

const ABOUT: SessionItem = {
  kind: 'session',
  version: '1.0.0',
  run: 'a-run',
  startedAt: '1700000000.000000000',
  network: 'lab',
  at: 'client',
  filtered: false,
}
const SERVICES: SessionItem = {
  kind: 'services',
  services: [],
  ports: [{ transport: 'udp', port: 4002, service: 'udp-echo' }],
  heartbeat: { pingInterval: 5000, pingTimeout: 4000 },
}
const SECRET = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`

/** Of the frame `back` before what stands last; of none where that is left out. */
function event(id: number, back?: number): SessionItem {
  const none = { remoteAddress: null, remotePort: null, eioSid: null, socket: null, nsp: null }
  const more = { direction: null, index: null, event: null, args: null, listeners: null, rooms: null }
  const time = '1700000000.000000000'
  const told = { id, time, service: 'hub', kind: 'connect' as const, ...none, ...more, reason: null }
  return { kind: 'event', ...(back !== undefined && { back }), event: told }
}

/** Twelve packets of a page, and one that was never seen behind the third; secrets, events, services. */
function labFile(): Uint8Array {
  const writer = new PcapngWriter('lab-server', 'a cable', { items: [ABOUT, SERVICES] })
  const [first, ...frames] = pageFrames()
  const head = writer.begin()
  const base64 = Buffer.from(first?.bytes ?? []).toString('base64')
  const link =
    'link.fate=lost link.cable=server link.direction=up link.sent=1700000000.000000000 link.reason=loss'
  const unseen: SessionItem = {
    kind: 'unseen',
    time: '1700000000.000000000',
    length: 62,
    linkType: 1,
    base64,
    link,
  }
  const beside = new Map<number, readonly SessionItem[]>([
    [3, [unseen]],
    [4, [event(1, 0)]],
    [6, [event(2, 3)]],
    [7, [event(3)]],
  ])
  const packets = frames.map((frame, i) =>
    writer.packet(frame, `number ${i + 2}`, { items: beside.get(i + 2) ?? [] }),
  )
  return concat(
    head,
    secretsBlock(SECRET),
    writer.packet(first!, 'number 1'),
    ...packets,
    statisticsBlock(START_TIME, { items: [event(4, 0), event(5, 9)] }),
  )
}

function opened(path: string): { file: OpenedFile; trace: Trace } {
  const trace = new Trace()
  const file = new OpenedFile(trace)
  const reader = new FrameReader(file.handlers())
  reader.push(readFileSync(path))
  reader.end()
  return { file, trace }
}

test('without a filter, all that a pcapng holds goes along, byte for byte', async () => {
  const source = saved('lab.pcapng', labFile())
  const target = pathOf('lab-copy.pcapng')
  await read(source, '-w', target)
  assert.deepEqual(readFileSync(target), readFileSync(source))
  await read(source, '-V', '-w', target)
  assert.deepEqual(readFileSync(target), readFileSync(source))
})

test('secrets that are given stand before what is copied', async () => {
  const source = saved('sealed.pcapng', labFile())
  const given = `CLIENT_RANDOM ${'01'.repeat(32)} ${'23'.repeat(48)}\n`
  const target = pathOf('sealed-copy.pcapng')
  await read(source, '-o', `tls.keylog_file:${saved('given.log', Buffer.from(given))}`, '-w', target)
  assert.equal(opened(target).trace.secrets.text, given + SECRET)
  assert.ok(readFileSync(target).subarray(-labFile().length).equals(Buffer.from(labFile())))
})

test('with a filter, how the lab stood goes along, and the events of the packets that are kept', async () => {
  const source = saved('filtered.pcapng', labFile())
  const whole = opened(source)
  const packetsOf = ({ trace }: ReturnType<typeof opened>) => trace.events.list().map(({ packet }) => packet)
  assert.deepEqual(packetsOf(whole), [5, 4, null, 13, 4])
  for (const more of [[], ['-V']]) {
    const target = pathOf('filtered-copy.pcapng')
    await read(source, '-Y', 'frame.number in {3, 4, 12}', ...more, '-w', target)
    const copy = opened(target)
    assert.equal(copy.trace.total, 3)
    assert.equal(copy.file.session?.run, 'a-run')
    assert.equal(copy.file.session?.filtered, true)
    assert.deepEqual(copy.file.session?.heartbeat, { pingInterval: 5000, pingTimeout: 4000 })
    assert.equal(copy.trace.secrets.text, SECRET)
    assert.deepEqual(packetsOf(copy), [2, 1, 3, 1])
  }
})

test('secrets are written once, however many blocks of them there are', async () => {
  const writer = new PcapngWriter('lo')
  const line = (i: number) => `CLIENT_RANDOM ${String(i).padStart(64, '0')} ${'cd'.repeat(48)}\n`
  const parts = pageFrames().map((frame, i) => concat(writer.packet(frame), secretsBlock(line(i))))
  const source = saved('many-secrets.pcapng', concat(...parts))
  const target = pathOf('many-secrets-copy.pcapng')
  await read(source, '-Y', 'frame', '-w', target)
  const written = readFileSync(target, 'latin1')
  for (const i of parts.keys()) assert.equal(written.split(line(i)).length, 2, `secret ${i}`)
})

/** How things stood just behind a packet is what a trace says that has seen no more than that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { hubSession, type SessionOptions } from '../wireshark/hub-sessions.ts'

/** Grows with what is counted at every packet, and only says that something has. */
const withoutBeats = <T extends { beats?: unknown }>({ beats: _, ...node }: T) => node

async function agreesWithShorterTraces(frames: readonly Frame[], keyLog?: string, limitBytes?: number) {
  const make = () => {
    const trace = new Trace({ limitBytes })
    if (keyLog !== undefined) trace.secrets.add(keyLog)
    return trace
  }
  const whole = make()
  const growing = make()
  for (const frame of frames) whole.add(frame)
  let compared = 0
  for (const [i, frame] of frames.entries()) {
    growing.add(frame)
    if (i + 1 < whole.first) continue
    const flows = await whole.past.flows(i + 1)
    assert.deepEqual(
      flows.map(withoutBeats),
      growing.flows.latest(Number.POSITIVE_INFINITY).map(withoutBeats),
      `conversations as of packet ${i + 1}`,
    )
    assert.deepEqual(whole.past.sessions(i + 1), growing.sessions(), `sessions as of packet ${i + 1}`)
    compared++
  }
  return compared
}

/** Frames of several conversations, each in its own time. */
function interleaved(): Frame[] {
  const frames: Frame[] = []
  for (let n = 0; n < 5; n++) {
    const client = { address: '127.0.0.1', port: 50_000 + n }
    const server = { address: '127.0.0.1', port: 4001 }
    const talk = new TcpConversation({
      client,
      server,
      start: 1_700_000_000_000_000_000n + BigInt(n) * 700_000n,
    })
    talk.handshake()
    talk.send('client', 'hello\n')
    talk.send('server', 'hello\n')
    if (n === 1) talk.reset('server')
    else if (n !== 2) talk.close()
    frames.push(...talk.frames)
  }
  const [one, other] = [
    { address: '127.0.0.1', port: 50_100 },
    { address: '127.0.0.1', port: 4002 },
  ]
  frames.push(udpFrame(one, other, utf8('ping'), 1_700_000_000_002_100_000n))
  frames.push(udpFrame(other, one, utf8('pong'), 1_700_000_000_004_300_000n))
  return frames.sort((a, b) => Number(a.time - b.time))
}

describe('as of any packet, conversations and sessions are those of a trace that ends with it', () => {
  test('in conversations that overlap', async () => {
    const frames = interleaved()
    assert.equal(await agreesWithShorterTraces(frames), frames.length)
  })

  const SESSIONS: Readonly<Record<string, SessionOptions>> = {
    'in a session by polling alone': { transports: ['polling'] },
    'in a session that is upgraded': { transports: ['polling', 'websocket'] },
    'in a session inside TLS': { transports: ['polling', 'websocket'], sealed: true },
  }
  for (const [name, options] of Object.entries(SESSIONS)) {
    test(name, { timeout: 20_000 }, async () => {
      const { frames, keyLog } = await hubSession(options)
      assert.ok((await agreesWithShorterTraces(frames, keyLog)) > 20)
    })
  }
})

test('the counts as of a packet need no packet that made room', async () => {
  const talk = new TcpConversation()
  talk.handshake()
  for (let n = 0; n < 2000; n++) talk.send(n % 2 === 0 ? 'client' : 'server', 'x'.repeat(100))
  const trace = new Trace({ limitBytes: 64 * 1024 })
  for (const frame of talk.frames) trace.add(frame)
  assert.ok(trace.first > 1000)
  const [flow] = await trace.past.flows(trace.first)
  assert.equal(flow?.packets, trace.first)
  assert.equal(flow?.packetsFromClient, 2 + Math.ceil((trace.first - 3) / 2))
  assert.equal(flow?.last, trace.first)
  assert.equal(flow?.state, 'open')
})

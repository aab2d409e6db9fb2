import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type FrameIntake, startFrameIntake } from '../../server/capture/frame-intake.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { pcapFile, TcpConversation } from '../frames.ts'

describe('the socket that frames come in by', { timeout: 20_000 }, () => {
  let folder: string
  let path: string
  let intake: FrameIntake
  let frames: Frame[]
  let notes: string[]
  let cost = 0
  const waiting = new Set<() => void>()

  /** Resolves once `holds` does, looked at after every frame and note. */
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const changed = () => {
    for (const look of waiting) look()
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wirelab-intake-'))
    path = join(folder, 'frames')
    frames = []
    notes = []
    cost = 0
    intake = await startFrameIntake({
      path,
      onFrame: (frame) => {
        const end = performance.now() + cost
        while (performance.now() < end);
        frames.push(frame)
        changed()
      },
      onNote: (note) => {
        notes.push(note)
        changed()
      },
    })
  })
  afterEach(async () => {
    await intake.close()
    await rm(folder, { recursive: true })
  })

  const talk = (count: number) => {
    const conversation = new TcpConversation()
    conversation.handshake()
    for (let n = 3; n < count; n++) conversation.send('client', 'hello\n')
    return conversation.frames
  }
  const connect = async () => {
    const socket = net.connect(path)
    await once(socket, 'connect')
    return socket
  }

  it('hands over each frame as its last byte arrives, however the stream is cut', async () => {
    const file = pcapFile(talk(20))
    const socket = await connect()
    for (let at = 0; at < file.length; at += 61) socket.write(file.subarray(at, at + 61))
    await until(() => frames.length === 20)
    assert.deepEqual(notes, [])
    socket.destroy()
  })

  it('says what is wrong with a stream that is no capture, and takes the next one', async () => {
    const bad = await connect()
    bad.on('error', () => {})
    bad.write('tcpdump: something went wrong\n')
    await once(bad, 'close')
    assert.match(notes.join(), /can't be read: not a pcap/)
    const good = await connect()
    good.write(pcapFile(talk(5)))
    await until(() => frames.length === 5)
    good.destroy()
  })

  it('keeps what came before a child that dies in the middle of a record', async () => {
    const file = pcapFile(talk(5))
    const socket = await connect()
    socket.end(file.subarray(0, file.length - 2))
    await until(() => notes.length === 1)
    assert.equal(frames.length, 4)
    assert.match(notes[0]!, /cut short/)
  })

  it('a child that found nothing to capture is no news', async () => {
    const socket = await connect()
    socket.resume()
    socket.end()
    await once(socket, 'close')
    assert.deepEqual(notes, [])
  })

  it('a child that was started anew takes its predecessor’s place', async () => {
    const first = await connect()
    first.on('error', () => {})
    first.write(pcapFile(talk(4)))
    await until(() => frames.length === 4)
    const second = await connect()
    second.write(pcapFile(talk(4)))
    await until(() => frames.length === 8)
    if (!first.destroyed) await once(first, 'close')
    second.destroy()
  })

  it('lets other work have its turn while frames pour in, and holds the writer back', async () => {
    cost = 0.02
    const file = pcapFile(talk(40_000))
    const socket = await connect()
    socket.write(file)
    let most = 0
    let turns = 0
    let seen = frames.length
    let done = false
    const beat = () => {
      most = Math.max(most, frames.length - seen)
      seen = frames.length
      turns++
      if (!done) setImmediate(beat)
    }
    setImmediate(beat)
    await until(() => frames.length > 1000)
    assert.ok(socket.writableLength > 0, 'what is not read waits on the other side')
    await until(() => frames.length === 40_000)
    done = true
    assert.ok(turns > 20, `${turns} turns`)
    // 64 KiB are some 900 of these frames.
    assert.ok(most < 2000, `${most} frames in one turn`)
    socket.destroy()
  })
})

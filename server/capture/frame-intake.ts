/**
 * Where captured frames come in: the capture child writes its pcap stream straight to this socket, so that
 * packet bytes never pass the services' thread. What is not read yet waits in the socket, and then in the
 * child: memory does not grow with the traffic, and the kernel counts what it had to drop.
 */
import net from 'node:net'
import { CaptureError } from '../errors.ts'
import type { Frame } from '../protocols/packet.ts'
import { FrameReader } from './frame-reader.ts'

export interface FrameIntake {
  close(): Promise<void>
}

export interface FrameIntakeOptions {
  /** A Unix socket's path; on Windows a named pipe's. */
  path: string
  onFrame(frame: Frame): void
  /** What the reader has to say: a stream that is no capture, or that ends inside a record. */
  onNote(message: string): void
}

export async function startFrameIntake(options: FrameIntakeOptions): Promise<FrameIntake> {
  let current: net.Socket | undefined
  const server = net.createServer((socket) => {
    // A capture child that was started anew takes its predecessor's place.
    current?.destroy()
    current = socket
    take(socket, options)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.path, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        current?.destroy()
        server.close(() => resolve())
      }),
  }
}

function take(socket: net.Socket, { onFrame, onNote }: FrameIntakeOptions): void {
  const reader = new FrameReader({ frame: onFrame, note: (note) => onNote(note.message) })
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      onNote(`the capture's stream can't be read: ${error.message}`)
      socket.destroy()
    }
  }
  socket.on('data', (chunk: Buffer) => {
    attempt(() => reader.push(chunk))
    // One chunk, at most 64 KiB, a turn: libuv would read up to 32 of them before anything else had its turn.
    socket.pause()
    setImmediate(() => socket.resume())
  })
  let received = false
  socket.once('data', () => {
    received = true
  })
  // A child that found nothing to capture from says so itself; an empty stream is no news.
  socket.on('end', () => received && attempt(() => reader.end()))
  socket.on('error', () => socket.destroy())
}

/** Captures that the tests of `wirelab read` read, and the command run on them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { run } from '../../server/commands/read.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { hex, pcapFile, START_TIME, TcpConversation, udpFrame } from '../frames.ts'
import { TestIo } from './command-io.ts'

const folder = mkdtempSync(join(tmpdir(), 'wirelab-read-'))
after(() => rmSync(folder, { recursive: true }))

/** A file of the test's own, gone when it ends. */
export function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

export function pathOf(name: string): string {
  return join(folder, name)
}

/** A page that is asked for and sent in three segments, and a datagram. */
export function pageFrames(): Frame[] {
  const page = new TcpConversation({
    client: { address: '10.0.0.100', port: 50_000 },
    server: { address: '10.0.0.1', port: 8080 },
  })
  page.handshake()
  page.send('client', 'GET /hello HTTP/1.1\r\nHost: lab.example\r\n\r\n')
  page.ack('server')
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\n'
  page.send('server', `${head}Hello,\nworld!\n`, 40)
  page.ack('client')
  page.close()
  const time = START_TIME + 20_000_000n
  const from = { address: '10.0.0.100', port: 5000 }
  return [...page.frames, udpFrame(from, { address: '10.0.0.1', port: 4002 }, hex('01 02 ff 41 42'), time)]
}

export const PAGE = saved('page.pcap', pcapFile(pageFrames()))

export async function read(...argv: string[]): Promise<TestIo & { code: number }> {
  const io = new TestIo()
  const code = await run(argv, io)
  return Object.assign(io, { code })
}

/** DNS, DHCP and TFTP, read by us and by tshark: the same fields with the same values. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PcapngWriter } from '../../server/capture/pcapng-writer.ts'
import type { Endpoint } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, START_TIME, udpFrame, utf8 } from '../frames.ts'
import { TYPESCRIPT } from '../programs.ts'
import { OPTIONS as DHCP_OPTIONS, dhcpMessage, END, option } from './dhcp-messages.ts'
import { ANSWER, message, OPTIONS, optRecord, QUERY, question, RECORDS, u16s } from './dns-messages.ts'
import { Wire } from './wire.ts'

const HOME = fileURLToPath(new URL('../..', import.meta.url))
const NEEDS = {
  skip:
    spawnSync('tshark', ['-v'], { stdio: 'ignore' }).error !== undefined &&
    'NOT RUN: tshark is not installed',
  timeout: 60_000,
}
const folder = mkdtempSync(join(tmpdir(), 'wirelab-udp-'))
after(() => rmSync(folder, { recursive: true }))

const recorded: string[] = []

/** Keeps them for the comparison, at which tshark is asked about all at once. */
function keep(frames: readonly Frame[], name: string): void {
  const writer = new PcapngWriter('lo')
  const file = join(folder, `${name}.pcapng`)
  writeFileSync(file, Buffer.concat(frames.map((frame) => writer.packet(frame))))
  recorded.push(file)
}

/** A millisecond apart. */
const spoken = (said: readonly (readonly [Endpoint, Endpoint, Uint8Array])[]) =>
  said.map(([from, to, payload], i) => udpFrame(from, to, payload, START_TIME + BigInt(i) * 1_000_000n))

const HOST = { address: '10.0.0.2', port: 5000 }
const DNS = { address: '10.0.0.53', port: 53 }

test('DNS: every type of record, every option, questions and answers that come again', NEEDS, () => {
  const asked = message(1, QUERY, {
    questions: [question('example.com', 255)],
    additional: [optRecord(OPTIONS)],
  })
  const answered = (answers: readonly Uint8Array[]) =>
    message(1, ANSWER, { questions: [question('example.com', 255)], answers })
  const all = Object.values(RECORDS)
  keep(
    spoken([
      [HOST, DNS, asked],
      [HOST, DNS, asked],
      [DNS, HOST, answered(all.slice(0, 12))],
      [DNS, HOST, answered(all.slice(0, 1))],
      [DNS, { ...HOST, port: 6000 }, answered(all.slice(12))],
      [HOST, DNS, message(2, 0x2800, { questions: [question('zone.x', 6)], authority: all.slice(0, 1) })],
      [DNS, HOST, concat(message(3, 0x8183, { questions: [question('no.such', 1)] }), utf8('extra'))],
      [
        { ...HOST, port: 5353 },
        { address: '224.0.0.251', port: 5353 },
        message(0, 0, { questions: [question('_x._udp.local', 12, 0x8001)] }),
      ],
      [HOST, { address: '224.0.0.252', port: 5355 }, message(5, 0, { questions: [question('host', 1)] })],
    ]),
    'dns',
  )
})

test('DNS over TCP', NEEDS, () => {
  const wire = new Wire()
  const line = wire.open(53)
  const framed = (bytes: Uint8Array) => concat(u16s(bytes.length), bytes)
  const asked = message(7, QUERY, { questions: [question('example.com', 16)] })
  const answered = message(7, ANSWER, { questions: [question('example.com', 16)], answers: [RECORDS.TXT!] })
  line.client(concat(framed(asked), framed(message(8, QUERY, { questions: [question('b.c', 1)] }))))
  line.server(framed(answered), 20)
  keep(wire.frames, 'dns-over-tcp')
})

test('DHCP: every option', NEEDS, () => {
  const [client, server] = [
    { address: '0.0.0.0', port: 68 },
    { address: '255.255.255.255', port: 67 },
  ]
  const type = option(53, Uint8Array.of(1))
  keep(
    spoken([
      [client, server, dhcpMessage(concat(type, ...DHCP_OPTIONS, END, new Uint8Array(4)))],
      [
        client,
        server,
        dhcpMessage(concat(type, option(6, new Uint8Array(5)), option(51, new Uint8Array(2))), {
          seconds: 0x0500,
        }),
      ],
      [
        client,
        server,
        dhcpMessage(concat(type, option(52, Uint8Array.of(3)), END), {
          server: concat(option(12, utf8('hn')), END),
          file: concat(option(15, utf8('d')), END),
        }),
      ],
      [
        client,
        server,
        dhcpMessage(concat(type, END), { hardware: [32, 4, Uint8Array.of(1, 2, 3, 4)], file: utf8('pxe.0') }),
      ],
    ]),
    'dhcp',
  )
})

test('TFTP: a transfer with options, one that fails, and the length alone', NEEDS, () => {
  const [tftp, transfer] = [
    { address: '10.0.0.1', port: 69 },
    { address: '10.0.0.1', port: 3445 },
  ]
  const words = (opcode: number, ...texts: string[]) =>
    concat(u16s(opcode), utf8(texts.map((t) => `${t}\0`).join('')))
  const other = { ...HOST, port: 5001 }
  keep(
    spoken([
      [HOST, tftp, words(1, 'file', 'octet', 'blksize', '600')],
      [transfer, HOST, words(6, 'blksize', '600')],
      [HOST, transfer, u16s(4, 0)],
      [transfer, HOST, concat(u16s(3, 1), new Uint8Array(600))],
      [HOST, transfer, u16s(4, 1)],
      [transfer, HOST, concat(u16s(3, 2), new Uint8Array(10))],
      [other, tftp, words(1, 'other', 'octet', 'tsize', '0')],
      [{ ...transfer, port: 3446 }, other, words(6, 'tsize', '5')],
      [other, { ...transfer, port: 3446 }, concat(u16s(5, 0), utf8('thanks\0'))],
      [HOST, tftp, words(2, 'no', 'netascii')],
      [transfer, HOST, concat(u16s(5, 2), utf8('denied\0'))],
    ]),
    'tftp',
  )
})

test('all of it is read as tshark reads it', NEEDS, async () => {
  assert.equal(recorded.length, 4)
  const script = join(HOME, 'scripts/check-tshark.ts')
  const asked = ['--two-pass', '--protocols', 'dns,mdns,llmnr,dhcp,tftp']
  const args = [...TYPESCRIPT, script, ...recorded, ...asked]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: HOME })
  assert.match(stdout, / 0 different; /, stdout)
  assert.doesNotMatch(stdout + stderr, /left out/)
})

/** Conversations of every protocol that needs more than a frame to be read: what is spoilt when no file is asked for. */
import { constants, deflateRawSync } from 'node:zlib'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, ethernetBytes, frameOf, hex, ipv4Bytes, ipv6Bytes, udpFrame, utf8 } from '../frames.ts'
import { OPTIONS as DHCP_OPTIONS, dhcpMessage, END } from '../protocols/dhcp-messages.ts'
import {
  ANSWER,
  message,
  OPTIONS,
  optRecord,
  QUERY,
  question,
  RECORDS,
  u16s,
} from '../protocols/dns-messages.ts'
import { KEY_LOG, SESSION } from '../protocols/tls-vectors.ts'
import { get, ok, post, upgrade, Wire, wsFrame } from '../protocols/wire.ts'

export interface Conversation {
  readonly name: string
  readonly frames: readonly Frame[]
  /** A key log that its capture file brings along. */
  readonly secrets?: string
}

const CLIENT = { address: '10.0.0.1', port: 50_000 }
const at = (port: number) => ({ address: '10.0.0.2', port })

export function conversations(): Conversation[] {
  return [
    { name: 'DNS', frames: dns() },
    { name: 'DHCP', frames: dhcp() },
    { name: 'TFTP', frames: tftp() },
    { name: 'TLS and its secrets', frames: tls(), secrets: KEY_LOG },
    { name: 'permessage-deflate', frames: deflated() },
    { name: 'polling', frames: polling() },
    { name: 'fragments', frames: fragments() },
  ]
}

function dns(): Frame[] {
  const asked = question('example.com', 1)
  const each = Object.values(RECORDS).flatMap((record, id) => [
    udpFrame(CLIENT, at(53), message(id, QUERY, { questions: [asked] })),
    udpFrame(at(53), CLIENT, message(id, ANSWER, { questions: [asked], answers: [record] })),
  ])
  const extended = message(99, QUERY, { questions: [asked], additional: [optRecord(OPTIONS)] })
  const stream = new Wire()
  stream.open(53).client(concat(u16s(extended.length), extended), 11)
  const local = udpFrame({ ...CLIENT, port: 5353 }, at(5353), extended)
  return [...each, udpFrame(CLIENT, at(53), extended), local, ...stream.frames]
}

function dhcp(): Frame[] {
  const type = (kind: number) => Uint8Array.of(53, 1, kind)
  return [1, 2, 3, 5].map((kind) => {
    const [from, to] = kind % 2 === 1 ? [68, 67] : [67, 68]
    const op = kind % 2 === 1 ? 1 : 2
    return udpFrame(
      { ...CLIENT, port: from },
      at(to),
      dhcpMessage(concat(type(kind), ...DHCP_OPTIONS, END), { op }),
    )
  })
}

function tftp(): Frame[] {
  const transfer = at(3445)
  const opened = udpFrame(CLIENT, at(69), concat(u16s(1), utf8('a.txt\0octet\0blksize\x292\0')))
  const blocks = [1, 2, 3].flatMap((block) => [
    udpFrame(transfer, CLIENT, concat(u16s(3, block), new Uint8Array(block === 3 ? 9 : 512))),
    udpFrame(CLIENT, transfer, u16s(4, block)),
  ])
  return [opened, udpFrame(transfer, CLIENT, concat(u16s(6), utf8('blksize\x292\0'))), ...blocks]
}

function tls(): Frame[] {
  const wire = new Wire()
  const line = wire.open(443)
  for (const [side, bytes] of SESSION) line.say(side, bytes, 400)
  line.close()
  return wire.frames
}

/** Messages that refer to those before them, some in fragments. */
function deflated(): Frame[] {
  const wire = new Wire()
  const line = wire.open()
  upgrade(line, '/socket.io/?EIO=4&transport=websocket', 'Sec-WebSocket-Extensions: permessage-deflate\r\n')
  let before: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < 12; i++) {
    const text = utf8(`42["chat","the same words again and again, number ${i}"]`)
    const options = { finishFlush: constants.Z_SYNC_FLUSH, ...(before.length > 0 && { dictionary: before }) }
    const packed = new Uint8Array(deflateRawSync(text, options).subarray(0, -4))
    before = concat(before, text)
    const half = packed.length >> 1
    const parts =
      i % 3 === 0
        ? [
            wsFrame('server', 1, packed.subarray(0, half), { fin: false }),
            wsFrame('server', 0, packed.subarray(half)),
          ]
        : [wsFrame('server', 1, packed)]
    for (const [index, part] of parts.entries()) {
      if (index === 0) part[0] = (part[0] ?? 0) | 0x40
      line.server(part, 40)
    }
  }
  line.close()
  return wire.frames
}

function polling(): Frame[] {
  const wire = new Wire()
  const line = wire.open()
  line.client(get('transport=polling'))
  line.server(ok('0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'), 50)
  line.client(post('transport=polling&sid=abc', '40'))
  line.server(ok('ok'))
  line.client(
    post(
      'transport=polling&sid=abc',
      '421["ask",1]\x1e422["ask",{"deep":[[[null]]]}]\x1e451-["b",{"_placeholder":true,"num":0}]\x1ebAQID',
    ),
  )
  line.server(ok('ok'))
  line.client(get('transport=polling&sid=abc'))
  line.server(ok('431["yes"]\x1e2'))
  const second = wire.open()
  upgrade(second, '/socket.io/?EIO=4&transport=websocket&sid=abc')
  second.client(wsFrame('client', 1, '2probe'))
  second.server(wsFrame('server', 1, '3probe'))
  second.client(wsFrame('client', 1, '5'))
  second.server(wsFrame('server', 1, '432["late"]'))
  second.close()
  return wire.frames
}

/** A datagram in pieces, over IPv4 and IPv6, out of order and overlapping. */
function fragments(): Frame[] {
  const payload = concat(hex('c350 0035 0408 0000'), new Uint8Array(1024).fill(0x61))
  const cuts = [0, 256, 512, 768, 1032]
  const pieces = cuts
    .slice(0, -1)
    .map((from, i) => ({ from, to: cuts[i + 1] ?? payload.length, last: i === 3 }))
  const [one, two, three, four] = pieces
  const told = [two, one, four, two, three].flatMap((piece) => (piece === undefined ? [] : [piece]))
  const four4 = told.map(({ from, to, last }) => {
    const header = { source: CLIENT.address, destination: '10.0.0.2', protocol: 17, id: 7 }
    const options = { ...header, dontFragment: false, moreFragments: !last, fragmentOffset: from }
    return frameOf(ethernetBytes({ type: 0x0800 }, ipv4Bytes(options, payload.subarray(from, to))))
  })
  const four6 = told.map(({ from, to, last }) => {
    const header = { source: 'fe80::1', destination: 'fe80::2', nextHeader: 44 }
    const part = concat(hex('1100'), u16s(from | (last ? 0 : 1)), hex('00000007'), payload.subarray(from, to))
    return frameOf(ethernetBytes({ type: 0x86dd }, ipv6Bytes(header, part)))
  })
  return [...four4, ...four6]
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { arp } from '../../server/protocols/arp.ts'
import { icmp } from '../../server/protocols/icmp.ts'
import { icmpv6 } from '../../server/protocols/icmpv6.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { TlsSecrets } from '../../server/trace/secrets.ts'
import {
  concat,
  cutTo,
  ethernetBytes,
  frameOf,
  hex,
  START_TIME,
  TcpConversation,
  udpFrame,
  utf8,
} from '../frames.ts'
import { OPTIONS as DHCP_OPTIONS, dhcpMessage, END, option } from '../protocols/dhcp-messages.ts'
import {
  ANSWER,
  message,
  name,
  optRecord,
  POINTER,
  QUERY,
  question,
  RECORDS,
  record,
  u16s,
} from '../protocols/dns-messages.ts'
import {
  A,
  ARP_REQUEST,
  B,
  icmpOf,
  icmpv6Of,
  ipv4Of,
  ipv6Of,
  onEthernet,
  onLink,
  packetOf,
  QUOTE,
  SYN6,
} from '../protocols/sample-frames.ts'
import { tlsSession } from '../protocols/tls-session.ts'
import { Wire } from '../protocols/wire.ts'
import { assertAlike, assertChosen, assertWanted } from './skimmed.ts'

/** The same frames a second apart, as if captured one after the other. */
function inTurn(frames: readonly Frame[]): Frame[] {
  return frames.map((frame, i) => ({ ...frame, time: START_TIME + BigInt(i) * 1_000_000_000n }))
}

/** Each frame with a bit or two of each of its bytes changed, and cut in front of each. */
function assertDamagedAlike(frames: readonly Frame[], from = 14): void {
  for (const frame of frames) {
    const places = Array.from({ length: Math.max(0, frame.bytes.length - from) }, (_, i) => from + i)
    const changed = places.flatMap((at) =>
      [0x01, 0x11, 0xc0].map((bits) => {
        const bytes = frame.bytes.slice()
        bytes[at] = (bytes[at] ?? 0) ^ bits
        return { ...frame, bytes }
      }),
    )
    assertAlike([frame, ...changed, frame])
    assertAlike(
      places.flatMap((at) => [
        { ...frame, bytes: frame.bytes.slice(0, at), originalLength: at },
        cutTo(frame, at),
      ]),
    )
  }
}

/** Fails where a skim and a dissection part, and where fewer than `least` frames are skimmed. */
function assertSkimmed(frames: readonly Frame[], least = frames.length): void {
  assert.equal(assertAlike(frames), least)
  assertAlike(frames, { verify: true })
}

function arpOf(opcode: number, sender: string, senderAddress: string, target: string, targetAddress: string) {
  return onEthernet(
    0x0806,
    concat(hex('0001 0800 06 04'), u16s(opcode), hex(sender + senderAddress + target + targetAddress)),
  )
}

const NOBODY = '000000000000'
const ONE = '02000000000a'
const OTHER = '02000000000b'
const ARP = inTurn([
  arpOf(1, ONE, '0a000001', NOBODY, '0a000002'),
  arpOf(2, OTHER, '0a000002', ONE, '0a000001'),
  arpOf(1, ONE, '00000000', NOBODY, '0a000003'),
  arpOf(1, ONE, '0a000003', NOBODY, '0a000003'),
  arpOf(1, ONE, '0a000003', 'ffffffffffff', '0a000003'),
  arpOf(2, ONE, '0a000003', 'ffffffffffff', '0a000003'),
  // Two claim the same address, as sender and as target.
  arpOf(2, OTHER, '0a000003', ONE, '0a000001'),
  arpOf(2, '030000000001', '0a000003', OTHER, '0a000001'),
  arpOf(3, ONE, '0a000001', NOBODY, '00000000'),
  arpOf(25, ONE, '0a000001', NOBODY, '0a000002'),
])

const PING = utf8('abcdefghijklmnopqrstuvwxyz012345')
const ping = (text: string, payload: Uint8Array = PING) =>
  onEthernet(0x0800, ipv4Of(1, icmpOf(text, payload)))
const UDP_QUOTE = ipv4Of(17, hex('9c40 829a 0014 0000 0102030405060708 090a0b0c'))
const ICMP = inTurn([
  ping('0800 0000 1234 0001'),
  ping('0000 0000 1234 0001'),
  ping('0000 0000 1234 0001'),
  ping('0800 0000 1234 0002'),
  ping('0800 0000 1234 0002'),
  ping('0000 0000 1234 0002'),
  ping('0000 0000 1234 0003'),
  ping('0000 0000 1234 0001', utf8('other data')),
  ping('0800 0000 1234 0004', utf8('')),
  ping('0303 0000 00000000', QUOTE),
  ping('0304 0000 0000 05dc', QUOTE),
  ping('0b00 0000 00000000', UDP_QUOTE),
  ping('030f 0000 00000000', UDP_QUOTE),
  ping('0363 0000 00000000', concat(UDP_QUOTE, new Uint8Array(3))),
  ping('0501 0000 0a0000fe', concat(QUOTE, new Uint8Array(8))),
  ping('0c00 0000 14 00 0000', QUOTE),
  ping('0400 0000 00000000', QUOTE),
  ping('0300 0000 00000000', utf8('')),
  ping('0303 0000 00000000', ipv4Of(17, concat(hex('9c40 829a 0108 0000'), new Uint8Array(256)))),
])

const ping6 = (text: string, payload: Uint8Array = PING) =>
  onEthernet(0x86dd, ipv6Of(58, icmpv6Of(text, payload)))
const OPTIONS = {
  source: hex(`0101 ${ONE}`),
  target: hex(`0201 ${OTHER}`),
  mtu: hex('0501 0000 000005dc'),
  prefix: hex('0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000'),
  nonce: hex('0e01 010203040506'),
  servers: hex('1903 0000 00000e10 20010db8000000000000000000000053'),
}
const NEIGHBOUR = 'fe800000000000000000000000000002'
const ICMPV6 = inTurn([
  ping6('8000 0000 1234 0001'),
  ping6('8100 0000 1234 0001'),
  ping6('8100 0000 1234 0001'),
  ping6('8000 0000 1234 0002', utf8('')),
  ping6('0104 0000 00000000', packetOf(SYN6)),
  ping6('0107 0000 05000000', packetOf(SYN6)),
  ping6('0200 0000 00000500', packetOf(SYN6)),
  ping6('0301 0000 00000000', packetOf(SYN6)),
  ping6('0463 0000 00000028', packetOf(SYN6).slice(0, 30)),
  ping6('0100 0000 00000000', utf8('')),
  ping6(`8700 0000 00000000 ${NEIGHBOUR}`, OPTIONS.source),
  ping6(`8700 0000 00000000 ${NEIGHBOUR}`, concat(OPTIONS.source, OPTIONS.nonce, OPTIONS.target)),
  ping6(`8700 0000 00000000 ${NEIGHBOUR}`, utf8('')),
  ping6(`8800 0000 60000000 ${NEIGHBOUR}`, OPTIONS.target),
  ping6(`8800 0000 a0000000 ${NEIGHBOUR}`, OPTIONS.target),
  ping6(`8800 0000 00000000 ${NEIGHBOUR}`, utf8('')),
  ping6('8500 0000 00000000', utf8('')),
  ping6('8500 0000 00000000', OPTIONS.source),
  ping6(
    '8600 0000 40 c0 0708 00000000 00000000',
    concat(OPTIONS.source, OPTIONS.mtu, OPTIONS.prefix, OPTIONS.servers),
  ),
])

const RESOLVER = { address: '10.0.0.2', port: 53 }
const EVERYBODY = { address: '224.0.0.251', port: 5353 }
const LINK_LOCAL = { address: '224.0.0.252', port: 5355 }
const asked = (id: number, payload: Uint8Array) => udpFrame(A, RESOLVER, payload, BigInt(id))
const answered = (payload: Uint8Array) => udpFrame(RESOLVER, A, payload)
const QUESTION = [question('www.example.com', 1)]
const EDNS = [optRecord([[10, hex('0102030405060708')]])]
/** Types whose data is looked through without a cursor. */
const SKIMMED = ['A', 'NS', 'CNAME', 'SOA', 'PTR', 'MX', 'TXT', 'AAAA', 'SRV', 'DNAME', 'SVCB', 'HTTPS']
const DNS = inTurn([
  asked(1, message(1, QUERY, { questions: QUESTION })),
  asked(1, message(1, QUERY, { questions: QUESTION })),
  answered(message(1, ANSWER, { questions: QUESTION, answers: [record(1, hex('01020304'))] })),
  answered(message(1, ANSWER, { questions: QUESTION, answers: [record(1, hex('01020304'))] })),
  answered(message(9, 0x8183, { questions: QUESTION, additional: EDNS })),
  asked(2, message(2, QUERY, { questions: [question('', 255), question('b', 65_280)] })),
  answered(message(2, 0x818b, { questions: QUESTION })),
  asked(3, message(3, 0x2800, { questions: [question('zone.example.com', 6)] })),
  asked(4, message(4, 0x7800, {})),
  udpFrame(EVERYBODY, EVERYBODY, message(0, 0, { questions: [question('_http._tcp.local', 12, 0x8001)] })),
  udpFrame(A, LINK_LOCAL, message(7, 0, { questions: [question('pc', 28)] })),
  ...SKIMMED.map((type) =>
    answered(message(5, ANSWER, { questions: QUESTION, answers: [RECORDS[type] ?? hex('')] })),
  ),
])

const CLIENT_PORT = { address: '0.0.0.0', port: 68 }
const SERVER_PORT = { address: '255.255.255.255', port: 67 }
const dhcp = (options: Uint8Array) => udpFrame(CLIENT_PORT, SERVER_PORT, dhcpMessage(options))
const kind = (type: number) => option(53, Uint8Array.of(type))
const DHCP = inTurn([
  dhcp(concat(kind(1), hex('00'), option(55, hex('0103060f')), option(61, hex(`01${ONE}`)), END)),
  dhcp(concat(kind(5), option(1, hex('ffffff00')), option(51, hex('00000e10')), END, new Uint8Array(8))),
  dhcp(concat(option(12, utf8('host')), kind(99))),
])

const TRANSFER = { address: B.address, port: 41_000 }
const data = (block: number, length: number) =>
  concat(hex('0003'), u16s(block), new Uint8Array(length).fill(97))
const ack = (block: number) => concat(hex('0004'), u16s(block))
const TFTP = inTurn([
  udpFrame(A, { address: B.address, port: 69 }, concat(hex('0001'), utf8('file\0octet\0'))),
  udpFrame({ address: '10.0.0.9', port: 5000 }, { address: '10.0.0.8', port: 5001 }, utf8('between')),
  udpFrame(TRANSFER, A, data(1, 512)),
  udpFrame(A, TRANSFER, ack(1)),
  udpFrame(TRANSFER, A, data(2, 512)),
  udpFrame(TRANSFER, A, data(2, 512)),
  udpFrame(A, TRANSFER, ack(2)),
  udpFrame(TRANSFER, A, data(3, 20)),
  udpFrame(A, TRANSFER, ack(3)),
  udpFrame(A, TRANSFER, data(4, 0)),
  udpFrame(A, TRANSFER, ack(0)),
])

describe('a skim and a dissection', () => {
  test('agree on ARP, and on its addresses that two claim', () => {
    assertSkimmed(ARP)
    assertDamagedAlike(ARP)
  })

  test('agree on ARP behind a VLAN tag and behind a cooked header', () => {
    assertSkimmed([frameOf(ethernetBytes({ type: 0x8100 }, concat(hex('0064 0806'), ARP_REQUEST)))])
    for (const [linkType, header] of [
      [113, `0001 0001 0006 ${ONE} 0000 0806`],
      [276, `0806 0000 00000001 0001 01 06 ${ONE} 0000`],
    ] as const) {
      const frame = onLink(linkType, hex(header), ARP_REQUEST)
      assertSkimmed([frame])
      assertDamagedAlike([frame], 0)
    }
  })

  test('agree on pings, their answers, and errors with what they quote', () => {
    assertSkimmed(ICMP)
    assertDamagedAlike(ICMP)
  })

  test('agree on a ping of nothing but the time, and on an error with extensions', () => {
    const seconds = Number(START_TIME / 1_000_000_000n)
    const time = concat(u16s(seconds >>> 16, seconds & 0xffff), hex('00000001'))
    const labels = concat(hex('2000 0000 0008 0101 00001140'))
    assertSkimmed(
      [
        ping('0800 0000 1234 0001', time),
        ping('0b00 0000 00200000', concat(UDP_QUOTE, new Uint8Array(128 - UDP_QUOTE.length), labels)),
        ping('0b00 0000 00000000', concat(UDP_QUOTE, new Uint8Array(128 - UDP_QUOTE.length), labels)),
      ],
      0,
    )
  })

  test('agree on the same of IPv6, and on neighbour discovery', () => {
    assertSkimmed(ICMPV6)
    assertDamagedAlike(ICMPV6)
  })

  test('agree on DNS: questions, answers, those sent twice, and records that are often met', () => {
    assertSkimmed(DNS)
    assertDamagedAlike(DNS, 34)
  })

  test('agree on DNS of which more is to be said than a skim does', () => {
    const loop = concat(hex('c00c'), u16s(1, 1))
    const strange = concat(Uint8Array.of(4), hex('c3bc 07 41'), name('example'), u16s(1, 1))
    const frames = [
      ...Object.values(RECORDS).map((answer) =>
        answered(message(1, ANSWER, { questions: QUESTION, answers: [answer] })),
      ),
      asked(1, message(1, QUERY, { questions: [loop] })),
      asked(2, message(2, QUERY, { questions: [strange] })),
      asked(3, concat(message(3, QUERY, { questions: QUESTION }), hex('00'))),
      answered(
        message(1, ANSWER, { answers: Array.from({ length: 90 }, () => record(2, name('n.example'))) }),
      ),
      answered(message(1, ANSWER, { answers: [record(1, hex('01020304'), POINTER)] })),
    ]
    assertAlike(inTurn(frames))
  })

  test('agree on DHCP, with every option there is', () => {
    assertSkimmed(DHCP)
    assertDamagedAlike(DHCP, 34 + 8 + 230)
    assertAlike(DHCP_OPTIONS.map((each) => dhcp(concat(kind(3), each, END))))
    const overloaded = concat(kind(1), option(52, hex('01')), END)
    assertAlike([dhcp(overloaded), dhcp(END), dhcp(option(12, utf8('host')))])
  })

  test('agree on a transfer of TFTP, and on other datagrams while its answer is awaited', () => {
    assertSkimmed(TFTP)
    assertDamagedAlike(
      TFTP.filter(({ bytes }) => bytes.length < 100),
      34,
    )
  })

  test('agree on application data of TLS that stays shut, alone, side by side and in pieces', () => {
    const line = new TcpConversation({ server: { address: '10.0.0.2', port: 443 } })
    const sealed = (length: number) => concat(hex('17 0303'), u16s(length), new Uint8Array(length).fill(0xa5))
    line.handshake()
    line.send('client', sealed(40))
    line.send('server', sealed(200))
    line.send('server', concat(sealed(30), sealed(1), sealed(9)))
    line.send('client', concat(...Array.from({ length: 30 }, () => sealed(20))))
    line.send('server', sealed(3000), 1400)
    line.ack('client')
    line.close()
    assertSkimmed(line.frames)
    assertDamagedAlike(line.frames.slice(3, 4), 54)
    line.send('client', concat(sealed(5), hex('15 0303 0002 0100'), sealed(7)))
    line.send('client', concat(sealed(5), hex('16 0303 0005 0e000000 00'), sealed(7)))
    assertAlike(line.frames)
  })

  test('agree on a session of TLS with its secrets, without them, and with those of one side', async () => {
    const talk = [[utf8('GET / HTTP/1.1\r\n\r\n'), utf8('HTTP/1.1 204 No Content\r\n\r\n')]] as const
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const ciphers = version === 'TLSv1.2' ? 'ECDHE-RSA-AES128-GCM-SHA256' : 'TLS_AES_128_GCM_SHA256'
      const { said, keyLog } = await tlsSession({ version, ciphers, talk })
      const wire = new Wire()
      const line = wire.open()
      for (const [side, bytes] of said) line.say(side, bytes)
      const ofServer = keyLog.split('\n').filter((each) => each.startsWith('SERVER'))
      for (const log of ['', keyLog, ofServer.join('\n')]) {
        const secrets = new TlsSecrets()
        secrets.add(log)
        assertAlike(wire.frames, { secrets })
      }
    }
  })

  test('agree on fields of these that are wanted, and on what filters choose of them', () => {
    const frames = inTurn([...ARP, ...ICMP, ...ICMPV6, ...DNS, ...DHCP, ...TFTP])
    const atHand = [arp, icmp, icmpv6].flatMap((each) => [...each.atHand.keys()].map((field) => field.name))
    for (const wanted of [
      atHand,
      ['ip.src', 'ip.proto'],
      ['eth.src', 'dns.qry.name'],
      ['icmpv6.nd.ns.target_address'],
    ]) {
      assert.ok(assertWanted(frames, wanted) > 0, wanted.join())
    }
    for (const filter of [
      'arp',
      'icmp',
      'icmp.type == 8',
      'icmpv6',
      'dns',
      'dns.id == 1',
      'ip.src == 10.0.0.1',
      'udp',
    ]) {
      const chosen = assertChosen(frames, filter)
      assert.ok(chosen > 0 && chosen < frames.length, `${filter} chooses ${chosen} of ${frames.length}`)
    }
  })
})

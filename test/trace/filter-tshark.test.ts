import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { compileFilter, FilterError } from '../../server/trace/filter.ts'
import { Trace } from '../../server/trace/trace.ts'
import {
  concat,
  ethernetBytes,
  frameOf,
  hex,
  ipv4Bytes,
  pcapFile,
  START_TIME,
  TcpConversation,
  udpFrame,
} from '../frames.ts'
import { LESS, MORE, SAME, WRONG } from './filter-table.ts'
import { hasTshark, verdicts } from './tshark-verdicts.ts'

// Times without a zone are local; both sides are asked in the same place.
process.env.TZ = 'UTC'

const folder = mkdtempSync(join(tmpdir(), 'wirelab-filter-'))
after(() => rmSync(folder, { recursive: true }))

function webFrames(): Frame[] {
  const web = new TcpConversation({
    client: { address: '10.1.2.3', port: 50_000 },
    server: { address: '10.9.9.9', port: 80 },
  })
  web.handshake()
  web.send('client', 'GET /Index.html?q=1 HTTP/1.1\r\nHost: example.org\r\n\r\n')
  web.send('server', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  web.close()
  const datagram = udpFrame(
    { address: 'fe80::1', port: 5000 },
    { address: '::1', port: 5360 },
    hex('0102ff4142'),
  )
  return [...web.frames, { ...datagram, time: START_TIME + 9_000_000n }]
}

/** ARP, an echo request under a VLAN tag, a packet within a packet, and a datagram of text. */
function linkFrames(): Frame[] {
  const at = (n: number) => START_TIME + BigInt(n) * 250_000_000n
  const arp = hex('0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002')
  const echo = hex('0800 f7ff 0000 0000')
  const ping = ipv4Bytes({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 1 }, echo)
  const inner = ipv4Bytes({ source: '192.168.0.1', destination: '10.1.2.3', protocol: 1, ttl: 9 }, echo)
  const outer = ipv4Bytes({ source: '10.1.2.3', destination: '10.9.9.9', protocol: 4 }, inner)
  const macs = { destination: 'ff:ff:ff:ff:ff:ff', source: '02:00:00:00:00:01' }
  const padded = concat(ethernetBytes({ ...macs, type: 0x0800 }, ping), hex('00'.repeat(18)))
  return [
    frameOf(ethernetBytes({ ...macs, type: 0x0806 }, arp), at(0)),
    frameOf(ethernetBytes({ ...macs, type: 0x8100 }, concat(hex('0005 0800'), ping)), at(1)),
    frameOf(ethernetBytes({ ...macs, type: 0x0800 }, outer), at(2)),
    frameOf(padded, at(3)),
    udpFrame(
      { address: '10.1.2.3', port: 5000 },
      { address: '10.9.9.9', port: 5360 },
      hex('475445540a'),
      at(4),
    ),
  ]
}

/** A segment for each way of ending, in a conversation on another port. */
function talkFrames(): Frame[] {
  const talk = new TcpConversation({ server: { address: '127.0.0.1', port: 4001 } })
  talk.handshake()
  talk.send('client', 'one\ntwo\nthree\n', 5)
  talk.send('server', 'ONE\r\n')
  talk.ack('client')
  talk.close()
  return talk.frames
}

function ours(frames: readonly Frame[], filters: readonly string[]): Map<string, number[]> {
  const trace = new Trace()
  for (const frame of frames) trace.add(frame)
  return new Map(
    filters.map((text) => {
      const filter = compileFilter(text)
      const numbers: number[] = []
      for (let number = 1; number <= trace.last; number++) {
        const packet = trace.packet(number)
        assert.ok(typeof packet !== 'string')
        if (!filter.matches(packet)) continue
        numbers.push(number)
        assert.equal(trace.protocols(number) & filter.protocols, filter.protocols, `${text}: bits`)
      }
      return [text, numbers]
    }),
  )
}

function compare(file: string, frames: readonly Frame[], filters: readonly string[]): void {
  const theirs = verdicts(file, filters)
  const differences: string[] = []
  for (const [filter, numbers] of ours(frames, filters)) {
    const verdict = theirs.get(filter)
    const said =
      verdict === undefined || 'error' in verdict ? `an error: ${verdict?.error}` : verdict.numbers.join()
    if (said !== numbers.join()) differences.push(`${filter}: ours ${numbers.join()}; theirs ${said}`)
  }
  assert.deepEqual(differences, [])
}

const MADE = { web: webFrames(), link: linkFrames(), talk: talkFrames() }
const skip = !hasTshark && 'tshark is not installed'

for (const [name, frames] of Object.entries(MADE)) {
  test(`${SAME.length} filters choose the packets that Wireshark chooses: ${name}`, { skip }, () => {
    const file = join(folder, `${name}.pcap`)
    writeFileSync(file, pcapFile(frames))
    compare(file, frames, SAME)
  })
}

test('what one refuses the other refuses, but for what is listed', { skip }, () => {
  const file = join(folder, 'syntax.pcap')
  writeFileSync(file, pcapFile(MADE.web))
  const theirs = verdicts(file, [...WRONG, ...MORE, ...LESS])
  const refused = (filter: string) => 'error' in (theirs.get(filter) ?? {})
  const refuses = (filter: string) => {
    try {
      compileFilter(filter)
      return false
    } catch (error) {
      assert.ok(error instanceof FilterError, `${filter}: ${error}`)
      assert.ok(error.at >= 0 && error.at <= filter.length, filter)
      return true
    }
  }
  assert.deepEqual(
    WRONG.filter((filter) => !refuses(filter)),
    [],
    'we take',
  )
  assert.deepEqual(
    WRONG.filter((filter) => !refused(filter)),
    [],
    'they take',
  )
  assert.deepEqual(
    MORE.filter((filter) => refuses(filter) || !refused(filter)),
    [],
    'more',
  )
  assert.deepEqual(
    LESS.filter((filter) => !refuses(filter) || refused(filter)),
    [],
    'less',
  )
})

/** A folder of captures that are not ours; these are from Zeek's own tests. */
const CAPTURES = process.env.WIRELAB_CAPTURES
const OTHERS = [
  'zeek-pipelined-requests.pcap',
  'zeek-option-sack.pcap',
  'zeek-http-vlan-0.pcap',
  'zeek-vlan-qinqinq.pcap',
  'zeek-icmp6-ping.pcap',
  'zeek-linuxsll-arp.pcap',
  'zeek-5-pings.pcap',
  'tcpdump-ipv4_tcp_http_xml.pcap',
]

/** On others' captures only what stands in every header: what fields agree is another test's matter. */
const PLAIN = SAME.filter((filter) => !/http|analysis|payload|comment|protocols|data|len\(/.test(filter))

for (const name of OTHERS) {
  const file = join(CAPTURES ?? '', name)
  const missing = (CAPTURES === undefined || !existsSync(file)) && 'WIRELAB_CAPTURES names no folder with it'
  test(`and in ${name}`, { skip: skip || missing }, () => {
    const frames: Frame[] = []
    const reader = new FrameReader({ frame: (frame) => void frames.push(frame) })
    reader.push(readFileSync(file))
    reader.end()
    compare(file, frames, PLAIN)
  })
}

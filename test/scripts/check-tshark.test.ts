import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { comparePacket, sameValues } from '../../scripts/check-tshark/compare.ts'
import { explanationOf } from '../../scripts/check-tshark/explained.ts'
import { uncovered } from '../../scripts/check-tshark/fields.ts'
import type { ReadPacket } from '../../scripts/check-tshark/read-packet.ts'
import { agreement, Tally } from '../../scripts/check-tshark/tally.ts'
import { CLIENT, pcapFile, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { TYPESCRIPT } from '../programs.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const found = spawnSync('sh', ['-c', 'command -v tshark'], { encoding: 'utf8' })
const TSHARK = found.stdout.trim()
const SKIP = TSHARK === '' && 'tshark is not installed'

function packet(protocols: string, values: Record<string, string[]>): ReadPacket {
  return { number: 1, protocols, values: new Map(Object.entries(values)) }
}

describe('one packet against the other', () => {
  const compared = (protocols: string, ours: Record<string, string[]>, theirs: Record<string, string[]>) =>
    comparePacket(packet('', ours), packet(protocols, theirs), [
      ...new Set([...Object.keys(ours), ...Object.keys(theirs)]),
    ]).map(({ field, compared, equal }) => `${field} ${equal}/${compared}`)

  test('a value too many on either side is a difference', () => {
    const protocols = 'eth:ethertype:ip:udp'
    assert.deepEqual(compared(protocols, { 'ip.addr': ['1', '2'] }, { 'ip.addr': ['1', '2'] }), [
      'ip.addr 2/2',
    ])
    assert.deepEqual(compared(protocols, { 'ip.addr': ['1'] }, { 'ip.addr': ['1', '2'] }), ['ip.addr 1/2'])
    assert.deepEqual(compared(protocols, { 'ip.addr': ['1'] }, {}), ['ip.addr 0/1'])
    assert.deepEqual(compared(protocols, {}, { 'ip.addr': ['1'] }), ['ip.addr 0/1'])
  })

  test('what stands in a tunnel that we do not cover is none', () => {
    const protocols = 'eth:ethertype:ip:gre:ip:udp'
    assert.deepEqual(compared(protocols, { 'ip.proto': ['47'] }, { 'ip.proto': ['47', '17'] }), [
      'ip.proto 1/1',
    ])
    assert.deepEqual(compared(protocols, {}, { 'udp.srcport': ['1'] }), [])
    assert.deepEqual(compared(protocols, { 'ip.proto': ['46'] }, { 'ip.proto': ['47'] }), ['ip.proto 0/1'])
  })

  test('nor are our bytes where tshark reads on', () => {
    assert.deepEqual(compared('eth:ethertype:ip:tcp:bgp', { 'data.len': ['19'] }, {}), [])
    assert.deepEqual(compared('eth:ethertype:ip:tcp', { 'data.len': ['19'] }, {}), ['data.len 0/1'])
  })

  test('order counts', () => {
    assert.equal(sameValues(['1', '2', '3'], ['1', '3']), 2)
    assert.equal(sameValues(['1', '2'], ['2', '1']), 1)
    assert.equal(sameValues([], ['1']), 0)
  })

  test('bodies and notes carry no protocol of ours', () => {
    assert.deepEqual(uncovered('eth:ethertype:ip:tcp:http:data-text-lines:http'), {
      some: false,
      carrying: false,
    })
    assert.deepEqual(uncovered('eth:ethertype:ip:tcp:bgp'), { some: true, carrying: false })
    assert.deepEqual(uncovered('eth:ethertype:vlan:ethertype:mpls:ip'), { some: true, carrying: true })
  })
})

describe('the count', () => {
  const result = (field: string, ours: string[], theirs: string[]) => ({
    packet: 1,
    field,
    compared: Math.max(ours.length, theirs.length),
    equal: sameValues(ours, theirs),
    ours,
    theirs,
  })

  test('a difference with a reason is counted apart', () => {
    const reason = { capture: 'a.pcap', fields: ['ip.ttl*'], packets: [1], reason: 'it is so' }
    const tally = new Tally(5, new Map(), [reason])
    tally.packet('a.pcap', packet('eth:ip', {}), [
      result('ip.ttl', ['1'], ['2']),
      result('ip.id', ['1'], ['1']),
    ])
    tally.packet('b.pcap', packet('eth:ip', {}), [result('ip.ttl', ['1'], ['2'])])
    assert.deepEqual(tally.total, { compared: 3, equal: 1, explained: 1 })
    assert.equal(agreement(tally.total), 0.5)
    assert.deepEqual(
      tally.differences.map(({ capture }) => capture),
      ['b.pcap'],
    )
    assert.equal(explanationOf('b.pcap', result('ip.ttl', [], ['1']), [reason]), undefined)
  })

  test('what hangs on a protocol in TCP that we do not cover is left out when its stream is over', () => {
    const tally = new Tally(5, new Map([[5222, 'xmpp']]), [])
    const inStream = (protocols: string, stream: string) => packet(protocols, { 'tcp.stream': [stream] })
    const lacking = [result('tcp.segment.count', [], ['2'])]
    tally.packet('a.pcap', inStream('eth:ip:tcp', '0'), lacking)
    tally.packet('a.pcap', inStream('eth:ip:tcp', '1'), lacking)
    tally.packet('a.pcap', inStream('eth:ip:tcp:smb', '0'), lacking)
    const waited = { 'tcp.stream': ['2'], 'tcp.srcport': ['5222'], 'tcp.dstport': ['50000'] }
    tally.packet('a.pcap', packet('eth:ip:tcp', waited), lacking)
    tally.ended('a.pcap')
    assert.deepEqual(tally.total, { compared: 1, equal: 0, explained: 0 })
  })
})

describe('the command', { skip: SKIP }, () => {
  let folder = ''
  let capture = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wirelab-check-'))
    capture = join(folder, 'small.pcap')
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', utf8('hello'))
    talk.close()
    const frames = [...talk.frames, udpFrame(CLIENT, { address: '127.0.0.1', port: 4002 }, utf8('ping'))]
    await writeFile(capture, pcapFile(frames))
  })
  after(() => rm(folder, { recursive: true }))

  function check(
    args: readonly string[],
    path = process.env.PATH ?? '',
  ): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [...TYPESCRIPT, 'scripts/check-tshark.ts', ...args], {
      cwd: ROOT,
      env: { ...process.env, PATH: path },
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, out, err })))
  }

  test('finds that both say the same of a capture', async () => {
    const { code, out } = await check([capture, '--protocols', 'eth,ip,udp,tcp', '--fields'])
    assert.match(out, /^tcp +\d+ +\d+ +0 +100\.000 %$/m)
    assert.match(out, /^ip\.ttl +\d+ +\d+ +0 +100\.000 %$/m)
    assert.match(out, / 0 different; agreement 100\.000 %\n$/)
    assert.equal(code, 0)
  })

  test('finds a planted difference, and names packet, field and both values', async () => {
    const planted = join(folder, 'tshark')
    // As a script that prints what tshark prints, with one address changed.
    const script = `#!/bin/sh\n'${TSHARK}' "$@" | sed 's/127\\.0\\.0\\.1/127.0.0.9/'\n`
    await writeFile(planted, script)
    await chmod(planted, 0o755)
    const path = `${folder}${delimiter}${process.env.PATH ?? ''}`
    const { code, out } = await check([capture, '--protocols', 'ip'], path)
    assert.equal(code, 1)
    assert.match(out, /small\.pcap #1 ip\.\w+\n +ours +127\.0\.0\.1.*\n +tshark 127\.0\.0\.9/)
    await rm(planted)
  })

  test('says how it is used, and what is wrong with its words', async () => {
    const help = await check(['--help'])
    assert.equal(help.code, 0)
    assert.match(help.out, /Exit code: 0/)
    for (const words of [
      [],
      ['--nonsense'],
      [capture, '--differences', 'many'],
      [capture, '--protocols', 'gre'],
    ]) {
      const { code, err } = await check(words)
      assert.equal(code, 2, words.join(' '))
      assert.match(err, /^check:tshark: /)
    }
  })

  test('a capture that tshark can not read is no agreement', async () => {
    const { code, out } = await check([join(folder, 'none.pcap')])
    assert.equal(code, 1)
    assert.match(out, /none\.pcap: /)
  })
})

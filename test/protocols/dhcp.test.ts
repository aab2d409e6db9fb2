import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { concat, hex, udpFrame, utf8 } from '../frames.ts'
import { dhcpMessage, END, type MessageOptions, OPTIONS, option } from './dhcp-messages.ts'
import { type Dissected, dissected, traceOf } from './dissected.ts'
import { assertSound } from './wire.ts'

const CLIENT = { address: '0.0.0.0', port: 68 }
const EVERYBODY = { address: '255.255.255.255', port: 67 }

const read = (options: Uint8Array, about?: MessageOptions): Dissected =>
  dissected(udpFrame(CLIENT, EVERYBODY, dhcpMessage(options, about)))
const TYPE = option(53, Uint8Array.of(1))

describe('the fixed part', () => {
  const packet = read(concat(TYPE, END), { file: utf8('pxe.0') })

  test('has addresses, the client and a boot file', () => {
    assert.equal(packet.stack, 'eth:ip:udp:dhcp')
    assert.equal(packet.one('dhcp.id'), 0x11223344)
    assert.equal(packet.one('dhcp.flags.bc'), true)
    assert.equal(packet.one('dhcp.ip.your'), '10.0.0.9')
    assert.equal(packet.one('dhcp.hw.mac_addr'), '00:11:22:33:44:55')
    assert.equal(packet.one('dhcp.hw.addr_padding'), '00'.repeat(10))
    assert.equal(packet.one('dhcp.server'), '')
    assert.equal(packet.one('dhcp.file'), 'pxe.0')
    assert.equal(packet.one('dhcp.cookie'), '99.130.83.99')
    assert.equal(packet.info, 'DHCP Discover - Transaction ID 0x11223344')
  })

  test('fields stand where RFC 2131 has them', () => {
    const at = (name: string) => packet.span(name).start - 42
    assert.deepEqual(
      ['dhcp.id', 'dhcp.ip.client', 'dhcp.hw.mac_addr', 'dhcp.server', 'dhcp.file', 'dhcp.cookie'].map(at),
      [4, 12, 28, 44, 108, 236],
    )
  })

  test('of another network than Ethernet has its address as bytes, and none is none', () => {
    assert.equal(
      read(TYPE, { hardware: [32, 4, hex('01020304')] }).one('dhcp.hw.addr'),
      '01020304'.padEnd(32, '0'),
    )
    assert.equal(read(TYPE, { hardware: [32, 0, hex('')] }).one('dhcp.client_address_not_given'), '')
  })

  test('may count seconds with the lowest byte first', () => {
    assert.equal(read(TYPE, { seconds: 0x0500 }).one('dhcp.secs'), 5)
    assert.equal(read(TYPE, { seconds: 0x0105 }).one('dhcp.secs'), 0x0105)
  })

  test('without options is BOOTP', () => {
    const bootp = read(new Uint8Array(0), { cookie: false })
    assert.equal(bootp.one('dhcp.bootp'), true)
    assert.equal(bootp.info, 'Boot Request from 00:11:22:33:44:55')
  })
})

describe('options', () => {
  test('are read each by its kind', () => {
    const packet = read(concat(TYPE, ...OPTIONS, END))
    assert.deepEqual(packet.problems, [])
    assert.deepEqual(packet.all('_ws.expert.message'), [])
    assert.equal(packet.one('dhcp.option.subnet_mask'), '255.255.255.0')
    assert.equal(packet.one('dhcp.option.time_offset'), -3600)
    assert.deepEqual(packet.all('dhcp.option.domain_name_server'), ['10.0.0.1', '8.8.8.8'])
    assert.equal(packet.one('dhcp.option.ip_address_lease_time'), 86_400)
    assert.equal(packet.one('dhcp.option.ip_forwarding'), true)
    assert.deepEqual(packet.all('dhcp.fqdn.name'), ['host.example', 'host.example'])
    assert.deepEqual(packet.all('dhcp.option.dhcp_dns_domain_search_list_fqdn'), [
      'a.example.com',
      'b.example.com',
    ])
    assert.deepEqual(packet.all('dhcp.option.classless_static_route'), [
      '180a01020a000001',
      '000a000001',
      '100a010a000001',
    ])
    assert.equal(packet.one('dhcp.option.end'), 255)
  })

  test('that do not end are said to be wrong, and so are those that are cut off', () => {
    assert.equal(read(TYPE).one('dhcp.end_option_missing'), '')
    const packet = read(concat(TYPE, Uint8Array.of(12, 32), utf8('abc')))
    assert.equal(packet.one('dhcp.option.dhcp'), 1)
    assert.match(packet.problems.join(), /^Value: need 32 bytes/)
  })

  test('of an impossible length are said to be so', () => {
    const packet = read(
      concat(TYPE, option(51, Uint8Array.of(1, 2)), option(6, Uint8Array.of(1, 2, 3, 4, 5)), END),
    )
    assert.deepEqual(packet.all('_ws.expert.message'), [
      "length isn't 4",
      "Option length isn't a multiple of 4",
    ])
    assert.equal(packet.one('dhcp.option.domain_name_server'), '1.2.3.4')
  })

  test('stand apart by zeros, and behind the end there is only padding', () => {
    const packet = read(concat(Uint8Array.of(0, 0), TYPE, Uint8Array.of(0), END, new Uint8Array(3)))
    assert.deepEqual(packet.all('dhcp.option.padding'), ['0000', '00', '000000'])
    assert.equal(packet.one('dhcp.option.dhcp'), 1)
  })

  test('may go on in the fields for server and file', () => {
    const packet = read(concat(TYPE, option(52, Uint8Array.of(3)), END), {
      server: concat(option(12, utf8('hn')), END),
      file: concat(option(15, utf8('dom')), END),
    })
    assert.equal(packet.one('dhcp.option.hostname'), 'hn')
    assert.equal(packet.one('dhcp.option.domain_name'), 'dom')
    assert.equal(packet.one('dhcp.server'), undefined)
    assert.equal(packet.one('dhcp.file'), undefined)
  })
})

test('any bytes are read without a defect, and every span stays inside', () => {
  const good = dhcpMessage(concat(TYPE, ...OPTIONS, END))
  const change = fc.record({
    at: fc.integer({ min: 0, max: good.length - 1 }),
    value: fc.integer({ min: 0, max: 255 }),
  })
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 8 }),
      fc.nat(good.length),
      fc.boolean(),
      (changes, length, cut) => {
        const bytes = good.slice(0, cut ? length : good.length)
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
        assertSound(traceOf(udpFrame(CLIENT, EVERYBODY, bytes)))
      },
    ),
    { numRuns: 400 },
  )
})

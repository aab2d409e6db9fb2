import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  broadcastOf,
  ipv4Text,
  isGroupMac,
  isUnicast,
  macOf,
  macText,
  maskOf,
  parseIpv4,
  parseMac,
  subnetOf,
} from '../../server/network/address.ts'

const ip = (text: string) => parseIpv4(text) ?? Number.NaN
const addresses = fc.integer({ min: 0, max: 0xffff_ffff })

describe('IPv4 addresses', () => {
  it('are their 32 bits, and dotted decimal for people', () => {
    assert.equal(ip('10.0.0.100'), 0x0a000064)
    assert.equal(ip('255.255.255.255'), 0xffff_ffff)
    assert.equal(ipv4Text(0xc0a80102), '192.168.1.2')
    fc.assert(fc.property(addresses, (address) => parseIpv4(ipv4Text(address)) === address))
  })

  it('are nothing else: no leading zeros, no fifth number, no name, none above 255', () => {
    for (const text of [
      '',
      '10.0.0',
      '10.0.0.1.2',
      '10.0.0.256',
      '010.0.0.1',
      '10.0.0.01',
      '10.0.0.1 ',
      ' 10.0.0.1',
    ]) {
      assert.equal(parseIpv4(text), undefined, text)
    }
    for (const text of ['10..0.1', '0x0a.0.0.1', '1e1.0.0.1', '-1.0.0.1', 'server', '10.0.0.1\n']) {
      assert.equal(parseIpv4(text), undefined, text)
    }
  })

  it('any text at all is an address that reads back, or none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const address = parseIpv4(text)
        return address === undefined || ipv4Text(address) === text
      }),
    )
  })

  it('a prefix of 24 bits leaves 256 addresses, the last of them everyone’s', () => {
    assert.equal(maskOf(24), 0xffffff00)
    assert.equal(maskOf(0), 0)
    assert.equal(maskOf(32), 0xffff_ffff)
    assert.equal(ipv4Text(subnetOf(ip('10.0.1.100'), 24)), '10.0.1.0')
    assert.equal(ipv4Text(broadcastOf(ip('10.0.1.100'), 24) ?? 0), '10.0.1.255')
    assert.equal(ipv4Text(broadcastOf(ip('10.0.1.100'), 8) ?? 0), '10.255.255.255')
    assert.equal(broadcastOf(ip('10.0.1.100'), 31), undefined)
  })

  it('this host, loopback, groups and class E are no single host on a network', () => {
    for (const text of [
      '0.0.0.0',
      '0.1.2.3',
      '127.0.0.1',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
    ])
      assert.equal(isUnicast(ip(text)), false, text)
    for (const text of ['1.0.0.0', '10.0.0.1', '223.255.255.254'])
      assert.equal(isUnicast(ip(text)), true, text)
  })
})

describe('MAC addresses', () => {
  it('of lab hosts are 02:00 and the IPv4 address', () => {
    assert.equal(macText(macOf(ip('10.0.0.100'))), '02:00:0a:00:00:64')
    assert.equal(isGroupMac(macOf(ip('223.255.255.255'))), false)
  })

  it('read back from their text, in either case', () => {
    assert.equal(parseMac('FF:ff:FF:ff:FF:ff'), 0xffff_ffff_ffff)
    assert.equal(macText(0), '00:00:00:00:00:00')
    for (const text of ['', '02:00:0a:00:00', '02-00-0a-00-00-64', '02:00:0a:00:00:6', '0200:0a:00:00:64:'])
      assert.equal(parseMac(text), undefined, text)
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (mac) => parseMac(macText(mac)) === mac))
  })

  it('with the lowest bit of the first byte set are a group’s', () => {
    assert.equal(isGroupMac(parseMac('ff:ff:ff:ff:ff:ff') ?? 0), true)
    assert.equal(isGroupMac(parseMac('01:00:5e:00:00:01') ?? 0), true)
    assert.equal(isGroupMac(parseMac('02:00:0a:00:00:01') ?? 0), false)
  })
})

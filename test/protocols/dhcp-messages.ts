/** DHCP messages made for tests, written apart from the reader. */
import { concat, hex, utf8 } from '../frames.ts'
import { name, u16s, u32s } from './dns-messages.ts'

export interface MessageOptions {
  readonly op?: 1 | 2
  readonly hardware?: readonly [type: number, length: number, address: Uint8Array]
  readonly seconds?: number
  readonly server?: Uint8Array
  readonly file?: Uint8Array
  /** Left out for BOOTP without options. */
  readonly cookie?: boolean
}

const filled = (bytes: Uint8Array, length: number) => concat(bytes, new Uint8Array(length - bytes.length))

export function dhcpMessage(options: Uint8Array, about: MessageOptions = {}): Uint8Array {
  const { op = 1, seconds = 5, server = new Uint8Array(0), file = new Uint8Array(0), cookie = true } = about
  const [type, length, address] = about.hardware ?? [1, 6, hex('001122334455')]
  return concat(
    Uint8Array.of(op, type, length, 0),
    u32s(0x11223344),
    u16s(seconds, 0x8000),
    u32s(0, 0x0a000009, 0x0a000001, 0),
    filled(address, 16),
    filled(server, 64),
    filled(file, 128),
    cookie ? hex('63825363') : new Uint8Array(0),
    options,
  )
}

export const option = (code: number, data: Uint8Array) => concat(Uint8Array.of(code, data.length), data)
export const END = Uint8Array.of(255)
const bytes = (...numbers: number[]) => Uint8Array.from(numbers)
const A = bytes(10, 0, 0, 1)

/** Every option that is read, with good data. */
export const OPTIONS: readonly Uint8Array[] = [
  option(1, bytes(255, 255, 255, 0)),
  option(2, u32s(0xfffff1f0)),
  option(3, A),
  option(6, concat(A, bytes(8, 8, 8, 8))),
  option(12, utf8('host')),
  option(15, utf8('example.com')),
  option(19, bytes(1)),
  option(21, concat(A, bytes(255, 0, 0, 0))),
  option(23, bytes(64)),
  option(25, u16s(68, 296)),
  option(26, u16s(1400)),
  option(28, bytes(10, 0, 0, 255)),
  option(33, concat(A, A)),
  option(42, A),
  option(43, bytes(1, 2, 3)),
  option(46, bytes(8)),
  option(50, A),
  option(51, u32s(86_400)),
  option(54, A),
  option(55, bytes(1, 3, 6, 252)),
  option(56, utf8('why')),
  option(57, u16s(1500)),
  option(58, u32s(43_200)),
  option(59, u32s(75_600)),
  option(60, utf8('MSFT 5.0')),
  option(61, concat(bytes(1), hex('001122334455'))),
  option(61, concat(bytes(0), utf8('name'))),
  option(61, concat(bytes(0), new Uint8Array(16).fill(7))),
  option(61, concat(bytes(255, 0, 0, 0, 1), u16s(1, 1), u32s(123_456), hex('001122334455'))),
  option(61, concat(bytes(255, 0, 0, 0, 1), u16s(3, 1), hex('001122334455'))),
  option(61, concat(bytes(255, 0, 0, 0, 1), u16s(2), u32s(9), utf8('abc'))),
  option(66, utf8('tftp.x')),
  option(67, utf8('boot.bin')),
  option(77, concat(bytes(3), utf8('abc'))),
  option(77, utf8('iPXE')),
  option(80, new Uint8Array(0)),
  option(81, concat(bytes(1, 0, 0), utf8('host.example'))),
  option(81, concat(bytes(4, 0, 0), name('host.example'))),
  option(
    82,
    concat(
      option(1, utf8('port')),
      option(2, utf8('far')),
      option(5, A),
      option(6, utf8('sub')),
      option(11, A),
    ),
  ),
  option(93, u16s(7)),
  option(94, bytes(1, 3, 16)),
  option(
    97,
    concat(
      bytes(0),
      Uint8Array.from({ length: 16 }, (_, i) => i),
    ),
  ),
  option(100, utf8('PST8')),
  option(114, utf8('https://portal')),
  option(116, bytes(1)),
  option(119, concat(name('a.example.com'), bytes(1, 0x62, 0xc0, 2))),
  option(121, concat(bytes(24, 10, 1, 2), A, bytes(0), A)),
  option(150, A),
  option(224, utf8('private')),
  option(249, concat(bytes(16, 10, 1), A)),
  option(252, utf8('http://wpad/')),
]

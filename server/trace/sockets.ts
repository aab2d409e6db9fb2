/**
 * Two sockets as numbers: how a conversation is found for each packet without making a string. An IPv4 address is one
 * number of 32 bits, an IPv6 address four.
 */
import type { Endpoint } from '../protocols/conversation.ts'
import { ipv4Address, ipv6Address } from '../protocols/field.ts'
import { parseIpv4, parseIpv6 } from './filter-values.ts'

/** The packet's side of the search: where its addresses stand as numbers. */
export interface SocketNumbers {
  readonly family: number
  readonly from0: number
  readonly from1: number
  readonly from2: number
  readonly from3: number
  readonly to0: number
  readonly to1: number
  readonly to2: number
  readonly to3: number
  readonly sourcePort: number
  readonly destinationPort: number
}

const FOUR = ipv4Address('Address')
const SIX = ipv6Address('Address')

/** Addresses that are neither are numbered as they come: only tests and damaged captures have such. */
const OTHER = 1
const OTHERS_KEPT = 8192
const others = new Map<string, number>()

export class Sockets implements SocketNumbers {
  family = 0
  from0 = 0
  from1 = 0
  from2 = 0
  from3 = 0
  to0 = 0
  to1 = 0
  to2 = 0
  to3 = 0
  sourcePort = 0
  destinationPort = 0

  /** Takes the numbers of two endpoints that are known by their text. */
  set(source: Endpoint, destination: Endpoint): this {
    const from = numbersOf(source.address)
    this.family = from.family
    this.from0 = from.words[0] ?? 0
    this.from1 = from.words[1] ?? 0
    this.from2 = from.words[2] ?? 0
    this.from3 = from.words[3] ?? 0
    const to = numbersOf(destination.address)
    this.to0 = to.words[0] ?? 0
    this.to1 = to.words[1] ?? 0
    this.to2 = to.words[2] ?? 0
    this.to3 = to.words[3] ?? 0
    this.sourcePort = source.port
    this.destinationPort = destination.port
    return this
  }
}

interface Numbers {
  /** 4, 6, or 1 for what is no IP address. */
  readonly family: number
  readonly words: Int32Array
}

/** Many connections are between the same few hosts. */
const known = new Map<string, Numbers>()
const KNOWN_KEPT = 1024

function numbersOf(address: string): Numbers {
  let numbers = known.get(address)
  if (numbers === undefined) {
    const words = new Int32Array(4)
    numbers = { family: addressWords(address, words), words }
    if (known.size >= KNOWN_KEPT) known.clear()
    known.set(address, numbers)
  }
  return numbers
}

function addressWords(address: string, words: Int32Array): number {
  const four = parseIpv4(address)
  if (four !== undefined) {
    words[0] = four | 0
    return 4
  }
  const six = address.includes(':') ? parseIpv6(address) : undefined
  if (six !== undefined) {
    for (let i = 0; i < 4; i++) words[i] = Number(BigInt.asIntN(32, six >> BigInt(96 - 32 * i)))
    return 6
  }
  let number = others.get(address)
  if (number === undefined) {
    if (others.size >= OTHERS_KEPT) others.clear()
    number = nextOther++
    others.set(address, number)
  }
  words[0] = number
  return OTHER
}
let nextOther = 1

/** The addresses as text, for a conversation that begins. */
export function sourceText(s: SocketNumbers): string {
  return addressText(s.family, s.from0, s.from1, s.from2, s.from3)
}

export function destinationText(s: SocketNumbers): string {
  return addressText(s.family, s.to0, s.to1, s.to2, s.to3)
}

const scratch = new DataView(new ArrayBuffer(16))

/** The IPv4 addresses that were written last, by their lowest bits. */
const written: { number: number; text: string }[] = Array.from({ length: 64 }, () => ({
  number: 0,
  text: '',
}))

function addressText(family: number, ...words: readonly number[]): string {
  const [first = 0] = words
  const memo = family === 4 ? written[first & 63] : undefined
  if (memo === undefined) return addressAnew(family, words)
  if (memo.number !== first || memo.text === '') {
    memo.number = first
    memo.text = addressAnew(family, words)
  }
  return memo.text
}

function addressAnew(family: number, words: readonly number[]): string {
  words.forEach((word, at) => {
    scratch.setInt32(4 * at, word)
  })
  return family === 4 ? FOUR.read(scratch, 0) : SIX.read(scratch, 0)
}

/** The same for both directions, and a small integer. */
export function hashOf(transport: number, s: SocketNumbers): number {
  const { from0, to0, sourcePort, destinationPort } = s
  let one = Math.imul(from0 ^ Math.imul(sourcePort, 0x9e3779b1), 0x85ebca6b)
  let other = Math.imul(to0 ^ Math.imul(destinationPort, 0x9e3779b1), 0x85ebca6b)
  if (s.family === 6) {
    one = Math.imul(one ^ s.from1 ^ Math.imul(s.from2, 31) ^ Math.imul(s.from3, 0x01000193), 0xc2b2ae35)
    other = Math.imul(other ^ s.to1 ^ Math.imul(s.to2, 31) ^ Math.imul(s.to3, 0x01000193), 0xc2b2ae35)
  }
  const sum = (one ^ (one >>> 15)) + (other ^ (other >>> 15)) + transport
  return (sum ^ (sum >>> 13)) & 0x3fff_ffff
}

/** Whether `s` goes the way that `known` goes. */
export function sameWay(known: SocketNumbers, s: SocketNumbers): boolean {
  return (
    known.sourcePort === s.sourcePort &&
    known.destinationPort === s.destinationPort &&
    known.from0 === s.from0 &&
    known.to0 === s.to0 &&
    known.family === s.family &&
    (s.family !== 6 ||
      (known.from1 === s.from1 &&
        known.from2 === s.from2 &&
        known.from3 === s.from3 &&
        known.to1 === s.to1 &&
        known.to2 === s.to2 &&
        known.to3 === s.to3))
  )
}

/** Whether `s` goes the other way. */
export function otherWay(known: SocketNumbers, s: SocketNumbers): boolean {
  return (
    known.sourcePort === s.destinationPort &&
    known.destinationPort === s.sourcePort &&
    known.from0 === s.to0 &&
    known.to0 === s.from0 &&
    known.family === s.family &&
    (s.family !== 6 ||
      (known.from1 === s.to1 &&
        known.from2 === s.to2 &&
        known.from3 === s.to3 &&
        known.to1 === s.from1 &&
        known.to2 === s.from2 &&
        known.to3 === s.from3))
  )
}

/**
 * What the lab network tells the observer, packed in buffers that change hands. A record is a head of 8-byte words
 * and, for a frame, its bytes behind it, padded to a whole word, so that every number lies where a typed array can
 * have it. Numbers are in this machine's byte order: they only go from one thread to another.
 *
 *            word 0           1          2                3        4               5       6      7…
 *  departed  kind | length    time, ms   id               delay    queue | fates   where   rate   bytes
 *  arrived   kind | length    time       id               bytes, if they were damaged
 *  sampled   kind | codes     time       local | remote   ports    the sample's numbers
 */
import type { Direction, Fate } from '../network/tap.ts'

/** A batch: one frame of the largest size and much room. */
export const BATCH_BYTES = 256 * 1024

export const DEPARTED = 1
export const ARRIVED = 2
export const SAMPLED = 3

/** Words of a departure's head, an arrival's, a sample's. */
export const DEPARTED_WORDS = 7
export const ARRIVED_WORDS = 3
export const SAMPLED_WORDS = 16
/** No frame has so many bytes: an arrival without bytes of its own. */
export const AS_DEPARTED = 0xffff_ffff

/** Where a frame was, in the half word that says so: its cable, and in the lowest bit which way it went. */
export function whereOf(cable: number, direction: Direction): number {
  return (cable << 1) | (direction === 'down' ? 1 : 0)
}

export const directionOf = (where: number): Direction => ((where & 1) === 1 ? 'down' : 'up')
export const cableOf = (where: number): number => where >>> 1

/** In the order of their bits. */
const FATES: readonly Fate[] = [
  'delivered',
  'corrupted',
  'duplicated',
  'reordered',
  'delayed',
  'lost',
  'queue full',
  'cut',
]
const FATE_BITS = new Map(FATES.map((fate, bit) => [fate, 1 << bit]))

export function fateBits(fates: readonly Fate[]): number {
  // Nearly all frames have one fate.
  const [first] = fates
  if (fates.length === 1 && first === 'delivered') return 1
  return fates.reduce((bits, fate) => bits | (FATE_BITS.get(fate) ?? 0), 0)
}

const fateLists: (readonly Fate[])[] = []

/** The same list each time for the same bits: a trace keeps one of them for each packet. */
export function fatesOf(bits: number): readonly Fate[] {
  let list = fateLists[bits]
  if (list === undefined) {
    list = FATES.filter((_, bit) => (bits & (1 << bit)) !== 0)
    fateLists[bits & 0xff] = list
  }
  return list
}

/** Bench to observer. */
export interface BatchMessage {
  readonly buffer: ArrayBuffer
  /** Of the buffer, how many bytes are records. */
  readonly used: number
  /** Departures and arrivals that were not told because too many batches were under way, since the network began. */
  readonly dropped: number
  /** Names of the cables, by their numbers in this batch. */
  readonly cables: readonly string[]
  /** Milliseconds from 1970 to the network's time 0. */
  readonly epochStart: number
  readonly topology: Topology
}

/** Observer to bench: a buffer that may be filled anew. */
export interface ReturnMessage {
  readonly buffer: ArrayBuffer
}

export type Topology = 'switch' | 'router'

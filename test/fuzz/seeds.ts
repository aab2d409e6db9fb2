/** What is spoilt: one frame of each kind, whole conversations, and the capture files that were asked for. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { CaptureError } from '../../server/errors.ts'
import type { Random } from '../../server/network/random.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { BIG, LITTLE } from '../capture/captures.ts'
import { concat, utf8 } from '../frames.ts'
import { SAMPLES } from '../protocols/sample-frames.ts'
import { conversations } from './conversations.ts'
import { mutated, mutatedList } from './mutate.ts'

/** Frames are taken from the first so many bytes of a file. */
const MOST_BYTES = 4 << 20
const MOST_FRAMES = 2000
const PCAP_MAGIC = 0xa1b2_c3d4
const TLS_KEY_LOG = 0x544c_534b
const LINK_TYPES = [0, 1, 101, 108, 113, 147, 276]

export interface Seed {
  readonly name: string
  /** The file as it is, to be spoilt as a file; undefined for those that are made here. */
  readonly file: Uint8Array | undefined
  readonly linkType: number
  readonly frames: readonly Uint8Array[]
  /** A key log that goes into the file before the frames. */
  readonly secrets?: string
}

/** A capture file made from a seed: its frames spoilt, or the whole file; now and then packed. */
export function spoilt(seed: Seed, random: Random): Uint8Array {
  const bytes = unpackedSpoilt(seed, random)
  if (random.below(12) !== 0) return bytes
  const packed = new Uint8Array(gzipSync(bytes, { level: 1 }))
  return random.below(2) === 0 ? packed : mutated(packed, random)
}

function unpackedSpoilt(seed: Seed, random: Random): Uint8Array {
  if (seed.file !== undefined && random.below(4) === 0) return mutated(seed.file, random)
  const frames = mutatedList(seed.frames, random)
  const secrets = seed.secrets ?? ''
  if (secrets === '' && random.below(4) !== 0) return pcapOf(frames, seed.linkType)
  const file = pcapngOf(frames, seed.linkType, secrets, random)
  return random.below(4) === 0 ? mutated(file, random) : file
}

function pcapOf(frames: readonly Uint8Array[], linkType: number): Uint8Array {
  const records = frames.map((bytes, i) => LITTLE.pcapRecord(1_700_000_000, i * 10, bytes))
  return concat(LITTLE.pcapHeader(PCAP_MAGIC, linkType), ...records)
}

/** Sections of either byte order, each with two interfaces of different links, as captures are put one behind the other. */
function pcapngOf(
  frames: readonly Uint8Array[],
  linkType: number,
  secrets: string,
  random: Random,
): Uint8Array {
  const each = 1 + random.below(frames.length + 1)
  const blocks: Uint8Array[] = []
  for (let from = 0; from === 0 || from < frames.length; from += each) {
    const words = random.below(2) === 0 ? LITTLE : BIG
    const other = LINK_TYPES[random.below(LINK_TYPES.length)] ?? linkType
    blocks.push(words.section(), words.interface(linkType, 0), words.interface(other, 64))
    const keys = utf8(secrets)
    if (secrets !== '') blocks.push(words.block(0xa, words.u32(TLS_KEY_LOG, keys.length), keys))
    for (const [i, bytes] of frames.slice(from, from + each).entries()) {
      const comment = words.option(1, utf8(`packet ${i}`))
      const id = random.below(20) === 0 ? 1 : 0
      const time = 1_700_000_000_000_000n + BigInt((from + i) * 10)
      const options = random.below(10) === 0 ? [comment, words.u32(0)] : []
      blocks.push(words.packet(id, time, bytes, bytes.length, ...options))
    }
  }
  return concat(...blocks)
}

export function ownSeeds(): Seed[] {
  const byLink = new Map<number, Uint8Array[]>()
  for (const { linkType, bytes } of Object.values(SAMPLES)) {
    byLink.set(linkType, [...(byLink.get(linkType) ?? []), bytes])
  }
  const samples = [...byLink].map(([linkType, frames]) =>
    seedOf(`samples of link type ${linkType}`, linkType, frames),
  )
  const spoken = conversations().map(({ name, frames, secrets }) => {
    const seed = seedOf(
      name,
      1,
      frames.map(({ bytes }) => bytes),
    )
    return secrets === undefined ? seed : { ...seed, secrets }
  })
  return [...samples, ...spoken]
}

/** The captures in these files and folders; what is none is left out. */
export function seedsFrom(paths: readonly string[]): Seed[] {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path],
  )
  return files.flatMap((path) => {
    const file = readFileSync(path).subarray(0, MOST_BYTES)
    const frames: Frame[] = []
    const reader = new FrameReader({
      frame: (frame) => void (frames.length < MOST_FRAMES && frames.push(frame)),
    })
    try {
      reader.push(file)
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
    }
    const [first] = frames
    if (first === undefined) return []
    const same = frames.filter(({ linkType }) => linkType === first.linkType)
    return [
      {
        ...seedOf(
          path,
          first.linkType,
          same.map(({ bytes }) => bytes),
        ),
        file,
      },
    ]
  })
}

function seedOf(name: string, linkType: number, frames: readonly Uint8Array[]): Seed {
  return { name, file: undefined, linkType, frames }
}

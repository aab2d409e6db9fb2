/**
 * A frame's way over the lab network's cable as a pcapng comment, which Wireshark shows above the packet: the names
 * and values of the `link` layer, and enough of it that the layer can be read back.
 *
 *     link.fate=lost link.cable=server link.direction=up link.sent=1767225600.000000000 link.queue=0
 */
import type { Transit } from '../protocols/packet.ts'

/** Damage of more bytes than this is not the lab cable's, which turns one bit over. */
const MAX_DAMAGED = 64
const NANOSECONDS = 1_000_000_000n

/** `bytes`: the frame as it stands beside the comment. */
export function transitComment(transit: Transit, bytes: Uint8Array): string {
  const { fates, cable, direction, sentAt, arrivals, delay, rate, queue, other } = transit
  const parts = [
    `link.fate=${quoted(fates.join(','))}`,
    `link.cable=${quoted(cable)}`,
    `link.direction=${direction}`,
    `link.sent=${secondsOf(sentAt)}`,
  ]
  if (arrivals.length > 0) parts.push(`link.arrived=${arrivals.map(secondsOf).join(',')}`)
  if (delay !== undefined) parts.push(`link.delay=${delay}`)
  if (rate !== undefined && rate > 0) parts.push(`link.rate=${rate}`)
  parts.push(`link.queue=${queue}`)
  const damage = other === undefined ? undefined : damageOf(bytes, other)
  if (damage !== undefined) parts.push(`link.other=${damage}`)
  return parts.join(' ')
}

/** What such a comment says; undefined for any other. */
export function readTransitComment(comment: string, bytes: Uint8Array): Transit | undefined {
  if (!comment.startsWith('link.fate=')) return undefined
  const parts = new Map<string, string>()
  for (const [, name = '', word, inQuotes] of comment.matchAll(/link\.([a-z]+)=(?:"([^"]*)"|([^\s"]+))/g)) {
    parts.set(name, word ?? inQuotes ?? '')
  }
  const direction = parts.get('direction')
  const sentAt = nanosecondsOf(parts.get('sent'))
  if ((direction !== 'up' && direction !== 'down') || sentAt === undefined) return undefined
  const rate = numberOf(parts.get('rate'))
  return {
    cable: parts.get('cable') ?? '',
    direction,
    fates: (parts.get('fate') ?? '').split(','),
    sentAt,
    arrivals: (parts.get('arrived')?.split(',') ?? []).flatMap((time) => nanosecondsOf(time) ?? []),
    queue: numberOf(parts.get('queue')) ?? 0,
    delay: numberOf(parts.get('delay')),
    ...(rate !== undefined && { rate }),
    // What is in a capture was seen.
    seen: true,
    other: otherFrame(parts.get('other'), bytes),
  }
}

function quoted(text: string): string {
  return /^[^\s"]+$/.test(text) ? text : `"${text.replaceAll('"', "'")}"`
}

function secondsOf(time: bigint): string {
  return `${time / NANOSECONDS}.${(time % NANOSECONDS).toString().padStart(9, '0')}`
}

function nanosecondsOf(text: string | undefined): bigint | undefined {
  const [, seconds, fraction] = /^(\d{1,11})\.(\d{9})$/.exec(text ?? '') ?? []
  return seconds === undefined || fraction === undefined ? undefined : BigInt(seconds + fraction)
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

/** The bytes that are others at the other end, `offset:hex`; undefined where the two differ in more than bytes. */
function damageOf(bytes: Uint8Array, other: Uint8Array): string | undefined {
  if (bytes.length !== other.length) return undefined
  const differing: string[] = []
  for (const [at, byte] of other.entries()) {
    if (byte === bytes[at]) continue
    differing.push(`${at}:${byte.toString(16).padStart(2, '0')}`)
    if (differing.length > MAX_DAMAGED) return undefined
  }
  return differing.length === 0 ? undefined : differing.join(',')
}

function otherFrame(damage: string | undefined, bytes: Uint8Array): Uint8Array | undefined {
  if (damage === undefined || !/^(\d{1,6}:[0-9a-f]{2},?){1,64}$/.test(damage)) return undefined
  const other = bytes.slice()
  for (const part of damage.split(',')) {
    const [at = '', byte = ''] = part.split(':')
    if (Number(at) < other.length) other[Number(at)] = Number.parseInt(byte, 16)
  }
  return other
}

/** What a packet's layers say about it: whose each byte is, how much is the reader's own, and who plays which OSI layer. */
import type { FieldNode, LayerNode, PacketDetail } from '../../server/dashboard/api.ts'
import { formatCount, plural } from './format.ts'

/** A run of bytes of one layer in one buffer; `layer` is -1 for bytes that no layer claims. */
export interface Run {
  layer: number
  osi: number
  start: number
  end: number
}

/** For each byte of a buffer the index of the layer whose own it is, -1 for none: the inner claims before the outer. */
export function owners(layers: readonly LayerNode[], buffer: number, length: number): Int16Array {
  const own = new Int16Array(length).fill(-1)
  layers.forEach((layer, index) => {
    if (layer.buffer === buffer && layer.osi > 0) own.fill(index, layer.start, Math.min(length, layer.end))
  })
  // Masked or compressed bytes are read in another buffer; here they are the message's that carries them.
  layers.forEach((layer, index) => {
    if (layer.osi < 5) return
    for (const field of layer.fields) {
      if (field.buffer !== buffer) continue
      for (let at = field.start; at < Math.min(length, field.end); at++) if (own[at] === -1) own[at] = index
    }
  })
  return own
}

/** A buffer from its first byte to its last as runs of one owner. */
export function runs(layers: readonly LayerNode[], buffer: number, length: number): Run[] {
  const own = owners(layers, buffer, length)
  const out: Run[] = []
  for (let at = 0; at < length; at++) {
    const layer = own[at] ?? -1
    const last = out.at(-1)
    if (last !== undefined && last.layer === layer) last.end = at + 1
    else out.push({ layer, osi: layers[layer]?.osi ?? 0, start: at, end: at + 1 })
  }
  return out
}

/** How many bytes are a layer's own. */
export function ownBytes(layer: LayerNode): number {
  return Math.max(0, layer.end - layer.start)
}

/** A layer's size beside its name. A cable has no bytes of its own, but carries so many bits for this frame. */
export function sizeWords(layer: LayerNode): string {
  const bits =
    layer.protocol === 'link' ? layer.fields.find(({ name }) => name === 'link.bits')?.value : undefined
  if (typeof bits === 'number') return plural(bits, 'bit')
  return ownBytes(layer) === 0 && layer.osi <= 1 ? '' : plural(ownBytes(layer), 'byte')
}

export interface Account {
  /** Bytes the program asked to send. */
  yours: number
  /** The rest of the packet, which carries them. */
  carry: number
  /** False when the message came in more packets than this one. */
  whole: boolean
}

/** TLS says nothing for the programs: what it carries for them, where it can be opened, is a layer of its own. */
const CARRIERS: ReadonlySet<string> = new Set(['tls'])

/** The reader's bytes: those of the innermost layers, where they are presentation or application. */
export function account(detail: Pick<PacketDetail, 'layers' | 'length'>): Account {
  const carriers = new Set(detail.layers.map((layer) => layer.parent))
  let yours = 0
  for (const [index, layer] of detail.layers.entries()) {
    if (layer.osi >= 6 && !carriers.has(index) && !CARRIERS.has(layer.protocol)) yours += ownBytes(layer)
  }
  return { yours, carry: Math.max(0, detail.length - yours), whole: yours <= detail.length }
}

type Accounted = Pick<PacketDetail, 'layers' | 'length'> & { row: Pick<PacketDetail['row'], 'analysis'> }

/** `6 bytes are yours, 66 carry them.` Of a capture from elsewhere nothing is the reader's: `own` is false. */
export function accountSentence(detail: Accounted, own = true): string {
  const { yours, carry, whole } = account(detail)
  if (!whole)
    return `The last piece of a message of ${formatCount(yours)} bytes; it took more than this packet.`
  if (yours > 0) {
    const whose = own ? 'yours' : 'the message'
    return `${formatCount(yours)} ${yours === 1 ? 'byte is' : 'bytes are'} ${whose}, ${formatCount(carry)} carry ${yours === 1 ? 'it' : 'them'}.`
  }
  const sealed = sealedBytes(detail.layers)
  if (sealed > 0) {
    return `${formatCount(sealed)} ${sealed === 1 ? 'byte' : 'bytes'} under seal: only who has the keys can read them.`
  }
  const piece = payloadLength(detail.layers)
  if (piece === 0)
    return `No byte of a message: all ${formatCount(detail.length)} keep the conversation going.`
  const again = detail.row.analysis.some((name) => name.includes('retransmission'))
  const bytes = piece === 1 ? '1 byte' : `${formatCount(piece)} bytes`
  return again ? `${bytes}, sent once more.` : `${bytes} of a message that ends in a later packet.`
}

/** Encrypted bytes that TLS carries for the programs, where nobody told us the keys. */
function sealedBytes(layers: readonly LayerNode[]): number {
  let bytes = 0
  const count = (fields: readonly FieldNode[]) => {
    for (const field of fields) {
      if (field.name === 'tls.app_data') bytes += field.end - field.start
      count(field.children)
    }
  }
  layers.forEach((layer, index) => {
    const opened = layers.some(({ parent }) => parent === index)
    if (layer.protocol === 'tls' && !opened) count(layer.fields)
  })
  return bytes
}

/** Bytes behind a TCP header, where no message was read from them. */
function payloadLength(layers: readonly LayerNode[]): number {
  const last = layers.at(-1)
  const length = last?.protocol === 'tcp' ? last.fields.find((field) => field.name === 'tcp.len')?.value : 0
  return typeof length === 'number' ? length : 0
}

export interface OsiRow {
  osi: number
  name: string
  unit: string
  /** Layers of the packet that serve it, by index. */
  played: number[]
  /** Why it has no bytes of its own, when nobody plays it. */
  absent: string
}

const OSI: readonly { osi: number; name: string; unit: string }[] = [
  { osi: 7, name: 'Application', unit: 'data' },
  { osi: 6, name: 'Presentation', unit: 'data' },
  { osi: 5, name: 'Session', unit: 'data' },
  { osi: 4, name: 'Transport', unit: 'segment' },
  { osi: 3, name: 'Network', unit: 'packet' },
  { osi: 2, name: 'Data link', unit: 'frame' },
  { osi: 1, name: 'Physical', unit: 'bit' },
]

/** TCP/IP's four layers (RFC 1122 §1.1.3) and the OSI layers that they are laid beside by convention. */
export const TCP_IP: readonly { name: string; from: number; to: number }[] = [
  { name: 'Application', from: 7, to: 5 },
  { name: 'Transport', from: 4, to: 4 },
  { name: 'Internet', from: 3, to: 3 },
  { name: 'Link', from: 2, to: 1 },
]

export function osiName(osi: number): string {
  return OSI.find((row) => row.osi === osi)?.name ?? 'Note'
}

/** The seven layers, top first, each with who plays it in this packet, or honestly nobody. */
export function osiRows(detail: Pick<PacketDetail, 'layers' | 'provenance' | 'row'>): OsiRow[] {
  return OSI.map((row) => {
    const played = detail.layers.flatMap((layer, index) => (layer.osi === row.osi ? [index] : []))
    return { ...row, played, absent: played.length > 0 ? '' : absence(row.osi, detail) }
  })
}

function absence(
  osi: number,
  { layers, provenance, row }: Pick<PacketDetail, 'layers' | 'provenance' | 'row'>,
): string {
  const has = (protocol: string) => layers.some((layer) => layer.protocol === protocol)
  const carriesData = layers.some((layer) => layer.osi === 7)
  switch (osi) {
    case 7:
      return 'No message in this one.'
    case 6:
      return carriesData ? 'No bytes of its own: the message goes as it is.' : 'Nothing to represent.'
    case 5:
      if (has('tcp')) return 'None: nothing here outlives the TCP connection.'
      if (has('udp')) return 'None: each datagram stands alone.'
      return 'None.'
    case 4:
      if (has('arp')) return 'None: ARP is between two machines, not two programs.'
      return has('icmp') || has('icmpv6') ? 'None: ICMP rides in IP itself.' : 'None.'
    case 3:
      return 'None: this stays on the link.'
    case 2:
      return 'None in this capture: it begins at IP.'
    default:
      if (provenance === 'lab') return 'The lab cable: its rate and delay make the bits’ time.'
      return isLoopback(row.source)
        ? 'None: loopback never leaves this computer.'
        : 'Not seen: a capture begins at the frame.'
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
}

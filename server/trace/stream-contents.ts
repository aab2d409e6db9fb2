/** What of a conversation may be followed: its own bytes, or what a protocol in it carries. */
import type { Span } from '../protocols/cursor.ts'
import type { Layer, Packet } from '../protocols/packet.ts'
import { fieldValues } from './filter-fields.ts'
import { WantedFields } from './wanted-fields.ts'

export interface Content {
  readonly transport: 'tcp' | 'udp'
  /** What must be known of a packet. */
  readonly needs: WantedFields | 'all'
  /** Whether its pieces come in the order of the stream, each once. */
  readonly ordered: boolean
  pieces(packet: Packet): Uint8Array[]
}

export const TCP: Content = {
  transport: 'tcp',
  needs: new WantedFields(['tcp.payload']),
  ordered: false,
  pieces: (packet) => bytesOf(packet, 'tcp.payload'),
}

export const CONTENTS: Readonly<Record<string, Content>> = {
  tcp: TCP,
  udp: {
    transport: 'udp',
    needs: new WantedFields(['udp.payload']),
    ordered: true,
    pieces: (packet) => bytesOf(packet, 'udp.payload'),
  },
  /** Application data, decrypted where its secrets are known. */
  tls: { transport: 'tcp', needs: 'all', ordered: true, pieces: decrypted },
  /** Heads as they stand, bodies put together and inflated. */
  http: { transport: 'tcp', needs: 'all', ordered: true, pieces: messages },
}

/** Payloads of WebSocket frames, unmasked, a whole message inflated. */
export const WEBSOCKET: Content = { transport: 'tcp', needs: 'all', ordered: true, pieces: payloads }

function payloads(packet: Packet): Uint8Array[] {
  return packet.layers.flatMap(({ protocol, fields }) => {
    if (protocol.id !== 'websocket') return []
    const span = fields.findLast(({ field }) => field.name === 'websocket.payload')
    const bytes = span && packet.buffers[span.buffer]?.bytes.subarray(span.start, span.end)
    return bytes === undefined ? [] : [bytes]
  })
}

function bytesOf(packet: Packet, field: string): Uint8Array[] {
  return fieldValues(packet, field).filter((value) => value instanceof Uint8Array)
}

const APPLICATION_DATA = 23

/** The plaintexts stand in buffers of their own, in the order of the records that were decrypted. */
function decrypted(packet: Packet): Uint8Array[] {
  const plain = packet.buffers.filter(({ name }) => name === 'Decrypted TLS')
  const found: Uint8Array[] = []
  let at = 0
  for (const { protocol, fields } of packet.layers) {
    if (protocol.id !== 'tls') continue
    for (const record of fields) {
      const parts = record.children ?? []
      if (!parts.some(({ field }) => field.name === 'tls.record.decrypted_length')) continue
      const bytes = plain[at++]?.bytes
      if (bytes !== undefined && contentOf(parts) === APPLICATION_DATA) found.push(bytes)
    }
  }
  return found
}

/** The type that stands inside the encryption, where there is one, tells more than the one outside. */
function contentOf(parts: readonly Span[]): number {
  const types = parts.filter(({ field }) => field.name === 'tls.record.content_type')
  return Number(types.at(-1)?.value ?? 0)
}

function messages(packet: Packet): Uint8Array[] {
  return packet.layers.filter(({ protocol }) => protocol.id === 'http').map((layer) => message(packet, layer))
}

function message(packet: Packet, { buffer, start, fields }: Layer): Uint8Array {
  const bytes = Buffer.from(packet.buffers[buffer]?.bytes.subarray(start) ?? [])
  const end = bytes.indexOf('\r\n\r\n')
  const body = valueIn(fields, 'http.file_data')
  if (end < 0) return bytes
  const head = bytes.subarray(0, end + 4)
  if (body === undefined) return head
  return Buffer.concat([head, body instanceof Uint8Array ? body : Buffer.from(String(body))])
}

function valueIn(spans: readonly Span[], name: string): Span['value'] | undefined {
  for (const { field, value, children } of spans) {
    if (field.name === name) return value
    const inner = children === undefined ? undefined : valueIn(children, name)
    if (inner !== undefined) return inner
  }
  return undefined
}

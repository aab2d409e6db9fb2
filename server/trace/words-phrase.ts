/** What one layer of a packet says to a learner, and what it is made with. */
import type { Episode, Row } from '../dashboard/api.ts'
import type { Span } from '../protocols/cursor.ts'
import type { Value } from '../protocols/field.ts'
import type { Layer, Packet } from '../protocols/packet.ts'

export type Words = Pick<Row, 'label' | 'says' | 'episode'>

/** What one layer has to say. */
export interface Phrase {
  readonly label: string
  readonly says: string | null
  readonly episode: Episode
}

export interface Speaker {
  readonly packet: Packet
  readonly fromClient: boolean | null
  /** `The client`, `The server`; in the middle of a sentence with `who.toLowerCase()`. */
  readonly who: string
  readonly other: string
}

export type LayerWords = (layer: Layer, speaker: Speaker) => Phrase | undefined

/** The first value of a field in a layer, by its name. */
export function fieldOf(layer: Layer, name: string): Value | undefined {
  return valueIn(layer.fields, name)
}

function valueIn(spans: readonly Span[], name: string): Value | undefined {
  for (const span of spans) {
    if (span.field.name === name) return span.value
    const inner = span.children && valueIn(span.children, name)
    if (inner !== undefined) return inner
  }
  return undefined
}

export function textOf(layer: Layer, name: string): string | undefined {
  const value = fieldOf(layer, name)
  return value === undefined ? undefined : String(value)
}

const QUOTED_CHARACTERS = 24

/** Text as a label shows it: on one line, quoted, and short. */
export function quote(text: string, limit = QUOTED_CHARACTERS): string {
  const line = text.replace(/[\r\n]+$/, '')
  return JSON.stringify(line.length > limit ? `${line.slice(0, limit - 1)}…` : line)
}

export function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`
}

export function cut(text: string, limit = 48): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

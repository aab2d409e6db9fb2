/** The packet one is on: what it says, its envelopes, its fields and its bytes, which answer each other. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PacketDetail } from '../../server/dashboard/api.ts'
import { fateShape, fateWords, unseenWords } from '../lib/fate.ts'
import { fieldName, fieldNamed, type Highlight } from '../lib/fields.ts'
import { formatClock } from '../lib/format.ts'
import { accountSentence } from '../lib/layers.ts'
import type { Sizes, Split } from '../lib/split.ts'
import { ByteView } from './byte-view.tsx'
import { FieldTree } from './field-tree.tsx'
import { OsiStack, Proportions, SevenLayers } from './osi-stack.tsx'
import { Divider } from './panes.tsx'

export type InspectorContent =
  | { state: 'none' }
  | { state: 'loading'; number: number }
  | { state: 'ready'; detail: PacketDetail }
  | { state: 'gone'; number: number; message: string }

export interface InspectorProps {
  content: InspectorContent
  highlight: Highlight | null
  sizes: Pick<Sizes, 'stack' | 'fields'>
  yours: boolean
  /** False for a capture from elsewhere, of which nothing is the reader's. */
  own: boolean
  /** The field that was picked, by its name; a link may bring one. */
  field: string | null
  onField: (name: string | null) => void
  onHighlight: (highlight: Highlight | null) => void
  onSize: (split: Split, size: number) => void
  onFilter: (filter: string) => void
  onPacket: (number: number) => void
}

const PROVENANCE = {
  captured: 'captured: the kernel’s own packet',
  lab: 'lab: a real frame of the lab network',
  inferred: 'inferred: worked out from others',
} as const

export function Inspector(props: InspectorProps) {
  const { content } = props
  switch (content.state) {
    case 'none':
      return (
        <div class="inspector inspector--empty">
          <Outline />
          <p>Choose a packet, in the ladder or in the list, to open its envelopes.</p>
          <p class="inspector__hint">
            <kbd>j</kbd> and <kbd>k</kbd> go from one to the next.
          </p>
        </div>
      )
    case 'loading':
      return <div class="inspector inspector--empty" aria-busy="true" />
    case 'gone':
      return (
        <div class="inspector inspector--empty">
          <p>Packet {content.number} can’t be shown.</p>
          <p class="inspector__hint">{content.message}</p>
        </div>
      )
    case 'ready':
      // Another packet is another inspection: what was open in the last one says nothing of this one.
      return <Inspection key={shapeOf(content.detail)} {...props} detail={content.detail} />
  }
}

/** What will stand here, before there is anything: four envelopes, one in the other. */
function Outline() {
  return (
    <div class="inspector__outline" aria-hidden="true">
      <span>2 frame</span>
      <div>
        <span>3 packet</span>
        <div>
          <span>4 segment</span>
          <div>
            <span>7 your bytes</span>
          </div>
        </div>
      </div>
    </div>
  )
}

/** Packets of the same build keep the same things open, so that one can walk down a list with the eye on one field. */
function shapeOf(detail: PacketDetail): string {
  return detail.layers.map((layer) => layer.protocol).join('/')
}

function Inspection({
  detail,
  highlight,
  sizes,
  yours,
  own,
  field,
  onField,
  onHighlight,
  onSize,
  onFilter,
  onPacket,
}: InspectorProps & { detail: PacketDetail }) {
  const [view, setView] = useState<'envelopes' | 'seven'>('envelopes')
  const picked = useRef<Highlight | null>(null)
  // Another packet of the same build keeps the pick only as far as it has that field.
  const shown = useRef(detail.number)
  if (shown.current !== detail.number) {
    shown.current = detail.number
    picked.current = null
  }
  useEffect(() => {
    const wanted = field === null ? undefined : fieldNamed(detail.layers, field)
    if (wanted === undefined) return
    picked.current = wanted
    onHighlight(wanted)
  }, [detail.number])
  const handlers = {
    highlight,
    onPoint: (pointed: Highlight | null) => onHighlight(pointed ?? picked.current),
    onPick: (next: Highlight) => {
      picked.current = next
      onHighlight(next)
      onField(fieldName(detail.layers, next.field) ?? null)
    },
  }
  const perPixel = (divider: HTMLElement) => 100 / Math.max(1, divider.parentElement?.clientHeight ?? 1)
  const { row } = detail
  const [fate, unseen] = [fateWords(row), unseenWords(row)]
  return (
    <div
      class="inspector"
      style={`--stack: ${sizes.stack}%; --fields: ${Math.max(sizes.fields, sizes.stack + 10)}%`}
    >
      <div class="inspector__stack">
        <header class="inspector__head">
          <p class="inspector__sentence">{accountSentence(detail, own)}</p>
          <Proportions detail={detail} {...handlers} />
          <p class="inspector__facts">
            {row.says !== null && <span class="inspector__says">{row.says}</span>}
            {unseen !== '' && <span class="inspector__says inspector__says--unseen">It {unseen}.</span>}
            {yours && <span class="tag tag--ringed">yours</span>}
            <span class="inspector__fact">{formatClock(detail.time)}</span>
            <span class="inspector__fact" title={PROVENANCE[detail.provenance]}>
              {detail.provenance}
            </span>
            {detail.captured < detail.length && (
              <span class="inspector__fact">
                {detail.captured} of {detail.length} bytes kept
              </span>
            )}
            {fate !== '' && (
              <span
                class={`tag${fateShape(row) === 'lost' ? ' tag--broken' : ''}`}
                title="What the cable did to it"
              >
                {fate}
              </span>
            )}
            {row.analysis.map((name) => (
              <span key={name} class="tag tag--broken">
                {name.replaceAll('_', ' ')}
              </span>
            ))}
          </p>
          <div class="inspector__views" role="group" aria-label="Layers as">
            <button type="button" aria-pressed={view === 'envelopes'} onClick={() => setView('envelopes')}>
              Envelopes
            </button>
            <button type="button" aria-pressed={view === 'seven'} onClick={() => setView('seven')}>
              Seven layers
            </button>
          </div>
        </header>
        {view === 'envelopes' ? (
          <OsiStack detail={detail} {...handlers} />
        ) : (
          <SevenLayers detail={detail} {...handlers} />
        )}
      </div>
      <Divider
        split="stack"
        size={sizes.stack}
        grow="ArrowDown"
        label="Height of the envelopes"
        perPixel={perPixel}
        onSize={(size) => onSize('stack', size)}
      />
      <div class="inspector__fields">
        <FieldTree layers={detail.layers} onFilter={onFilter} onPacket={onPacket} {...handlers} />
      </div>
      <Divider
        split="fields"
        size={sizes.fields}
        grow="ArrowDown"
        label="Height of the fields"
        perPixel={perPixel}
        onSize={(size) => onSize('fields', size)}
      />
      <div class="inspector__bytes">
        <ByteView detail={detail} {...handlers} />
      </div>
    </div>
  )
}

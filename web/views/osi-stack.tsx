/** A packet's layers as envelopes, one within the other as their bytes are; and the seven layers beside TCP/IP's four. */
import type { LayerNode, PacketDetail } from '../../server/dashboard/api.ts'
import { type Highlight, layerOf } from '../lib/fields.ts'
import { plural } from '../lib/format.ts'
import { osiName, osiRows, runs, sizeWords, TCP_IP } from '../lib/layers.ts'

export interface LayerHandlers {
  highlight: Highlight | null
  /** A pointer or the focus is on a layer; null when it left. */
  onPoint: (highlight: Highlight | null) => void
  onPick: (highlight: Highlight) => void
}

export function layerHighlight(layer: LayerNode, index: number): Highlight {
  return { buffer: layer.buffer, start: layer.start, end: layer.end, field: String(index) }
}

export function OsiStack({ detail, ...handlers }: { detail: PacketDetail } & LayerHandlers) {
  return (
    <div class="osi-stack" role="group" aria-label="Envelopes">
      <Envelopes
        layers={detail.layers}
        buffers={detail.buffers}
        parent={-1}
        spoken={detail.layers.length <= FEW}
        {...handlers}
      />
    </div>
  )
}

/** So many envelopes can all say what they are for; of more, only the one pointed at. */
const FEW = 4

type EnvelopesProps = LayerHandlers & {
  spoken: boolean
  layers: readonly LayerNode[]
  buffers: PacketDetail['buffers']
  parent: number
}

function Envelopes({ layers, buffers, parent, spoken, ...handlers }: EnvelopesProps) {
  const { highlight, onPoint, onPick } = handlers
  const lit = highlight === null ? -1 : layerOf(highlight.field)
  return (
    <>
      {layers.map((layer, index) => {
        if (layer.parent !== parent) return null
        const own = layerHighlight(layer, index)
        const elsewhere = layer.buffer > 0 ? buffers[layer.buffer]?.name : undefined
        const classes = ['envelope']
        if (index === lit) classes.push('is-lit')
        if (layer.protocol === 'pkt_comment') classes.push('envelope--aside')
        else if (layer.osi === 0) classes.push('envelope--note')
        return (
          <div key={`${index}-${layer.protocol}`} class={classes.join(' ')} data-layer={layer.osi}>
            <button
              type="button"
              class="envelope__head"
              aria-description={layer.about}
              onPointerEnter={() => onPoint(own)}
              onPointerLeave={() => onPoint(null)}
              onFocus={() => onPick(own)}
              onClick={() => onPick(own)}
            >
              <span class="visually-hidden">OSI layer </span>
              <span class="envelope__osi">{layer.osi === 0 ? '·' : layer.osi}</span>
              <span class="envelope__name">
                {layer.name}
                {!layer.name.toLowerCase().endsWith(layer.unit.toLowerCase()) && (
                  <span class="envelope__unit"> {layer.unit}</span>
                )}
              </span>
              <span class="envelope__bytes">{sizeWords(layer)}</span>
            </button>
            <p
              class={
                (spoken && layer.osi !== 1) || index === lit
                  ? 'envelope__about'
                  : 'envelope__about envelope__about--quiet'
              }
            >
              {layer.about}
              {elsewhere !== undefined && <span> Read from “{elsewhere}”.</span>}
            </p>
            <Envelopes layers={layers} buffers={buffers} parent={index} spoken={spoken} {...handlers} />
          </div>
        )
      })}
    </>
  )
}

/** The frame's bytes drawn to scale, coloured by layer. */
export function Proportions({
  detail,
  highlight,
  onPoint,
  onPick,
}: { detail: PacketDetail } & LayerHandlers) {
  const parts = runs(detail.layers, 0, detail.captured)
  const lit = highlight === null ? -1 : layerOf(highlight.field)
  return (
    <div class="proportions" aria-hidden="true">
      {parts.map((part) => {
        const layer = detail.layers[part.layer]
        const own = layer && layerHighlight(layer, part.layer)
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: a picture of the envelopes above, which have the keys
          // biome-ignore lint/a11y/noStaticElementInteractions: as above
          <span
            key={part.start}
            class={own !== undefined && part.layer === lit ? 'proportions__part is-lit' : 'proportions__part'}
            data-layer={part.osi}
            style={`flex-grow: ${part.end - part.start}`}
            title={`${layer?.name ?? 'Bytes of no layer'}: ${plural(part.end - part.start, 'byte')}`}
            onPointerEnter={() => own && onPoint(own)}
            onPointerLeave={() => onPoint(null)}
            onClick={() => own && onPick(own)}
          />
        )
      })}
    </div>
  )
}

export function SevenLayers({
  detail,
  highlight,
  onPoint,
  onPick,
}: { detail: PacketDetail } & LayerHandlers) {
  const lit = highlight === null ? -1 : layerOf(highlight.field)
  return (
    <div class="seven">
      <table class="seven__table">
        <caption class="visually-hidden">OSI’s seven layers beside TCP/IP’s four</caption>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              OSI
            </th>
            <th scope="col">Who plays it here</th>
            <th scope="col">TCP/IP</th>
          </tr>
        </thead>
        <tbody>
          {osiRows(detail).map((row) => {
            const beside = TCP_IP.find((layer) => layer.from === row.osi)
            return (
              <tr key={row.osi} data-layer={row.osi} class={row.played.length > 0 ? 'is-played' : ''}>
                <td class="seven__osi">{row.osi}</td>
                <th scope="row" class="seven__name">
                  {osiName(row.osi)}
                  <span class="seven__unit">{row.unit}</span>
                </th>
                <td>
                  <div class="seven__who">
                    {row.played.map((index) => {
                      const layer = detail.layers[index]
                      if (layer === undefined) return null
                      const own = layerHighlight(layer, index)
                      return (
                        <button
                          type="button"
                          key={index}
                          class={index === lit ? 'seven__player is-lit' : 'seven__player'}
                          onPointerEnter={() => onPoint(own)}
                          onPointerLeave={() => onPoint(null)}
                          onFocus={() => onPick(own)}
                          onClick={() => onPick(own)}
                        >
                          {layer.name} <span class="seven__bytes">{sizeWords(layer)}</span>
                        </button>
                      )
                    })}
                    {row.absent !== '' && <span class="seven__absent">{row.absent}</span>}
                  </div>
                </td>
                {beside !== undefined && (
                  <td class="seven__beside" rowSpan={beside.from - beside.to + 1}>
                    {beside.name}
                  </td>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
      <p class="seven__note">
        Laying four layers beside seven is a convention; the Internet was not built from OSI’s plan.
      </p>
    </div>
  )
}

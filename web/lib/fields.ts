/** The field tree as the rows in sight, and the way from a byte to its field and back. */
import type { FieldNode, LayerNode } from '../../server/dashboard/api.ts'

/** What is lit in envelopes, fields and bytes at once. `field` is the tree's path: `2` a layer, `2.0.3` a field. */
export interface Highlight {
  buffer: number
  start: number
  end: number
  field: string
}

export interface TreeRow {
  path: string
  level: number
  position: number
  siblings: number
  osi: number
  label: string
  text: string
  about: string | null
  spec: string | null
  /** Wireshark's name, as the filter takes it. */
  name: string
  value: FieldNode['value'] | null
  type: FieldNode['type']
  buffer: number
  start: number
  end: number
  /** Undefined for a leaf. */
  open: boolean | undefined
  isLayer: boolean
}

/** The rows that are in sight with these paths open, in the order of the tree. */
export function treeRows(layers: readonly LayerNode[], open: ReadonlySet<string>): TreeRow[] {
  const out: TreeRow[] = []
  layers.forEach((layer, index) => {
    const path = String(index)
    out.push({
      path,
      level: 1,
      position: index + 1,
      siblings: layers.length,
      osi: layer.osi,
      label: layer.name,
      text: '',
      about: layer.about,
      spec: layer.spec,
      name: layer.protocol,
      value: null,
      type: 'none',
      buffer: layer.buffer,
      start: layer.start,
      end: layer.end,
      open: layer.fields.length > 0 ? open.has(path) : undefined,
      isLayer: true,
    })
    if (open.has(path)) addFields(out, layer.fields, path, 2, layer.osi, open)
  })
  return out
}

function addFields(
  out: TreeRow[],
  fields: readonly FieldNode[],
  parent: string,
  level: number,
  osi: number,
  open: ReadonlySet<string>,
): void {
  fields.forEach((field, index) => {
    const path = `${parent}.${index}`
    out.push({
      path,
      level,
      position: index + 1,
      siblings: fields.length,
      osi,
      label: field.label,
      text: field.text,
      about: field.about,
      spec: field.spec,
      name: field.name,
      value: field.value,
      type: field.type,
      buffer: field.buffer,
      start: field.start,
      end: field.end,
      open: field.children.length > 0 ? open.has(path) : undefined,
      isLayer: false,
    })
    if (field.children.length > 0 && open.has(path))
      addFields(out, field.children, path, level + 1, osi, open)
  })
}

/** Every path that lies above one: `2.0.3` → `2`, `2.0`. */
export function ancestors(path: string): string[] {
  const parts = path.split('.')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'))
}

/** The smallest field that has this byte; else the layer whose own it is; else nothing. */
export function fieldAt(layers: readonly LayerNode[], buffer: number, at: number): Highlight | undefined {
  let best: Highlight | undefined
  const consider = (path: string, node: { buffer: number; start: number; end: number }) => {
    if (node.buffer !== buffer || at < node.start || at >= node.end) return
    if (best === undefined || node.end - node.start < best.end - best.start || isUnder(path, best)) {
      best = { buffer, start: node.start, end: node.end, field: path }
    }
  }
  const walk = (fields: readonly FieldNode[], parent: string) => {
    fields.forEach((field, index) => {
      const path = `${parent}.${index}`
      consider(path, field)
      walk(field.children, path)
    })
  }
  layers.forEach((layer, index) => {
    consider(String(index), layer)
    walk(layer.fields, String(index))
  })
  return best
}

/** A field of the same size inside the best so far says more; a bit among bits does not. */
function isUnder(path: string, best: Highlight): boolean {
  return path.startsWith(`${best.field}.`) && !best.field.includes('.')
}

/** A field by its name: `tcp.srcport`; from the second of that name on with its place among them, `ip.addr#2`. */
export function fieldName(layers: readonly LayerNode[], path: string): string | undefined {
  const name = named(layers).find((one) => one.at.field === path)?.name
  if (name === undefined) return undefined
  const place = named(layers)
    .filter((one) => one.name === name)
    .findIndex((one) => one.at.field === path)
  return place === 0 ? name : `${name}#${place + 1}`
}

/** The field that a name means in this packet; undefined where it has none. */
export function fieldNamed(layers: readonly LayerNode[], text: string): Highlight | undefined {
  const [name, place = '1'] = text.split('#')
  return named(layers).filter((one) => one.name === name)[Number(place) - 1]?.at
}

function named(layers: readonly LayerNode[]): { name: string; at: Highlight }[] {
  const out: { name: string; at: Highlight }[] = []
  const take = (name: string, { buffer, start, end }: LayerNode | FieldNode, field: string) =>
    out.push({ name, at: { buffer, start, end, field } })
  const walk = (fields: readonly FieldNode[], parent: string) => {
    fields.forEach((field, index) => {
      const path = `${parent}.${index}`
      take(field.name, field, path)
      walk(field.children, path)
    })
  }
  layers.forEach((layer, index) => {
    take(layer.protocol, layer, String(index))
    walk(layer.fields, String(index))
  })
  return out
}

/** The layer's index in a path. */
export function layerOf(path: string): number {
  return Number(path.split('.')[0])
}

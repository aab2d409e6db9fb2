/** Every field of every layer, as a tree; below it what the field in focus is for, and where that is written. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { LayerNode } from '../../server/dashboard/api.ts'
import { ancestors, type Highlight, layerOf, type TreeRow, treeRows } from '../lib/fields.ts'
import { fieldFilter } from '../lib/filter-words.ts'
import { middleCut, plural } from '../lib/format.ts'
import { osiName, ownBytes } from '../lib/layers.ts'
import { Icon } from './icons.tsx'

export interface FieldTreeProps {
  layers: readonly LayerNode[]
  highlight: Highlight | null
  onPoint: (highlight: Highlight | null) => void
  onPick: (highlight: Highlight) => void
  /** Puts a field into the filter bar. */
  onFilter: (filter: string) => void
  /** A field that names another packet was followed. */
  onPacket: (number: number) => void
}

export function FieldTree({ layers, highlight, onPoint, onPick, onFilter, onPacket }: FieldTreeProps) {
  const list = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set([String(layers.length - 1)]))
  const [at, setAt] = useState(String(layers.length - 1))

  // What was pointed at elsewhere is opened here, so that it can answer.
  const lit = highlight?.field ?? null
  const shownOpen = useMemo(() => {
    if (lit === null) return open
    const above = [...ancestors(lit), ...(lit.includes('.') ? [] : [lit])]
    return above.every((path) => open.has(path)) ? open : new Set([...open, ...above])
  }, [open, lit])
  const rows = useMemo(() => treeRows(layers, shownOpen), [layers, shownOpen])
  const current = rows.find((row) => row.path === (lit ?? at)) ?? rows[0]

  // The innermost layer is what one came for. The list alone is scrolled: `scrollIntoView` would move the pane around it too.
  useLayoutEffect(() => {
    const box = list.current
    const row = box?.querySelector('[tabindex="0"]')
    if (box && row) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top
  }, [])

  useEffect(() => {
    if (lit === null) return
    setAt(lit)
    const element = list.current?.querySelector(`[data-path="${lit}"]`)
    element?.scrollIntoView({ block: 'nearest' })
  }, [lit])

  const toggle = (row: TreeRow, wanted = !row.open) => {
    if (row.open === undefined) return
    const next = new Set(shownOpen)
    if (wanted) next.add(row.path)
    else
      for (const path of [...next])
        if (path === row.path || path.startsWith(`${row.path}.`)) next.delete(path)
    setOpen(next)
  }

  const go = (row: TreeRow | undefined) => {
    if (row === undefined) return
    setAt(row.path)
    onPick(rowHighlight(row))
    queueMicrotask(() => list.current?.querySelector<HTMLElement>(`[data-path="${row.path}"]`)?.focus())
  }

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || current === undefined) return
    const here = rows.indexOf(current)
    switch (event.key) {
      case 'ArrowDown':
        go(rows[here + 1])
        break
      case 'ArrowUp':
        go(rows[here - 1])
        break
      case 'Home':
        go(rows[0])
        break
      case 'End':
        go(rows.at(-1))
        break
      case 'ArrowRight':
        if (current.open === false) toggle(current, true)
        else if (current.open === true) go(rows[here + 1])
        break
      case 'ArrowLeft':
        if (current.open === true) toggle(current, false)
        else go(rows.find((row) => row.path === ancestors(current.path).at(-1)))
        break
      case 'Enter':
        if (current.open === undefined) onPick(rowHighlight(current))
        else toggle(current)
        break
      default:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div class="field-tree">
      <div class="field-tree__list" role="tree" aria-label="Fields" ref={list} onKeyDown={key}>
        {rows.map((row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
          <div
            key={row.path}
            class={rowClass(row, lit)}
            role="treeitem"
            aria-level={row.level}
            aria-setsize={row.siblings}
            aria-posinset={row.position}
            aria-expanded={row.open}
            aria-selected={row.path === lit}
            tabIndex={row === current ? 0 : -1}
            data-path={row.path}
            data-layer={row.osi}
            data-filter={filterOf(row)}
            data-value={row.value === null ? undefined : String(row.value)}
            style={`--level: ${row.level - 1}`}
            onPointerEnter={() => onPoint(rowHighlight(row))}
            onPointerLeave={() => onPoint(null)}
            onFocus={() => onPick(rowHighlight(row))}
            onClick={() => {
              // A layer already in focus opens and closes by its whole line.
              if (row.isLayer && row.open === true && row.path !== at) go(row)
              else {
                toggle(row)
                go(row)
              }
            }}
          >
            <span
              class={row.open === true ? 'field-tree__turn is-open' : 'field-tree__turn'}
              aria-hidden="true"
            >
              {row.open !== undefined && <Icon name="right" />}
            </span>
            {row.isLayer ? (
              <>
                <span class="field-tree__osi" aria-hidden="true">
                  {row.osi === 0 ? '·' : row.osi}
                </span>
                <span class="field-tree__layer">{row.label}</span>
                <span class="field-tree__bytes">{bytesOf(layers[layerOf(row.path)])}</span>
              </>
            ) : (
              <>
                <span class="field-tree__label">{row.label}</span>
                <span class="field-tree__text">{row.text}</span>
              </>
            )}
          </div>
        ))}
      </div>
      {current !== undefined && <Caption row={current} onFilter={onFilter} onPacket={onPacket} />}
    </div>
  )
}

/** Longer values are cut on their line; the caption has more of them. */
const FITS_A_LINE = 36
const MOST_OF_A_VALUE = 300

function Caption({
  row,
  onFilter,
  onPacket,
}: { row: TreeRow } & Pick<FieldTreeProps, 'onFilter' | 'onPacket'>) {
  const filter = filterOf(row)
  const other = /\.(response_in|response_to|ack_in|ack_to|acks_frame|frame)$/.test(row.name)
    ? Number(row.value)
    : 0
  return (
    <aside class="field-tree__caption" data-layer={row.osi} aria-label="About the field">
      <p class="field-tree__about">{row.about ?? `Part of ${osiName(row.osi).toLowerCase()}.`}</p>
      {!row.isLayer && row.text.length > FITS_A_LINE && (
        <p class="field-tree__whole">{middleCut(row.text, MOST_OF_A_VALUE)}</p>
      )}
      <p class="field-tree__source">
        {row.spec !== null && row.spec !== 'none' && <span>{row.spec}</span>}
        {filter !== undefined && (
          <button
            type="button"
            class="field-tree__filter"
            title="Show the packets that have this"
            onClick={() => onFilter(filter)}
          >
            {filter}
          </button>
        )}
        {other > 0 && (
          <button type="button" class="field-tree__filter" onClick={() => onPacket(other)}>
            Open packet {other}
          </button>
        )}
      </p>
    </aside>
  )
}

/** A layer by its name; of a comment or what could not be read, there is nothing to ask for. */
function filterOf(row: TreeRow): string | undefined {
  return row.isLayer
    ? row.osi === 0
      ? undefined
      : row.name
    : fieldFilter({ ...row, value: row.value ?? '' })
}

function rowHighlight(row: TreeRow): Highlight {
  return { buffer: row.buffer, start: row.start, end: row.end, field: row.path }
}

function rowClass(row: TreeRow, lit: string | null): string {
  const classes = ['field-tree__row']
  if (row.isLayer) classes.push('field-tree__row--layer')
  if (row.path === lit) classes.push('is-lit')
  return classes.join(' ')
}

function bytesOf(layer: LayerNode | undefined): string {
  return layer === undefined || ownBytes(layer) === 0 ? '' : plural(ownBytes(layer), 'byte')
}

/**
 * The packets, one line each. Only the lines in sight exist, whatever the capture's size; the list follows its tail
 * until one scrolls away from it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Provenance, Row } from '../../server/dashboard/api.ts'
import type { RowsMessage } from '../../server/dashboard/api-live.ts'
import { toTail } from '../lib/capture-words.ts'
import { fateShape, fateWords, unseenWords } from '../lib/fate.ts'
import { cellFilters } from '../lib/filter-words.ts'
import { formatClock, formatCount, formatGap, formatOffset, plural } from '../lib/format.ts'
import {
  atTail,
  fromBar,
  type ListShape,
  listWindow,
  moveAlong,
  requestFor,
  reshaped,
  revealFromAfar,
  startAt,
  TALLEST,
  tail,
  toBar,
} from '../lib/virtual-list.ts'
import { Icon } from './icons.tsx'

export interface PacketListProps {
  message: RowsMessage
  /** Matches in the list: fewer than the message's while the page is held. */
  total: number
  selected: { number: number; index: number | null } | null
  following: boolean
  /** The packet that the page stands behind in time: those after it are yet to come. */
  cursor?: number | null
  /** Matches that came since the list stopped following. */
  fresh: number
  /** Packets that made room for newer ones. */
  evicted: number
  filtered: boolean
  /** Nothing more will come. */
  file: boolean
  yours: ReadonlySet<string>
  /** How most are known: a row of another kind says so. */
  provenance: Provenance
  /** The row that one begins at who is on none; null where the list is gone. */
  onStart: (index: number | null) => void
  /** The window shows so many rows. */
  onRoom: (rows: number) => void
  onWindow: (window: { index: number; limit: number }) => void
  onFollow: () => void
  /** The reader scrolled down to the tail. */
  onReachTail: () => void
  onLeaveTail: () => void
  onSelect: (row: Row, index: number) => void
  onSelectIndex: (index: number) => void
  onOpen: () => void
}

const ROW_HEIGHT = 24
/** Below this width a packet has two lines. */
const COMPACT_BELOW = 600
const COMPACT_HEIGHT = 48

export function PacketList(props: PacketListProps) {
  const { message, total, selected, following } = props
  const scroller = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const [compact, setCompact] = useState(false)
  const [viewport, setViewport] = useState(0)
  const [top, setTop] = useState(0)
  const anchor = useRef<{ number: number; index: number } | null>(null)
  /** The scroll bar's place as it was set or told last. */
  const barAt = useRef(0)
  const rowHeight = compact ? COMPACT_HEIGHT : ROW_HEIGHT
  const shape: ListShape = { total, rowHeight, viewport }
  const shapeBefore = useRef(shape)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () => {
      setCompact(element.clientWidth < COMPACT_BELOW)
      setViewport(Math.max(0, element.clientHeight - (head.current?.offsetHeight ?? 0)))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [compact])

  const inSight = Math.ceil(viewport / rowHeight)
  useEffect(() => {
    if (inSight > 0) props.onRoom(inSight)
  }, [inSight])

  // Where the bar's pixel is many rows, the wheel still goes by rows.
  const coarse = total * rowHeight > TALLEST
  useEffect(() => {
    const element = scroller.current
    if (element === null || !coarse) return
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.deltaY === 0) return
      event.preventDefault()
      const by = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * rowHeight
      moveTo.current(now.current + by)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [coarse, rowHeight])

  // While following the tail is where the list is; else the row that was on top stays there though older ones went.
  let position = following ? tail(shape) : reshaped(shape, shapeBefore.current, top, selected?.index)
  const held = anchor.current
  if (!following && held !== null) {
    const now = message.rows.findIndex((row) => row.number === held.number)
    const moved = now < 0 ? 0 : message.index + now - held.index
    if (moved !== 0) position = Math.max(0, position + moved * rowHeight)
  }
  const window = listWindow(shape, position)
  const rowAt = (index: number): Row | undefined =>
    message.index < 0 || index < message.index ? undefined : message.rows[index - message.index]

  const start = startAt(shape, position, following && !props.file)
  useEffect(() => props.onStart(start), [start])
  useEffect(() => () => props.onStart(null), [])

  useLayoutEffect(() => {
    if (position !== top) setTop(position)
    shapeBefore.current = shape
    const bar = toBar(shape, position)
    const element = scroller.current
    // To read where it is, the browser must lay the page out. Where the reader has moved it since, the scroll event that
    // says so is still to come.
    if (element !== null && Math.abs(barAt.current - bar) > 1 && isAt(element, barAt.current)) {
      element.scrollTop = bar
      barAt.current = element.scrollTop
    }
    const index = Math.floor(position / rowHeight)
    const row = rowAt(index)
    anchor.current = row === undefined ? null : { number: row.number, index }
  })

  // Rows in sight that are not here are asked for, once for each place.
  const missing =
    !following &&
    window.count > 0 &&
    !covers(message, window.first, Math.min(total, window.first + window.count))
  const wanted = requestFor(window)
  useEffect(() => {
    if (missing) props.onWindow(wanted)
  }, [missing, wanted.index, wanted.limit])

  // A selection made elsewhere comes into sight, as soon as the list reaches there: a new filter's rows may still be coming.
  const index = selected?.index ?? null
  const revealed = useRef<number | null>(null)
  const hasPlace = index !== null && index < total && viewport > 0
  useEffect(() => {
    if (selected === null || index === null || following) revealed.current = null
    else if (revealed.current !== selected.number && hasPlace) {
      revealed.current = selected.number
      anchor.current = null
      setTop(revealFromAfar(shape, position, index))
    }
  }, [index, selected?.number, following, hasPlace])

  const go = (wanted: number) => {
    const next = Math.min(tail(shape), Math.max(0, wanted))
    anchor.current = null
    if (following) {
      if (atTail(shape, next)) return
      props.onLeaveTail()
    } else if (atTail(shape, next) && next > position) {
      props.onReachTail()
    }
    setTop(next)
  }
  const moveTo = useRef(go)
  const now = useRef(position)
  moveTo.current = go
  now.current = position

  const scroll = () => {
    const element = scroller.current
    barAt.current = element?.scrollTop ?? 0
    // Our own setting of the bar comes back as a scroll, and so does a pane that grows: that is no wish of the reader's.
    if (element === null || Math.abs(element.scrollTop - toBar(shape, position)) < 1.5) return
    if (!following || !isAtEnd(element)) go(fromBar(shape, element.scrollTop))
  }

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' && selected !== null) {
      event.preventDefault()
      props.onOpen()
      return
    }
    const next = moveAlong(event.key, index ?? -1, shape, start)
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (event.key === 'End') props.onReachTail()
    props.onSelectIndex(next)
  }

  const lines = []
  for (let at = window.first; at < window.first + window.count; at++) {
    const row = rowAt(at)
    lines.push(
      row === undefined ? (
        <div key={`empty-${at}`} class="packet-list__row is-awaited" role="row" aria-rowindex={at + 2}>
          <span role="gridcell" class="packet-list__number" />
        </div>
      ) : (
        <Line
          key={row.number}
          row={row}
          index={at}
          previous={rowAt(at - 1)}
          selected={row.number === selected?.number}
          then={props.cursor == null ? 'past' : thenOf(row.number, props.cursor)}
          yours={row.flow !== null && props.yours.has(row.flow)}
          otherwise={row.provenance !== props.provenance}
          onSelect={props.onSelect}
        />
      ),
    )
  }

  const active =
    selected !== null &&
    lines.length > 0 &&
    index !== null &&
    index >= window.first &&
    index < window.first + window.count &&
    // Its row may be on the way still.
    rowAt(index)?.number === selected.number
  return (
    <div class={compact ? 'packet-list packet-list--compact' : 'packet-list'}>
      <div
        ref={scroller}
        class="packet-list__scroller"
        role="grid"
        aria-label="Packets"
        aria-rowcount={total + 1}
        aria-colcount={7}
        aria-activedescendant={active ? `packet-${selected?.number}` : undefined}
        tabIndex={0}
        data-key="packets"
        onScroll={scroll}
        onKeyDown={key}
      >
        <div ref={head} class="packet-list__head" role="row" aria-rowindex={1}>
          {['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info'].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        <div class="packet-list__all" role="presentation" style={`height: ${window.height}px`}>
          <div
            class="packet-list__window"
            role="presentation"
            style={`transform: translateY(${toBar(shape, position) + window.offset}px)`}
          >
            {lines}
          </div>
        </div>
      </div>
      {total === 0 && (
        <p class="packet-list__empty">
          {props.filtered
            ? message.complete
              ? 'No packet matches this filter yet.'
              : 'Looking through the packets…'
            : props.file
              ? 'There is no packet in this file.'
              : 'Packets appear here as they cross.'}
        </p>
      )}
      {!following && (props.fresh > 0 || !atTail(shape, position)) && (
        <button type="button" class="packet-list__tail" onClick={props.onFollow}>
          {props.fresh > 0 ? plural(props.fresh, 'new packet') : toTail(props.file)}
          <Icon name="down" />
        </button>
      )}
      {props.evicted > 0 && (
        <p
          class="packet-list__evicted"
          title="The store is full: the oldest packets make room for the newest"
        >
          {plural(props.evicted, 'older packet')} made room
        </p>
      )}
    </div>
  )
}

interface LineProps {
  row: Row
  index: number
  previous: Row | undefined
  selected: boolean
  /** Beside the time that the page stands at. */
  then: 'past' | 'now' | 'later'
  yours: boolean
  /** It is known in another way than most. */
  otherwise: boolean
  onSelect: (row: Row, index: number) => void
}

function Line({ row, index, previous, selected, then, yours, otherwise, onSelect }: LineProps) {
  const gap = previous === undefined ? null : row.timeRelative - previous.timeRelative
  const classes = ['packet-list__row']
  if (selected) classes.push('is-selected')
  if (then !== 'past') classes.push(then === 'now' ? 'is-now' : 'is-later')
  if (yours) classes.push('is-yours')
  if (row.malformed) classes.push('is-malformed')
  const fate = fateWords(row)
  const unseen = unseenWords(row)
  if (unseen !== '') classes.push('is-unseen')
  const filters = cellFilters(row)
  const trouble = row.malformed ? 'malformed' : row.analysis[0]?.replaceAll('_', ' ')
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys, as aria-activedescendant wants
    <div
      id={`packet-${row.number}`}
      class={classes.join(' ')}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-layer={row.osi}
      data-packet={row.number}
      onClick={() => onSelect(row, index)}
    >
      <span role="gridcell" class="packet-list__number" data-filter={filters.number}>
        {row.number}
      </span>
      <span
        role="gridcell"
        class="packet-list__time"
        data-filter={filters.time}
        title={`${formatClock(row.time)}, ${row.timeRelative.toFixed(6)} s after the first`}
      >
        <span>{formatOffset(row.timeRelative)}</span>
        {gap !== null && <span class="packet-list__gap">{formatGap(Math.max(0, gap))}</span>}
      </span>
      <span role="gridcell" class="packet-list__address" data-filter={filters.source}>
        {row.source}
      </span>
      <span role="gridcell" class="packet-list__address" data-filter={filters.destination}>
        {row.destination}
      </span>
      <span role="gridcell" class="packet-list__protocol" data-filter={filters.protocol}>
        <i class="layer-mark" aria-hidden="true" />
        {row.protocol}
      </span>
      <span role="gridcell" class="packet-list__length" data-filter={filters.length}>
        {formatCount(row.length)}
      </span>
      <span role="gridcell" class="packet-list__info" data-filter={filters.info}>
        {then === 'now' && <span class="visually-hidden">the time of the page: </span>}
        {then === 'later' && <span class="visually-hidden">later: </span>}
        {yours && <span class="visually-hidden">yours: </span>}
        {otherwise && <span class="packet-list__fate">{row.provenance}</span>}
        {fate !== '' && (
          <span class="packet-list__fate" data-fate={fateShape(row)}>
            {fate}
          </span>
        )}
        {trouble !== undefined && (
          <span class="state-mark state-mark--broken" title={trouble}>
            <span class="visually-hidden">{trouble}: </span>
          </span>
        )}
        <span class="packet-list__words">{row.info}</span>
        {unseen !== '' ? (
          <span class="packet-list__says">{unseen}</span>
        ) : (
          row.says !== null && <span class="packet-list__says">{row.says}</span>
        )}
      </span>
    </div>
  )
}

function thenOf(number: number, cursor: number): LineProps['then'] {
  return number === cursor ? 'now' : number > cursor ? 'later' : 'past'
}

const isAt = ({ scrollTop }: HTMLElement, bar: number): boolean => Math.abs(scrollTop - bar) <= 1
const isAtEnd = (element: HTMLElement) => isAt(element, element.scrollHeight - element.clientHeight)

function covers(message: RowsMessage, from: number, to: number): boolean {
  return message.index >= 0 && from >= message.index && to <= message.index + message.rows.length
}

/** What moves the matrix of who heard: newer lines above what is read, and a packet that is chosen elsewhere. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { HeardRow } from '../lib/who-heard.ts'
import { isInSight, placeOf, ROW_HEIGHT, type Seen, scrollAmid } from './who-heard-layout.ts'

type Scroller = RefObject<HTMLElement | null>

/** What the reader looks at stays where it is when newer lines come above it. */
export function useStandStill(scroller: Scroller, rows: readonly HeardRow[]): void {
  const before = useRef<number | null>(null)
  useLayoutEffect(() => {
    const newest = rows[0]?.id ?? null
    const added = before.current === null ? 0 : rows.findIndex(({ id }) => id === before.current)
    const element = scroller.current
    if (element !== null && added > 0 && element.scrollTop > 0) element.scrollTop += added * ROW_HEIGHT
    before.current = newest
  }, [rows, scroller])
}

interface Selected {
  readonly packet: number | null
  /** The packet of the cell that the reader is on. */
  readonly picked: number | null
  readonly rows: readonly HeardRow[]
  readonly columns: readonly SocketNode[]
  readonly seen: Seen
}

/**
 * The packet that is looked at comes into sight when it is chosen, once its line is there, and when the room changes; else
 * the reader scrolls.
 */
export function useSelectedInSight(
  scroller: Scroller,
  { packet, picked, rows, columns, seen }: Selected,
): void {
  const place = useMemo(
    () => (packet === null ? undefined : placeOf(packet, rows, columns)),
    [packet, rows, columns],
  )
  useLayoutEffect(() => {
    if (place === undefined || packet === picked || seen.height === 0) return
    if (!isInSight(place, seen)) scroller.current?.scrollTo(scrollAmid(place, seen))
    // Not whenever lines come or it is scrolled: that would take it out of the reader's hand.
  }, [packet, place === undefined, seen.width, seen.height, scroller])
}

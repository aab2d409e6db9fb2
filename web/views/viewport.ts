/** How much room a view has, and where a scroll area stands: what pictures and lists of which only a part exists must know. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import { redraw } from '../lib/frame.ts'

export interface Viewport {
  readonly top: number
  readonly left: number
  readonly width: number
  readonly height: number
}

export function useViewport(area: RefObject<HTMLElement | null>): Viewport {
  const [viewport, setViewport] = useState<Viewport>({ top: 0, left: 0, width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = area.current
    if (element === null) return
    const look = () => {
      const { scrollTop: top, scrollLeft: left, clientWidth: width, clientHeight: height } = element
      setViewport((before) =>
        before.top === top && before.left === left && before.width === width && before.height === height
          ? before
          : { top, left, width, height },
      )
    }
    const later = () => redraw(look)
    const observer = new ResizeObserver(later)
    observer.observe(element)
    element.addEventListener('scroll', later, { passive: true })
    look()
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', later)
    }
  }, [area])
  return viewport
}

/** Pixels inside, as the element is resized; 0 until it is on the page. */
export function useWidth(area: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = area.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [area])
  return width
}

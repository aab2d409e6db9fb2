/** The map of the lab network: D3 draws the picture, this holds its size and lets frames run over it while there are any. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Row } from '../../server/dashboard/api.ts'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { animate, type Disposable, prefersStillness } from '../lib/frame.ts'
import { Command } from './copy-button.tsx'
import { drawFrames, drawMap } from './map-draw.ts'
import { layoutMap, type MapLayout, type MapSize } from './map-layout.ts'
import type { MapCable, MapHost } from './map-marks.ts'
import { framesAt, glideFrom, type Replay } from './map-replay.ts'
import { momentOf, Traffic } from './map-travel.ts'

/** The newest frames of a capture, oldest first; what was there at first does not move. */
export interface Frames {
  readonly capture: string
  readonly rows: readonly Row[]
}

export interface MapProps {
  network: LabNetworkNode
  frames: Frames | null
  /** The page shows another time: its frames, instead of those that cross now. */
  replay: Replay | null
  /** While that time passes, how far it is behind the replay's: seconds. */
  passed: () => number
  /** Key of the cable whose settings are open. */
  open: string | null
  onHost: (host: MapHost) => void
  onCable: (cable: MapCable) => void
  /** A command that brings a client onto the network, for as long as there is none. */
  invite: string
  /** Epoch seconds on the lab's clock. */
  clock: () => number
}

export function NetworkMap(props: MapProps) {
  const { network, frames, replay, open, onHost, onCable, invite, clock } = props
  const frame = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState<MapSize>({ width: 0, height: 0 })
  const [traffic] = useState(() => new Traffic())
  const running = useRef<Disposable | null>(null)
  const layout = useMemo(() => (size.width === 0 ? undefined : layoutMap(network, size)), [network, size])
  const latest = useRef(layout)
  latest.current = layout

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const measure = () => {
      const text = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
      setSize({ width: element.clientWidth, height: element.clientHeight, text })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => {
      observer.disconnect()
      running.current?.dispose()
    }
  }, [])

  useLayoutEffect(() => {
    if (picture.current !== null && layout !== undefined)
      drawMap(picture.current, layout, { open, onHost, onCable })
  }, [layout, open, onHost, onCable])

  const looked = useRef('')
  useLayoutEffect(() => {
    if (frames === null) return
    if (frames.capture !== looked.current || replay !== null) traffic.forget()
    looked.current = frames.capture
    traffic.add(frames.rows, clock())
    if (replay !== null || running.current !== null || !traffic.moving(clock())) return
    const still = prefersStillness()
    running.current = animate(() => {
      const now = clock()
      const [svg, drawn] = [picture.current, latest.current]
      if (svg !== null && drawn !== undefined) drawFrames(svg, traffic.at(now, drawn, still))
      if (traffic.moving(now)) return
      running.current?.dispose()
      running.current = null
    })
  }, [frames, replay === null])

  useReplay(props, picture, latest)

  return (
    <div class="map" ref={frame}>
      <svg ref={picture} class="map__picture" />
      {invite !== '' && !network.hosts.some(({ kind }) => kind === 'client') && (
        <div class="map__invite">
          <p>Nobody is here yet. Whoever connects gets a host of their own:</p>
          <Command text={invite} />
        </div>
      )}
    </div>
  )
}

/** How long the frames take from where they were to where they are at the next step, ms. */
const GLIDE_MS = 320

/** Draws the frames of the replay's time: they glide there from the step before, or move as that time passes. */
function useReplay(
  { replay, passed }: Pick<MapProps, 'replay' | 'passed'>,
  picture: { readonly current: SVGSVGElement | null },
  latest: { readonly current: MapLayout | undefined },
): void {
  const before = useRef<Replay | null>(null)
  useLayoutEffect(() => {
    const known = before.current
    before.current = replay
    const draw = (at: number, still: boolean) => {
      const [svg, layout] = [picture.current, latest.current]
      if (svg === null || layout === undefined) return
      const travelling = replay === null ? [] : framesAt(replay, at)
      drawFrames(svg, momentOf(travelling, 0, layout, still))
    }
    if (replay === null) {
      if (known !== null) draw(0, true)
      return
    }
    const still = prefersStillness()
    if (replay.pace > 0) {
      const moving = animate(() => draw(passed(), still))
      return () => moving.dispose()
    }
    const from = known === null || still || known.number === replay.number ? 0 : glideFrom(replay, known.time)
    draw(from, false)
    if (from >= 0) return
    const begun = performance.now()
    const moving = animate((now) => {
      const part = Math.min(1, Math.max(0, (now - begun) / GLIDE_MS))
      draw(from * (1 - part), false)
      if (part === 1) moving.dispose()
    })
    return () => moving.dispose()
  }, [replay, passed])
}

/** Of a capture file that says nothing of its network. */
export function FileMap() {
  return (
    <div class="map map--empty">
      <p class="map__title">No map of it</p>
      <p>
        A capture tells who spoke with whom, not how they were connected: cables, delays and losses are only
        known of a lab’s own files.
      </p>
    </div>
  )
}

/** On the kernel's network there is nothing of ours to draw: what that means, and the way to the other. */
export function KernelMap() {
  return (
    <div class="map map--empty">
      <p class="map__title">The kernel’s own network</p>
      <p>
        Packets go from program to program through this computer’s own TCP/IP. They are real and captured; but
        there is no cable here to delay, cut or corrupt them. The lab network has one:
      </p>
      <Command text="npm start -- --network lab" />
    </div>
  )
}

/** The map of the lab network: D3 draws the picture, this holds its size and lets frames run over it while there are any. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Row } from '../../server/dashboard/api.ts'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { animate, type Disposable, prefersStillness } from '../lib/frame.ts'
import { Command } from './copy-button.tsx'
import { drawFrames, drawMap } from './map-draw.ts'
import { layoutMap } from './map-layout.ts'
import type { MapCable, MapHost } from './map-marks.ts'
import { Traffic } from './map-travel.ts'

/** The newest frames of a capture, oldest first; what was there at first does not move. */
export interface Frames {
  readonly capture: string
  readonly rows: readonly Row[]
}

export interface MapProps {
  network: LabNetworkNode
  frames: Frames | null
  /** Frames stand where they are, with the page. */
  paused: boolean
  /** Key of the cable whose settings are open. */
  open: string | null
  onHost: (host: MapHost) => void
  onCable: (cable: MapCable) => void
  /** A command that brings a client onto the network, for as long as there is none. */
  invite: string
  /** Epoch seconds on the lab's clock. */
  clock: () => number
}

export function NetworkMap({ network, frames, paused, open, onHost, onCable, invite, clock }: MapProps) {
  const frame = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [traffic] = useState(() => new Traffic())
  const running = useRef<Disposable | null>(null)
  const layout = useMemo(() => (size.width === 0 ? undefined : layoutMap(network, size)), [network, size])
  const latest = useRef(layout)
  latest.current = layout

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
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
    if (frames.capture !== looked.current) traffic.forget()
    looked.current = frames.capture
    traffic.add(frames.rows, clock())
    if (paused || running.current !== null || !traffic.moving(clock())) return
    const still = prefersStillness()
    running.current = animate(() => {
      const now = clock()
      const [svg, drawn] = [picture.current, latest.current]
      if (svg !== null && drawn !== undefined) drawFrames(svg, traffic.at(now, drawn, still))
      if (traffic.moving(now)) return
      running.current?.dispose()
      running.current = null
    })
  }, [frames, paused])

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

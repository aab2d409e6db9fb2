/** The page's frame: which pane stands where. It knows places, not what is in them. */
import type { ComponentChildren } from 'preact'
import type { Sizes, Split } from '../lib/split.ts'
import { Divider } from './panes.tsx'

export type Place = 'ladder' | 'packets' | 'inspector' | 'connections' | 'heartbeats' | 'events' | 'map'

export interface ShellProps {
  topBar: ComponentChildren
  banners: ComponentChildren
  /** In place of the panes: the welcome, or another page. */
  instead?: ComponentChildren
  /** What stands in place of the panes is a `main` of its own. */
  insteadIsMain?: boolean
  /** Beside the panes: the lab drawer, the status panel. */
  beside?: ComponentChildren
  ladder: ComponentChildren
  map: ComponentChildren
  /** The map is a picture that wants its height, not a few words. */
  mapDrawn: boolean
  connections: ComponentChildren
  inspector: ComponentChildren
  heartbeats: ComponentChildren
  lower: ComponentChildren
  sizes: Sizes
  zoomed: Place | null
  narrow: boolean
  tab: Place
  onTab: (tab: Place) => void
  onSize: (split: Split, size: number) => void
}

const TABS: readonly (readonly [Place, string])[] = [
  ['ladder', 'Ladder'],
  ['packets', 'Packets'],
  ['inspector', 'Inspector'],
  ['map', 'Map'],
]

export function Shell(props: ShellProps) {
  const { sizes, zoomed, narrow, instead } = props
  const Main = props.insteadIsMain === true ? 'div' : 'main'
  const content =
    instead !== undefined ? (
      <div class="shell__instead">{instead}</div>
    ) : narrow ? (
      <Tabbed {...props} />
    ) : (
      <Panes {...props} />
    )
  return (
    <div
      class={`shell${zoomed !== null && instead === undefined && !narrow ? ' shell--zoomed' : ''}`}
      style={`--left: ${sizes.left}px; --right: ${sizes.right}px; --bottom: ${sizes.bottom}px; --map: ${sizes.map}px`}
    >
      {props.topBar}
      <div class="shell__banners">{props.banners}</div>
      <div class="shell__middle">
        <Main class="shell__main">{content}</Main>
        {props.beside}
      </div>
    </div>
  )
}

function Panes(props: ShellProps) {
  const { sizes, zoomed, onSize } = props
  if (zoomed !== null) {
    return <div class="panes panes--one">{paneAt(props, zoomed)}</div>
  }
  return (
    <div class="panes">
      <LeftColumn {...props} />
      <Divider
        split="left"
        size={sizes.left}
        grow="ArrowRight"
        label="Width of the connections"
        onSize={(size) => onSize('left', size)}
      />
      {props.ladder}
      <Divider
        split="right"
        size={sizes.right}
        grow="ArrowLeft"
        label="Width of the inspector"
        onSize={(size) => onSize('right', size)}
      />
      {props.inspector}
      <Divider
        split="bottom"
        size={sizes.bottom}
        grow="ArrowUp"
        label="Height of the packets"
        onSize={(size) => onSize('bottom', size)}
      />
      {props.heartbeats}
      {props.lower}
    </div>
  )
}

/** Where each pane is when one at a time is in sight. */
const SHOWN_IN: Partial<Record<Place, Place>> = {
  events: 'packets',
  heartbeats: 'ladder',
  connections: 'map',
}

function LeftColumn({ map, mapDrawn, connections, sizes, onSize }: ShellProps) {
  return (
    <div class={mapDrawn ? 'left-column left-column--drawn' : 'left-column'}>
      {map}
      {mapDrawn && (
        <Divider
          split="map"
          size={sizes.map}
          grow="ArrowDown"
          label="Height of the map"
          onSize={(size) => onSize('map', size)}
        />
      )}
      {connections}
    </div>
  )
}

function paneAt(props: ShellProps, place: Place): ComponentChildren {
  return place === 'packets' || place === 'events' ? props.lower : props[place]
}

function Tabbed(props: ShellProps) {
  const { tab, onTab } = props
  const shown = SHOWN_IN[tab] ?? tab
  return (
    <div class="tabbed">
      <div class="tabbed__pane" role="tabpanel" id="tabbed-pane" aria-labelledby={`tab-${shown}`}>
        {shown === 'map' ? <LeftColumn {...props} /> : paneAt(props, shown)}
      </div>
      {shown === 'ladder' && props.heartbeats}
      <div class="tabbed__tabs" role="tablist" aria-label="Panes">
        {TABS.map(([place, name], index) => (
          <button
            type="button"
            role="tab"
            key={place}
            id={`tab-${place}`}
            aria-selected={place === shown}
            aria-controls="tabbed-pane"
            tabIndex={place === shown ? 0 : -1}
            onClick={() => onTab(place)}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
              const next = TABS[(index + step + TABS.length) % TABS.length]
              if (step === 0 || next === undefined) return
              event.preventDefault()
              onTab(next[0])
              document.getElementById(`tab-${next[0]}`)?.focus()
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  )
}

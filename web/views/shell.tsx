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
  /** Below all panes: where in time the page stands. */
  foot?: ComponentChildren
  /** The pictures of the one conversation that is looked at, beside its ladder; null while there is none. */
  flow?: ComponentChildren
  /** Panes that have nothing to say yet. */
  folded?: readonly ('left' | 'inspector' | 'lower')[]
  sizes: Sizes
  /** The inspector has nothing to say: it takes no more room than that needs. */
  quiet: boolean
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

/** Width of an inspector that has nothing to say, px. */
const QUIET = 300

export function Shell(given: ShellProps) {
  const { narrow, instead } = given
  const sizes = given.quiet ? { ...given.sizes, right: Math.min(QUIET, given.sizes.right) } : given.sizes
  const props = { ...given, sizes }
  const Main = props.insteadIsMain === true ? 'div' : 'main'
  const content =
    instead !== undefined ? (
      <div class="shell__instead">{instead}</div>
    ) : narrow && props.flow != null ? (
      props.flow
    ) : narrow ? (
      <Tabbed {...props} />
    ) : (
      <Panes {...props} />
    )
  return (
    <div
      class="shell"
      style={`--left: ${sizes.left}px; --right: ${sizes.right}px; --bottom: ${sizes.bottom}px; --map: ${sizes.map}px; --flow: ${sizes.flow}px`}
    >
      {props.topBar}
      <div class="shell__banners">{props.banners}</div>
      <div class="shell__middle">
        <Main class="shell__main">{content}</Main>
        {props.beside}
      </div>
      {!narrow && props.foot}
    </div>
  )
}

function Panes(props: ShellProps) {
  const { zoomed, flow } = props
  const folded = flow == null ? (props.folded ?? []) : []
  const stands = flow == null ? !folded.some((part) => part === partOf(zoomed)) : inFlow(zoomed)
  return (
    <div
      class={`panes${flow == null ? '' : ' panes--flow'}${zoomed === null ? '' : ' panes--zoomed'}`}
      data-folded={folded.length === 0 ? undefined : folded.join(' ')}
    >
      {flow == null ? <AllPanes {...props} folded={folded} /> : <FlowPanes {...props} />}
      {zoomed !== null && !stands && paneAt(props, zoomed)}
    </div>
  )
}

function AllPanes(props: ShellProps) {
  const { folded = [] } = props
  return (
    <>
      {!folded.includes('left') && (
        <>
          <LeftColumn {...props} />
          <Between of="left" {...props} />
        </>
      )}
      {props.ladder}
      {!folded.includes('inspector') && (
        <>
          <Between of="right" {...props} />
          {props.inspector}
        </>
      )}
      {!folded.includes('lower') && (
        <>
          <Between of="bottom" {...props} />
          {props.heartbeats}
          {props.lower}
        </>
      )}
    </>
  )
}

/** What folds with it; the ladder never does. */
function partOf(place: Place | null): 'left' | 'inspector' | 'lower' | 'ladder' | null {
  if (place === 'map' || place === 'connections') return 'left'
  return place === null || place === 'inspector' || place === 'ladder' ? place : 'lower'
}

/** By the size that is dragged, which is that of the pane before it or behind it. */
const DIVIDERS = {
  left: { grow: 'ArrowRight', label: 'Width of the connections' },
  right: { grow: 'ArrowLeft', label: 'Width of the inspector' },
  bottom: { grow: 'ArrowUp', label: 'Height of the packets' },
  flow: { grow: 'ArrowRight', label: 'Width of the ladder' },
  map: { grow: 'ArrowDown', label: 'Height of the map' },
} as const

function Between({ of, sizes, onSize }: ShellProps & { of: keyof typeof DIVIDERS }) {
  return <Divider {...DIVIDERS[of]} split={of} size={sizes[of]} onSize={(size) => onSize(of, size)} />
}

/** One conversation by itself: its ladder, its pictures, and the packet one is on. */
function FlowPanes(props: ShellProps) {
  const { ladder, flow, inspector } = props
  return (
    <>
      {ladder}
      <Between of="flow" {...props} />
      {flow}
      <Between of="right" {...props} />
      {inspector}
    </>
  )
}

function inFlow(place: Place | null): boolean {
  return place === null || place === 'ladder' || place === 'inspector'
}

/** Where each pane is when one at a time is in sight. */
const SHOWN_IN: Partial<Record<Place, Place>> = {
  events: 'packets',
  heartbeats: 'ladder',
  connections: 'map',
}

function LeftColumn(props: ShellProps) {
  const { map, mapDrawn, connections } = props
  return (
    <div class={mapDrawn ? 'left-column left-column--drawn' : 'left-column'}>
      {map}
      {mapDrawn && <Between of="map" {...props} />}
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
      {props.foot}
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

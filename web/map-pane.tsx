/** The map in its frame, wired to the state. */
import { signal } from '@preact/signals'
import * as act from './actions.ts'
import { passed, replay } from './map-feed.ts'
import { cutOrPlugIn } from './network-actions.ts'
import { clocks, kept, place } from './pane-place.ts'
import * as state from './state.ts'
import { goLive } from './time.ts'
import { MapHowTo } from './views/ladder-how-to.tsx'
import { FileMap, KernelMap, NetworkMap } from './views/map.tsx'
import type { MapCable, MapHost } from './views/map-marks.ts'
import { Pane } from './views/panes.tsx'
import { PictureTools } from './views/picture-tools.tsx'

/** A host's packets: its conversations are the others' too, so the filter is what tells them apart. */
const filterHost = ({ address }: MapHost) => {
  if (address === '') return
  void act.applyFilter(`ip.addr == ${address}`)
  if (state.narrow.value) state.tab.value = 'packets'
}

/** Where the page stood when a cable was wanted that is no more than a picture. */
const cableWanted = signal<typeof state.cursor.value>(null)

const openCable = ({ key, impaired }: MapCable) => {
  if (state.opened.value !== null) return
  cableWanted.value = state.cursor.value
  if (state.cursor.value !== null) return
  if (!impaired) cutOrPlugIn(key)
  else state.cableOpen.value = !state.cableOpen.value
}

export const MapPane = kept('map', () => {
  const then = state.networkThen.value
  const network = then?.network === 'lab' ? then : state.labNetwork.value
  return (
    <Pane
      {...place('map')}
      title="Map"
      about={<span class="pane__words">{networkWords()}</span>}
      tools={
        network !== null && (
          <PictureTools name="map" draw={() => document.querySelector<SVGSVGElement>('.map__picture')}>
            <MapHowTo />
          </PictureTools>
        )
      }
    >
      {cableWanted.value !== null && cableWanted.value === state.cursor.value && <CableThen />}
      {network === null ? (
        state.network.value !== null && (state.foreign.value ? <FileMap /> : <KernelMap />)
      ) : (
        <NetworkMap
          network={network}
          frames={state.mapFrames.value}
          replay={replay.value}
          passed={passed}
          open={state.cableOpen.value ? 'server' : null}
          onHost={filterHost}
          onCable={openCable}
          invite={
            replay.value !== null
              ? ''
              : (state.status.value?.services.find(({ name }) => name === 'tcp-echo')?.tryIt ?? '')
          }
          clock={clocks.value}
        />
      )}
    </Pane>
  )
})

function CableThen() {
  return (
    <p class="map__then" role="status">
      This is how the cable was. It is set in the present.{' '}
      <button type="button" onClick={goLive}>
        Back to live
      </button>
    </p>
  )
}

function networkWords(): string {
  if (state.foreign.value) return 'from a file'
  const network = state.network.value
  if (network === null) return ''
  if (network.network === 'kernel') return 'kernel network'
  return network.topology === 'router' ? 'lab network, routed' : 'lab network'
}

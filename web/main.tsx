/** The page's start: reads the address, connects, listens to the keys, draws. */
import '@fontsource/ibm-plex-sans/latin-400.css'
import '@fontsource/ibm-plex-sans/latin-500.css'
import '@fontsource/ibm-plex-sans/latin-600.css'
import '@fontsource/ibm-plex-mono/latin-400.css'
import '@fontsource/ibm-plex-mono/latin-600.css'
import '../styles/main.scss'
import { effect } from '@preact/signals'
import { render } from 'preact'
import * as act from './actions.ts'
import { keepAddress } from './address.ts'
import { App, goTo, greet } from './app.tsx'
import { feedBeats } from './beats-feed.ts'
import { letGo, lookByLink, showCaptures, takeFile } from './capture-actions.ts'
import { feedCharts } from './charts-feed.ts'
import { followChat } from './chatted.ts'
import { connect } from './connection.ts'
import { feedEvents } from './events-feed.ts'
import { feed, keepPace } from './feed.ts'
import { keepFilters } from './filter-history.ts'
import { showFirstRows } from './first-rows.ts'
import { followFlow, openByLink, stepFlow, toggleFlow, zoomOut } from './flow.ts'
import { feedFlow } from './flow-feed.ts'
import { listenToKeys } from './keyboard.ts'
import { followLabs, toggleLabs } from './lab-place.ts'
import { feedLadder } from './ladder-feed.ts'
import { loadAhead, loadMissing } from './lazy.tsx'
import { plural } from './lib/format.ts'
import { tokenForTab } from './lib/memory.ts'
import { readAddress } from './lib/url.ts'
import { feedMap, feedReplay } from './map-feed.ts'
import { readNetwork, undo } from './network-actions.ts'
import { linkPointing } from './pointing.ts'
import { followPull, lookAhead } from './pulled.ts'
import { keepPlaying, playOrStop } from './replay.ts'
import { bearToken, lookFrom } from './requests.ts'
import { feedSamples } from './samples-feed.ts'
import { keepStartedHere } from './started-here.ts'
import * as state from './state.ts'
import { followTheme, toggleProjector, toggleTheme } from './theme.ts'
import { goLive, holdOrGoOn, keepTime, standAt, stepBy } from './time.ts'
import { feedMoment, feedTimeline } from './time-feed.ts'

const address = readAddress(new URL(location.href))
state.filter.value = address.filter
state.page.value = address.page
state.at.value = address.at
state.lower.value = address.lower
state.field.value = address.field
lookFrom(address.at)
state.labsOpen.value = address.lab !== null
state.labId.value = address.lab === 'all' ? null : address.lab
state.labStep.value = address.step
const token = tokenForTab(address.token)
bearToken(token)

followTheme(document.documentElement)
const narrow = matchMedia('screen and (max-width: 47.49em)')
state.narrow.value = narrow.matches
narrow.addEventListener('change', (event) => {
  state.narrow.value = event.matches
})

const root = document.getElementById('app')
// The way to the lab opens while the page is drawn.
void showFirstRows(address)
act.bindConnection(connect(feed, token))
if (root !== null) render(<App />, root)

if (address.capture !== null) {
  void lookByLink(address.capture, address.filter, address.packet).then(() => {
    state.field.value = address.field
    if (address.time !== null) void standAt(address.time, address.packet)
  })
} else {
  if (address.packet !== null) void act.select(address.packet)
  if (address.time !== null) void standAt(address.time, address.packet)
}
followFlow()
feedFlow()
if (address.flow !== null) openByLink(address.flow, address.capture)
keepAddress()
keepFilters()
feedLadder()
linkPointing(document.body)
feedMap()
feedReplay()
feedMoment()
feedTimeline()
keepTime()
keepPlaying()
void readNetwork()
feedSamples()
feedBeats()
feedEvents()
feedCharts()
keepPace()
followPull()
followChat()
lookAhead()
followLabs()
keepStartedHere()

// Whoever finds the page empty is greeted; whoever comes to traffic has begun without us.
const stopGreeting = effect(() => {
  if (state.status.value === null) return
  if (state.quiet.value) greet()
  queueMicrotask(() => stopGreeting())
})

// The first packets, or that there are none, are told before what may be opened later is loaded.
const stopWaiting = effect(() => {
  if (state.rows.value === state.NO_ROWS) return
  requestAnimationFrame(() => void loadAhead())
  queueMicrotask(() => stopWaiting())
})

effect(() => {
  if (state.link.value.state === 'open') void loadMissing()
})

effect(() => {
  document.title = titleOf(state.link.value, state.status.value, state.opened.value?.name)
})

listenToKeys(
  document,
  {
    filter: () => document.querySelector<HTMLInputElement>('[data-key="filter"]')?.select(),
    help: () => {
      state.helpOpen.value = true
    },
    next: () => step(1),
    previous: () => step(-1),
    newest: () => (state.cursor.value === null ? void act.follow() : goLive()),
    oldest: () => act.selectIndex(0),
    pause: () => (state.opened.value === null ? holdOrGoOn() : void playOrStop()),
    earlier: () => void stepBy(-1),
    later: () => void stepBy(1),
    play: () => void playOrStop(),
    pane: (number) => {
      const pane = state.PANES[number - 1]
      if (pane !== undefined) act.showPane(pane)
    },
    theme: toggleTheme,
    projector: toggleProjector,
    labs: toggleLabs,
    compare: () => {
      goTo(state.page.value === 'compare' ? 'live' : 'compare')
    },
    flow: toggleFlow,
    back: () => {
      if (state.cableOpen.value) state.cableOpen.value = false
      else if (state.capturesOpen.value) showCaptures(false)
      else if (state.statusOpen.value) state.statusOpen.value = false
      else if (state.zoomed.value !== null) state.zoomed.value = null
      else if (state.labsOpen.value) toggleLabs()
      else if (state.openFlow.value !== null) zoomOut()
      else if (state.playing.value !== null) state.playing.value = null
      else if (state.selected.value === null && state.cursor.value !== null) goLive()
      else act.unselect()
    },
  },
  () => state.letterKeys.value,
)

// A capture file may be dropped anywhere.
document.addEventListener('dragover', (event) => {
  if (event.dataTransfer?.types.includes('Files') !== true) return
  event.preventDefault()
  state.dropping.value = true
})
document.addEventListener('dragleave', (event) => {
  // From one element to the next is no way out of the page.
  if (event.relatedTarget === null) state.dropping.value = false
})
document.addEventListener('drop', (event) => {
  state.dropping.value = false
  const [file] = event.dataTransfer?.files ?? []
  if (file === undefined) return
  event.preventDefault()
  void takeFile(file)
})

// What was closed, and could have been had back, nobody asks for any more.
window.addEventListener('pagehide', () => void letGo())

// Ctrl+Z takes back what was done to the cable, unless one is writing: then it is the text's.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
  const on = event.target instanceof Element ? event.target : null
  if (on?.closest('input:not([type="range"], [type="checkbox"]), textarea, select, [contenteditable="true"]'))
    return
  if (state.opened.value === null && undo()) event.preventDefault()
})

/** What a tab among others has to say. */
function titleOf(
  link: typeof state.link.value,
  status: typeof state.status.value,
  file: string | undefined,
): string {
  if (link.state === 'lost' || link.state === 'refused') return 'Wirelab: no answer'
  if (file !== undefined) return `${file} in Wirelab`
  if (status === null) return 'Wirelab'
  if (status.capture.state === 'unavailable' || status.capture.state === 'failed')
    return 'Wirelab: no capture'
  return status.trace.total === 0 ? 'Wirelab' : `Wirelab: ${plural(status.trace.total, 'packet')}`
}

/** To the next packet of the list, or the one before; from nowhere to where the list begins. */
function step(by: number): void {
  if (state.openFlow.value !== null) {
    stepFlow(by)
    return
  }
  const total = state.listTotal.value
  if (total === 0) return
  const at = state.selected.value?.index
  const next = at == null ? (state.listStart.value ?? total - 1) : at + by
  if (next >= 0 && next < total) act.selectIndex(next)
}

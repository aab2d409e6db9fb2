/** Captures in files: what is seen written down, and files looked at instead of what is live. */
import { batch } from '@preact/signals'
import type { ApiError } from '../server/dashboard/api.ts'
import type { CaptureNode } from '../server/dashboard/api-captures.ts'
import { follow, select, unselect, watch } from './actions.ts'
import { isKeyLog, openProblem, secretsWords } from './lib/capture-words.ts'
import { plural } from './lib/format.ts'
import { readNetwork } from './network-actions.ts'
import {
  beginRecording,
  closeCapture,
  endRecording,
  getCaptures,
  getEvents,
  getFlows,
  getRecordedFile,
  getSessions,
  giveSecrets,
  lookFrom,
  lookInto,
  openCapture,
} from './requests.ts'
import * as state from './state.ts'

/** As many as the live feed sends. */
const MOST_EVENTS = 1000
/** A line of a key log is shorter. */
const BEGINNING = 512

/** Begins a recording, or ends the one that runs. */
export async function record(): Promise<void> {
  const running = state.recording.value?.state === 'running'
  state.captureProblem.value = null
  const answer = running
    ? await endRecording()
    : await beginRecording({ ...(state.at.value !== 'client' && { at: state.at.value }) })
  if (answer.ok) {
    state.recordingTold.value = answer.value
    state.filesSaid.value = running ? 'The recording has ended.' : `Recording to ${answer.value.file}.`
  } else fail('recording', answer.error.message)
}

export async function listCaptures(): Promise<void> {
  const { value: opened } = state.opened
  const answer = await getCaptures()
  if (!answer.ok) return
  state.captures.value = answer.value.captures.filter(({ id }) => id !== 'live')
  // One that was opened while we asked is not in the answer yet.
  if (opened === null || state.opened.value !== opened) return
  if (state.captures.value.some(({ id }) => id === opened.id)) return
  look(null)
  fail('opening', `${opened.name} was closed from elsewhere. What you see is live again.`)
}

export function showCaptures(open: boolean): void {
  state.capturesOpen.value = open
  if (open) {
    state.statusOpen.value = false
    state.cableOpen.value = false
    void listCaptures()
  } else {
    state.captureProblem.value = null
    void letGo()
  }
}

/** A file that was chosen or dropped: a capture is opened, and a key log opens what is sealed in the opened one. */
export async function takeFile(file: File): Promise<void> {
  if (!isKeyLog(await file.slice(0, BEGINNING).text())) return openFile(file)
  if (state.opened.value !== null) return takeKeyLog(file)
  fail('opening', `${file.name} is a key log: open the capture that it belongs to, then give it again.`)
}

/** Gives the opened file the secrets of its TLS sessions; packets keep their numbers. */
export async function takeKeyLog(file: File): Promise<void> {
  const { value: capture } = state.opened
  if (capture === null) return
  batch(() => {
    state.captureProblem.value = null
    state.secretsSaid.value = null
  })
  const answer = await giveSecrets(capture.id, await file.text())
  if (state.opened.value?.id !== capture.id) return
  if (!answer.ok) {
    fail('secrets', `${file.name} was not taken: ${answer.error.message}`)
    return
  }
  const said = secretsWords(file.name, answer.value)
  if (answer.value.added === 0) {
    fail('secrets', said)
    return
  }
  batch(() => {
    state.secretsSaid.value = said
    state.capturesOpen.value = true
  })
  if (answer.value.again) await readAnew(capture.id)
}

/** An opened file was read again with secrets that it lacked, given here or on another page: asks for all that is shown of it. */
export async function readAnew(id: string): Promise<void> {
  await listCaptures()
  const capture = state.captures.value.find((one) => one.id === id)
  if (capture === undefined || state.opened.value?.id !== id || state.opened.value.run === capture.run) return
  // Under a new run, by which whoever keeps rows of it knows that they are others now.
  state.opened.value = capture
  const { index, rows } = state.rows.value
  if (state.following.value || index < 0) void follow()
  else void watch({ index, limit: rows.length })
  const selected = state.selected.value
  if (selected !== null) void select(selected.number, selected.index)
  void readBeside(id)
}

/** Sends a file to the lab, and looks into it. */
async function openFile(file: File): Promise<void> {
  if (state.opening.value !== null) return
  const wanted = new AbortController()
  const opening = { name: file.name, sent: 0, cancel: () => wanted.abort() }
  batch(() => {
    state.opening.value = opening
    state.captureProblem.value = null
  })
  showCaptures(true)
  // There is room for few: those that were closed make it.
  await letGo()
  const answer = await openCapture(
    file,
    (sent) => (state.opening.value = { ...opening, sent }),
    wanted.signal,
  )
  state.opening.value = null
  void listCaptures()
  if (answer.ok) {
    state.capturesOpen.value = false
    state.filesSaid.value = `${answer.value.name} is open: ${plural(answer.value.packets, 'packet')}.`
    look(answer.value)
  } else if (answer.error.code !== 'aborted') failToOpen(file.name, answer.error)
}

/** Looks into what was recorded last. */
export async function openRecorded(): Promise<void> {
  const name = state.recording.value?.file
  if (name == null) return
  await listCaptures()
  const there = state.captures.value.find((capture) => capture.name === name && capture.state === 'ready')
  if (there !== undefined) {
    reopenFile(there)
    look(there)
    return
  }
  const answer = await getRecordedFile(name)
  if (answer.ok) await openFile(answer.value)
  else fail('recording', answer.error.message)
}

function failToOpen(name: string, error: ApiError): void {
  const message =
    error.code === 'unreachable' && state.link.value.state === 'open'
      ? 'the lab stopped reading it: it is perhaps no capture, or larger than the lab takes'
      : error.message
  fail('opening', openProblem(name, { ...error, message }))
}

function fail(of: state.CaptureProblem['of'], message: string): void {
  batch(() => {
    state.captureProblem.value = { of, message }
    state.capturesOpen.value = true
  })
}

/** Closes an opened file. Until the panel is closed, or another file needs the room, it can be had back. */
export function closeFile({ id, name }: CaptureNode): void {
  if (state.opened.value?.id === id) look(null)
  state.closedFiles.value = new Set([...state.closedFiles.value, id])
  state.filesSaid.value = `${name} is closed.`
}

export function reopenFile({ id }: CaptureNode): void {
  const closed = new Set(state.closedFiles.value)
  closed.delete(id)
  state.closedFiles.value = closed
}

/** The lab lets go of what was closed. */
export async function letGo(): Promise<void> {
  const closed = [...state.closedFiles.value]
  if (closed.length === 0) return
  batch(() => {
    state.closedFiles.value = new Set()
    state.captures.value = state.captures.value.filter(({ id }) => !closed.includes(id))
  })
  await Promise.all(closed.map(closeCapture))
}

/** What a link to an opened file leads to, as long as the lab has it open. */
export async function lookByLink(id: string, filter: string, packet: number | null): Promise<void> {
  await listCaptures()
  const capture = state.captures.value.find((one) => one.id === id && one.state === 'ready')
  if (capture === undefined) {
    fail('opening', 'The file that this link leads to is no longer open. Open it again.')
    return
  }
  look(capture, filter)
  if (packet !== null) void select(packet)
}

/** Looks into an opened file, or with null at what is live again. */
export function look(capture: CaptureNode | null, filter = ''): void {
  if (state.opened.value?.id === capture?.id) return
  const id = capture?.id ?? null
  lookInto(id)
  lookFrom('client')
  batch(() => {
    unselect()
    state.opened.value = capture
    state.secretsSaid.value = null
    state.page.value = 'live'
    state.at.value = 'client'
    state.filter.value = filter
    state.filterError.value = null
    state.rows.value = state.NO_ROWS
    state.mapFrames.value = null
    state.flows.value = []
    state.sessions.value = []
    state.events.value = []
    state.ends.value = null
    state.ladderRows.value = []
    state.cursor.value = null
    state.timeline.value = null
    state.cableOpen.value = false
    state.network.value = null
  })
  void follow()
  void readNetwork()
  void readBeside(id)
}

/** What the live feed pushes of the live capture is asked for of a file, and once for the way back. */
async function readBeside(id: string | null): Promise<void> {
  const [flows, sessions, events] = await Promise.all([getFlows(), getSessions(), getEvents(MOST_EVENTS)])
  if ((state.opened.value?.id ?? null) !== id) return
  batch(() => {
    if (flows.ok) state.flows.value = flows.value.flows
    if (sessions.ok) state.sessions.value = sessions.value.sessions
    if (events.ok) state.events.value = events.value.events
  })
}

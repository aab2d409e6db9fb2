/**
 * What a service takes down of something it did. Whoever waits for the service waits for this too: so a note holds what
 * may be another thing a moment later and no more, always in one shape, and a Socket.IO packet as the text that it is.
 * The event is made of it in the observer's thread.
 */
import type { ApplicationEvent } from './application-events.ts'
import { readPacket } from './hub-packet.ts'

/** An event's properties, of which none is left out. */
type Settled = Required<
  Omit<ApplicationEvent, 'time' | 'except' | 'ack' | 'cause' | 'volatile' | 'attachments'>
>

export interface Note extends Settled {
  /** Milliseconds on the services' monotonic clock, `performance.now()`. */
  at: number
  /** A Socket.IO packet of which event, args, ack and attachments are still to be read; null where they are. */
  text: string | null
  except: string[] | null
  ack: number | null
  cause: NonNullable<ApplicationEvent['cause']> | null
  volatile: boolean
  attachments: number
}

/** A note that says only what happened where, and that it was now. */
export function newNote(service: string, kind: Note['kind']): Note {
  return {
    at: performance.now(),
    service,
    kind,
    remoteAddress: null,
    remotePort: null,
    eioSid: null,
    socket: null,
    nsp: null,
    direction: null,
    index: null,
    text: null,
    event: null,
    args: null,
    listeners: null,
    rooms: null,
    except: null,
    ack: null,
    cause: null,
    volatile: false,
    attachments: 0,
    reason: null,
  }
}

const PREVIEW_LENGTH = 1000

/** JSON of an event's arguments, cut at 1,000 characters. */
export function preview(json: string): string {
  return json.length > PREVIEW_LENGTH ? `${json.slice(0, PREVIEW_LENGTH - 1)}…` : json
}

/** A longer text is read at once: what is made of it is shorter. */
const LONG_TEXT = 2000

/** Leaves a Socket.IO packet to be read later, or reads it now. */
export function noteText(note: Note, text: string): void {
  note.text = text
  if (text.length > LONG_TEXT) readText(note)
}

function readText(note: Note): void {
  const packet = note.text === null ? undefined : readPacket(note.text)
  note.text = null
  if (packet === undefined) return
  note.event ??= packet.event
  note.args = preview(packet.args)
  note.ack = packet.ack ?? null
  note.attachments = packet.attachments
}

/** `start`: nanoseconds from 1970 to where the services' monotonic clock is 0. */
export function eventOf(note: Note, start: bigint): ApplicationEvent {
  readText(note)
  const { at, text: _, except, ack, cause, volatile, attachments, ...settled } = note
  const event: ApplicationEvent = { ...settled, time: start + BigInt(Math.round(at * NANOSECONDS)) }
  if (except !== null) event.except = except
  if (ack !== null) event.ack = ack
  if (cause !== null) event.cause = cause
  if (volatile) event.volatile = true
  if (attachments > 0) event.attachments = attachments
  return event
}

/** In a millisecond. */
const NANOSECONDS = 1_000_000

/** A note as it goes to another thread: the names of its properties, once more for each, would cost more than the rest. */
export type PackedNote = readonly unknown[]

export function packNote(note: Note): PackedNote {
  return Object.values(note)
}

const NAMES = Object.keys(newNote('', 'on'))

export function unpackNote(packed: PackedNote): Note {
  const note: Note & Record<string, unknown> = { ...newNote('', 'on') }
  NAMES.forEach((name, place) => {
    note[name] = packed[place]
  })
  return note
}

/** Carries application events to the observer, in batches, and never more than it takes in. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type ApplicationEvent, CHANNEL, epochStart, takeWithheld } from './services/application-events.ts'
import { eventOf, type Note, type PackedNote, packNote, unpackNote } from './services/event-note.ts'

export interface EventBatch {
  readonly notes: readonly PackedNote[]
  /** Nanoseconds from 1970 to where the clock of the notes is 0. */
  readonly start: bigint
  /** Since the batch before. */
  readonly dropped: number
}

/** Resolves when the batch was taken in; rejects when there is no observer. */
export type SendBatch = (batch: EventBatch) => Promise<unknown>

/** What the services did, in the order in which they did it. */
export function eventsOf({ notes, start }: EventBatch): ApplicationEvent[] {
  return notes.map((packed) => eventOf(unpackNote(packed), start))
}

const BATCH_EVENTS = 200
const BATCH_MS = 20
/** Batches under way. While the observer is busy longer than that, events are dropped and counted. */
const MAX_UNDER_WAY = 16

/** Starts listening to the services. Returns what ends it. */
export function relayEvents(send: SendBatch): () => void {
  let notes: Note[] = []
  let dropped = 0
  let underWay = 0
  let timer: NodeJS.Timeout | undefined

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (notes.length === 0) return
    dropped += takeWithheld()
    if (underWay >= MAX_UNDER_WAY) {
      dropped += notes.length
      notes = []
      return
    }
    const batch = { notes: notes.map(packNote), start: epochStart(), dropped }
    notes = []
    dropped = 0
    underWay++
    send(batch)
      .catch(() => {
        dropped += batch.notes.length + batch.dropped
      })
      .finally(() => {
        underWay--
      })
  }
  const take = (message: unknown) => {
    notes.push(message as Note)
    if (notes.length >= BATCH_EVENTS) flush()
    else timer ??= setTimeout(flush, BATCH_MS).unref()
  }
  subscribe(CHANNEL, take)
  return () => {
    unsubscribe(CHANNEL, take)
    clearTimeout(timer)
  }
}

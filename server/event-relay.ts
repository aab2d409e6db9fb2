/** Carries application events to the observer, in batches, and never more than it takes in. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type ApplicationEvent, CHANNEL, takeWithheld } from './services/application-events.ts'

/** Resolves when the batch was taken in; rejects when there is no observer. `dropped`: since the batch before. */
export type SendBatch = (batch: { events: ApplicationEvent[]; dropped: number }) => Promise<unknown>

const BATCH_EVENTS = 200
const BATCH_MS = 20
/** Batches under way. While the observer is busy longer than that, events are dropped and counted. */
const MAX_UNDER_WAY = 16

/** Starts listening to the services. Returns what ends it. */
export function relayEvents(send: SendBatch): () => void {
  let events: ApplicationEvent[] = []
  let dropped = 0
  let underWay = 0
  let timer: NodeJS.Timeout | undefined

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (events.length === 0) return
    dropped += takeWithheld()
    if (underWay >= MAX_UNDER_WAY) {
      dropped += events.length
      events = []
      return
    }
    const batch = { events, dropped }
    events = []
    dropped = 0
    underWay++
    send(batch)
      .catch(() => {
        dropped += batch.events.length + batch.dropped
      })
      .finally(() => {
        underWay--
      })
  }
  const take = (message: unknown) => {
    events.push(message as ApplicationEvent)
    if (events.length >= BATCH_EVENTS) flush()
    else timer ??= setTimeout(flush, BATCH_MS).unref()
  }
  subscribe(CHANNEL, take)
  return () => {
    unsubscribe(CHANNEL, take)
    clearTimeout(timer)
  }
}

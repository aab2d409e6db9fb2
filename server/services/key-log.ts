/**
 * How a service tells the secrets of its TLS sessions, without knowing who listens: lines of the NSS key log format,
 * published on a diagnostics channel at the moment they are made. That is before any packet sealed with them leaves.
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

const KEY_LOG_CHANNEL = 'wirelab.key-log'
const keyLog = channel(KEY_LOG_CHANNEL)

export const isKeyLogWanted = (): boolean => keyLog.hasSubscribers

export function tellSecret(line: string): void {
  keyLog.publish(line)
}

/** Calls back with each line. Returns what ends it. */
export function onSecret(callback: (line: string) => void): () => void {
  const take = (message: unknown) => callback(String(message))
  subscribe(KEY_LOG_CHANNEL, take)
  return () => unsubscribe(KEY_LOG_CHANNEL, take)
}

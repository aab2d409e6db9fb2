/**
 * Where the secrets of the services' TLS sessions come in. A secret is told before any packet sealed with it leaves;
 * but it travels by a port of its own, and which of two ports is heard first is chance. So whoever has packets asks
 * here first: what was told by then has been taken in.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

export interface KeyLogIntake {
  /** Takes in what was told so far. */
  take(): void
  close(): void
}

/** `add` gets lines of the NSS key log format. */
export function startKeyLogIntake(port: MessagePort, add: (lines: string) => void): KeyLogIntake {
  const take = () => {
    for (let told = receiveMessageOnPort(port); told !== undefined; told = receiveMessageOnPort(port)) {
      add(String(told.message))
    }
  }
  // Where there are no packets nobody asks, and lines must not pile up.
  port.on('message', (line: unknown) => add(String(line)))
  // The channel to the main thread holds this one; secrets need not.
  port.unref()
  return { take, close: () => port.close() }
}

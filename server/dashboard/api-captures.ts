/** The shapes of capture files on the REST API: those that are opened, and recordings. Types only, for `web/` too. */
import type { HeartbeatNode, ServiceNode, Time } from './api.ts'

/** `GET /api/captures`, and the answer to `POST /api/captures?name=` (the file's bytes as the body). */
export interface CaptureNode {
  /** What `capture=` takes: `live`, or a number as text. */
  id: string
  name: string
  state: 'live' | 'reading' | 'ready'
  run: string
  packets: number
  first: number
  last: number
  evicted: number
  bytes: number
  /** What the reader had to say about the file, such as a record that was cut short. */
  notes: string[]
  /** Names of hosts that the file knows, by address. */
  hosts: Record<string, string>
  /** The lab that the file was recorded in; null where it is from elsewhere, and for the live capture. */
  session: SessionOfFile | null
}

/** The lab that a capture file is from, as it was then. */
export interface SessionOfFile {
  /** Of the program that wrote it. */
  version: string
  run: string
  startedAt: Time
  network: 'kernel' | 'lab'
  /** The end of the lab network's cables that was looked from. */
  at: 'client' | 'server' | null
  /** Only packets that a filter let through are in the file. */
  filtered: boolean
  services: ServiceNode[]
  heartbeat: HeartbeatNode
}

/** `GET|POST|DELETE /api/recording`: what is seen, written to files as it comes. */
export interface RecordingNode {
  state: 'off' | 'running' | 'stopping' | 'failed'
  /** Where the files are, on the machine that the lab runs on. */
  folder: string
  /** The one that is written to now, or was last; null before the first. */
  file: string | null
  /** How many files there are of it. */
  files: number
  /** In those files. */
  bytes: number
  packets: number
  /** Packets that came faster than they could be written. */
  missed: number
  startedAt: Time | null
  /** Set when it has ended, by itself or because it was told to. */
  endedAt: Time | null
  /** Why it ended by itself. */
  problem: string | null
}

/** `POST /api/recording`. */
export interface RecordingRequest {
  at?: 'client' | 'server'
  filter?: string
  /** Bytes at which the next file begins; 100 MB when left out. */
  rotate?: number
  /** Files that are kept, the oldest go; 10 when left out. */
  keep?: number
}

export interface CaptureList {
  captures: CaptureNode[]
}

/** `POST /api/captures/:id/secrets` (a key log as text): what became of it. */
export interface SecretsTaken {
  /** Secrets that were not known before. */
  added: number
  /** Lines that are none. */
  malformed: number
  /** The capture was read anew with them, so its `run` has changed. */
  again: boolean
}

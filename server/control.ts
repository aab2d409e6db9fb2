/** What the main thread (services, child processes) and the observer thread say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { CaptureStatus, EndpointNode, ServiceNode, Time } from './dashboard/api.ts'
import type { TransportId } from './dashboard/api-compare.ts'
import type { CableHold, LabNetworkNode, NetworkPatch } from './dashboard/api-network.ts'
import type { EventBatch } from './event-relay.ts'

/** Asked by the observer, answered by the main thread. */
export interface BenchRequests {
  /**
   * Opens echo services and a hub of their own on fresh ports for a lab run; the keys are TCP, UDP, WS, HUB, TLS, CLOSED,
   * LISTEN and DOOR, with more than one of `places` LISTEN2 and DOOR2 and so on. A port is the same number on the lab
   * network and at the door to it, but for LISTEN: clients reach the learner's server by DOOR, and on the kernel's
   * network the two are one.
   */
  openRun(request: {
    id: string
    places: number
  }): Promise<{ ports: Record<string, number>; services: ServiceNode[] }>
  /** Ends what the run has opened and started, and lets its cable go. */
  closeRun(request: { id: string }): Promise<void>
  /**
   * Does something to the cable in the name of a run, instead of what it did before, on top of the user's settings;
   * null lets it go, and so does the end of the run, or of `forMs` milliseconds. Chosen fates meet only frames on the
   * run's own ports. Answers with when, in epoch milliseconds with fractions. Rejects with a NetworkError's code when
   * the run is over or there is no such cable.
   */
  holdCable(request: { id: string; cable: CableHold | null; forMs?: number }): Promise<{ since: number }>
  /**
   * Starts a program for a run, with its ports in its environment and the lab's cast beside it, instead of the one that
   * was started before. It ends with the run, or after two minutes; `program` tells what it prints. `file` is absolute.
   */
  runProgram(request: {
    run: string
    file: string
    cast: { path: string; plays: 'server' | 'clients' } | null
    ports: Record<string, number>
  }): Promise<void>
  /** Sends one message over a transport from a client of our own and waits for the echo. */
  exchange(request: {
    transport: TransportId
    message: string
    timeoutMs: number
    /** A lab run whose services are meant; the fixed ones when left out. */
    run?: string
  }): Promise<Exchange>
  setHeartbeat(request: { pingInterval: number; pingTimeout: number }): Promise<void>
  /** Starts the capture child anew after its remedy was applied. */
  retryCapture(request: Record<string, never>): Promise<void>
  /** Rejects with the code `no-lab-network` on the kernel's network; so does `patchNetwork`. */
  network(request: Record<string, never>): Promise<LabNetworkNode>
  /** Rejects with a NetworkError's code, `field` and `expected` when the patch is wrong; nothing is changed then. */
  patchNetwork(patch: NetworkPatch): Promise<LabNetworkNode>
}

export interface Exchange {
  reply: string | null
  /** Local sockets the client used: the flows are found by these. */
  clients: EndpointNode[]
  server: EndpointNode
  transport: 'tcp' | 'udp'
  /** Seconds from connect() to the reply. */
  programTime: number | null
  error: string | null
}

/** Told by the main thread. `events` is sent as a request: its answer says that the batch was taken in. */
export interface BenchNotices {
  events(batch: EventBatch): void
  /** The capture child's state, as the main thread knows it; frames come over the observer's own socket. */
  capture(status: Omit<CaptureStatus, 'packets' | 'droppedByUs'>): void
  services(services: ServiceNode[]): void
  heartbeat(heartbeat: { pingInterval: number; pingTimeout: number }): void
  /** Of a program that was started for a run: its processes so far (none when nothing is new), what it printed. */
  program(news: { run: string; pids: number[]; lines: string[]; ended: boolean }): void
  lag(lag: { last: number; worst: number }): void
  /**
   * The lab network's settings, hosts or cables have changed; at most 20 times a second, and at once when a host of a
   * lab's run has joined. The newest state is last.
   */
  network(network: LabNetworkNode): void
  /** Stop listening, end every connection, then let the thread end. Answered when done. */
  close(request: Record<string, never>): Promise<void>
}

/** Told by the observer. */
export interface ObserverNotices {
  /** The dashboard listens, and so does the socket for frames: the capture child may start. */
  ready(ready: { run: string; port: number; hosts: string[] }): void
  /** It can't start; the thread ends after this. `code` is Node's, such as EADDRINUSE, or one of ours. */
  failed(failure: { code: string; message: string }): void
}

/** The Worker's `workerData`. */
export interface ObserverStart {
  /** Our end of the channel (`channel.ts`): we serve BenchNotices, and ask BenchRequests and ObserverNotices. */
  port: MessagePort
  /** Where to listen for the capture child's bytes: a Unix socket's path, on Windows a named pipe's. One connection at a time. */
  framesPath: string
  /**
   * Listen on `hosts`, on a port that was free a moment ago; `names` are the host names and addresses by
   * which a browser may call it (`Access`).
   */
  dashboard: { hosts: string[]; names: string[]; port: number; token: string | null }
  network: 'kernel' | 'lab'
  /** Our end of the lab network's tap (`capture/lab-network.ts`); null on the kernel's network. */
  labFrames: MessagePort | null
  /** Where the services' TLS secrets come in, a line of the NSS key log format a message (`capture/key-log-intake.ts`). */
  keyLog: MessagePort
  limitBytes: number
  /** Where recordings go that are started from the dashboard: an absolute path. */
  recordFolder: string
  /** Labs beside the built-in ones, an absolute path; null for none. */
  labsFolder: string | null
  /** Where the learner is: their files and progress are in `wirelab-labs` there; null for nowhere. An absolute path. */
  learnersFolder: string | null
  version: string
  startedAt: Time
  services: ServiceNode[]
  heartbeat: { pingInterval: number; pingTimeout: number }
}

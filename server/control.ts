/** What the main thread (services, child processes) and the observer thread say to each other. */
import type { CaptureStatus, EndpointNode, ServiceNode, TransportId } from './dashboard/api.ts'
import type { ApplicationEvent } from './services/application-events.ts'

/** Asked by the observer, answered by the main thread. */
export interface BenchRequests {
  /** Opens echo services and a hub of their own on fresh ports for a lab run; the keys are TCP, UDP, WS, HUB. */
  openRun(request: { id: string }): Promise<{ ports: Record<string, number>; services: ServiceNode[] }>
  closeRun(request: { id: string }): Promise<void>
  /** Sends one message over a transport from a client of our own and waits for the echo. */
  exchange(request: { transport: TransportId; message: string; timeoutMs: number }): Promise<Exchange>
  setHeartbeat(request: { pingInterval: number; pingTimeout: number }): Promise<void>
  /** Starts the capture child anew after its remedy was applied. */
  retryCapture(request: Record<string, never>): Promise<void>
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

/** Told by the main thread, without an answer. */
export interface BenchNotices {
  events(batch: { events: ApplicationEvent[]; dropped: number }): void
  /** The capture child's state, as the main thread knows it; frames come over the observer's own socket. */
  capture(status: Omit<CaptureStatus, 'packets' | 'droppedByUs'>): void
  services(services: ServiceNode[]): void
  lag(lag: { last: number; worst: number }): void
}

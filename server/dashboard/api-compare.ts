/** The shapes of a comparison, one message over every transport, on the REST API. Types only, for `web/` too. */

export type TransportId = 'tcp' | 'udp' | 'websocket' | 'socket.io-polling' | 'socket.io-websocket'

/** `POST /api/compare`. */
export interface CompareRequest {
  message: string
  /** All five when left out. */
  transports?: TransportId[]
}

/** What that is answered with. */
export interface CompareResult {
  message: string
  messageBytes: number
  /** False where there is no capture: then only `echoTime` as the program saw it is known. */
  captured: boolean
  note: string | null
  transports: CompareTransport[]
}

export interface CompareTransport {
  id: TransportId
  name: string
  /** Set when this transport could not be run, and why. */
  error: string | null
  flows: string[]
  /** Seconds from connect() to the echo in the program's hands. */
  programTime: number | null
  wire: CompareWire | null
}

/** All read off captured frames. */
export interface CompareWire {
  packets: number
  bytes: {
    link: number
    ip: number
    transport: number
    framing: number
    session: number
    payload: number
    total: number
  }
  /** Full round trips between the first frame and the first frame that carries the message. */
  roundTripsBefore: number
  /** Seconds from the frame with the message to the frame with its echo. */
  echoTime: number | null
  /** Seconds from the first frame to the echo. */
  totalTime: number | null
  /** For the ladder: each frame, seconds from the transport's first. */
  frames: { number: number; at: number; fromClient: boolean; length: number; label: string; osi: number }[]
}

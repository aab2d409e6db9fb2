/**
 * What the lab network tells whoever looks at it: each frame once when it enters a cable, with the fate that
 * the cable has decided for it, and again when it comes out at the other end.
 */

/**
 * What befell a frame on its cable; several may hold at once. `reordered`: it came out before one that went in
 * earlier. `delayed`: somebody chose to hold it back. `lost` to `cut` mean that it never arrives.
 */
export type Fate =
  | 'delivered'
  | 'corrupted'
  | 'duplicated'
  | 'reordered'
  | 'delayed'
  | 'lost'
  | 'queue full'
  | 'cut'

/**
 * `up` is towards the server. On a cable between two clients, or between routers, `up` is the way from the one
 * that was named first.
 */
export type Direction = 'up' | 'down'

/** A frame entering a cable. `bytes` are Ethernet, without preamble and FCS; only good until the call returns. */
export interface Departure {
  /** Counts up from 0; `arrived` names it. */
  readonly id: number
  /**
   * `server`: the impaired one; of a further server, its name. `clients`: what never meets a server's cable. With
   * routers also `r1-r2` and its like.
   */
  readonly cable: string
  readonly direction: Direction
  /** On the network's clock. */
  readonly time: number
  readonly bytes: Uint8Array
  readonly fates: readonly Fate[]
  /** Frames that waited in this direction's queue when it came. */
  readonly queue: number
  /** Milliseconds from here to the other end as decided, waiting and sending included; undefined if it never arrives. */
  readonly delay: number | undefined
  /** Bits a second at which this direction sends; 0, or left out, for as fast as it goes. */
  readonly rate?: number
}

export interface Tap {
  departed(departure: Departure): void
  /**
   * It came out, at `time`; twice for a duplicated one. `received` are its bytes where they are not those that
   * departed (corrupted); only good until the call returns.
   */
  arrived(id: number, time: number, received: Uint8Array | undefined): void
}

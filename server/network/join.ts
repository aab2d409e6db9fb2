/** How somebody from outside takes part in the lab network: frames in, frames out. */

/** A host whose program runs somewhere else. */
export interface JoinOptions {
  readonly name: string
  readonly role: 'client' | 'server'
  /** The lab run that it belongs to. */
  readonly run?: string
  /** Takes a frame that arrives for it. */
  send(frame: Uint8Array): void
}

export interface Joined {
  readonly address: number
  readonly mac: number
  readonly prefix: number
  readonly gateway?: number
  /** A frame that it sends. One that is too short or too long for Ethernet is dropped. */
  receive(frame: Uint8Array): void
  /** May be called again. */
  leave(): void
}

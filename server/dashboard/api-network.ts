/** The lab network's shapes on the REST API and the live feed. Types only, for `web/` too. */
import type { EndpointNode, Time } from './api.ts'

export interface TransitNode {
  /** `server` is the impaired one. */
  cable: string
  /** `up` is towards the server. */
  direction: 'up' | 'down'
  sentAt: Time
  /** None while it travels and if it never comes out; two if it was duplicated. */
  arrivals: Time[]
  /** Seconds on the cable as decided; null if it never arrives. */
  delay: number | null
  /** Frames before it in the queue. */
  queue: number
  /** False when a capture at the chosen end (`at`) would not show it. */
  seen: boolean
}

/** netem's names; what the server's cable does in one direction. */
export interface ImpairmentsNode {
  /** Bits a second; 0 for no limit. */
  rate: number
  /** Seconds. */
  delay: number
  jitter: number
  /** Shares from 0 to 1. */
  loss: number
  /** Mean length of a burst of losses, in frames; 0 or 1 for losses one by one. */
  burst: number
  duplicate: number
  corrupt: number
  reorder: number
  /** Frames that may wait. */
  limit: number
}

export interface HostNode {
  name: string
  mac: string
  address: string
  kind: 'server' | 'client' | 'router'
  /**
   * `direct`: the lab's own services. `gateway`: stands for programs on `remote`, whose own sockets end at the
   * gateway. `joined`: a program that is this host (`wirelab/net`). `demo`: a client of ours. `exit`: stands for a
   * server outside.
   */
  door: 'direct' | 'gateway' | 'joined' | 'demo' | 'exit' | 'router'
  /** The address outside that it stands for; null where it stands for itself. */
  remote: string | null
  /** The lab run in which a joined program was started. */
  run?: string
  /** Open TCP connections; null where only the program itself knows. */
  connections: number | null
}

export interface CableNode {
  /** `server`, `r1-r2`, … */
  name: string
  between: [string, string]
  cut: boolean
  /** Frames in it or waiting for it now. */
  inside: number
}

/** A fate that somebody chose for frames to come, instead of leaving it to chance. */
export interface ChosenFateNode {
  id: number
  direction: 'up' | 'down'
  /** Which frames count: TCP segments with data, pure ACKs, and so on; `last`: one with PSH whose sender has no more to send. */
  match: 'any' | 'data' | 'ack' | 'syn' | 'fin' | 'last' | 'udp'
  /** Of this conversation alone, by the client's lab address and port; null: the first that matches fixes it; `any`: all. */
  flow: EndpointNode | 'any' | null
  /** Only in conversations with these ports of servers; null: with any. */
  ports: number[] | null
  /** The n-th of them from now, from 1. */
  nth: number
  /** How many from there; null for all until it is taken away. */
  count: number | null
  fate: 'lost' | 'corrupted' | 'duplicated' | 'delayed'
  /** For `delayed`: seconds more. */
  delay: number | null
  /** Frames that it has met so far, of how many that matched. */
  met: number
  matched: number
}

export interface PresetNode {
  id: string
  name: string
  /** What it stands for and where the numbers are from, in a sentence or two. */
  about: string
  up: ImpairmentsNode
  down: ImpairmentsNode
  cut: boolean
}

/** `GET /api/network`: what carries the packets; on the kernel's network nothing but that. */
export type NetworkNode = { network: 'kernel' } | LabNetworkNode

export interface LabNetworkNode {
  network: 'lab'
  topology: 'switch' | 'router'
  seed: number
  up: ImpairmentsNode
  down: ImpairmentsNode
  /** The preset that these are; null for any other setting. */
  preset: string | null
  presets: PresetNode[]
  hosts: HostNode[]
  cables: CableNode[]
  chosen: ChosenFateNode[]
  /** What `undo: true` would do, in words: `back to Café Wi-Fi`; null when there is nothing. */
  undo: string | null
}

/**
 * `PATCH /api/network`: any of these, applied in this order. Values may be text with a unit, as on the command
 * line: `"5%"`, `"20ms"`, `"1mbit"`.
 */
export interface NetworkPatch {
  undo?: true
  preset?: string
  up?: Partial<Record<keyof ImpairmentsNode, number | string>>
  down?: Partial<Record<keyof ImpairmentsNode, number | string>>
  /** Cable names. */
  cut?: string[]
  plugIn?: string[]
  choose?: Partial<Omit<ChosenFateNode, 'id' | 'met' | 'matched'>>[]
  /** Ids of chosen fates to take away; `all` for every one. */
  unchoose?: number[] | 'all'
  seed?: number
}

/** What somebody else than the user, a lab, does to the cable for a while: it never becomes the user's own setting. */
export type CableHold = Pick<NetworkPatch, 'up' | 'down' | 'cut' | 'plugIn' | 'choose'>

/** One end's state at one moment; bytes and milliseconds. None of it but what a header carries is ever on the wire. */
export interface SampleNode {
  /** Epoch milliseconds with fractions. */
  time: number
  because: 'state' | 'ack' | 'retransmission' | 'timeout' | 'asked'
  state: string
  sndUna: number
  sndNxt: number
  sndWnd: number
  rcvNxt: number
  rcvWnd: number
  cwnd: number
  /** Null before the first loss. */
  ssthresh: number | null
  srtt: number | null
  rttvar: number | null
  rto: number
  inFlight: number
  retransmissions: number
  recovery: 'open' | 'fast recovery' | 'rto recovery'
}

/** `GET /api/flows/:id/samples`: what each end knew of itself, oldest first; bounded, the oldest go. */
export interface FlowSamples {
  flow: string
  client: SampleNode[]
  server: SampleNode[]
  /** Why there are none; null when there are. */
  note: string | null
}

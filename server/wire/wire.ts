/**
 * `import { wire } from 'wirelab'`: an impaired lab network in front of any TCP or UDP server, for tests. Connect
 * to the wire instead of the server: every frame in between is real, and meets the fate that the test chose.
 *
 *     program ─► 127.0.0.1:port ─► client host ═ impaired cable ═ server host ─► the server
 */
import type { ChosenFateNode } from '../dashboard/api-network.ts'
import { UsageError } from '../errors.ts'
import { WallClock } from '../network/clock.ts'
import type { Impairments } from '../network/impairments.ts'
import { LabNetwork } from '../network/lab-network.ts'
import type { Tally } from '../network/link.ts'
import type { Direction } from '../network/tap.ts'
import type { Trace } from '../trace/trace.ts'
import { Recording, saveTrace } from './recording.ts'
import { findFrames, framesSeen, type SeenOptions, type WireFrame } from './seen.ts'
import { openDoors, urlHost } from './wire-doors.ts'
import {
  type Naming,
  OPTION_NAMES,
  readWireOptions,
  readWireSettings,
  type Settings,
  type WireOptions,
  type WirePlan,
  type WireSettings,
} from './wire-options.ts'
import { WireTrace } from './wire-trace.ts'

export type { Row } from '../dashboard/api.ts'
export { FilterError, NetworkError, NotSeenError, PortInUseError, StartError, UsageError } from '../errors.ts'
export type { Tally } from '../network/link.ts'
export type { Fate } from '../network/tap.ts'
export type { SeenOptions, WireFrame } from './seen.ts'
export type { WireImpairments, WireOptions, WirePreset, WireSettings } from './wire-options.ts'

/**
 * A fate for frames to come. Left out: `up`, `data`, the first conversation that matches, the first of them, one,
 * `lost`. `data` counts segments with bytes never sent before, so that a retransmission isn't another one.
 */
export type WireChoice = Partial<Omit<ChosenFateNode, 'id' | 'met' | 'matched' | 'flow'>> & {
  /** `any` for all conversations; the first that matches when left out. */
  flow?: 'any'
}

export interface Wire {
  /** Where to connect to instead of the server. */
  readonly host: string
  /** TCP and UDP. */
  readonly port: number
  /** `http://host:port`, for servers that speak it. */
  readonly url: string
  /** The same seed and the same traffic meet the same fates. */
  readonly seed: number
  /** Frames that the cable was offered so far, both ways. */
  readonly frames: number
  /** How often each fate was met so far. */
  readonly fates: { readonly up: Readonly<Tally>; readonly down: Readonly<Tally> }
  /** Frames that came to the trace so far: to look only at what comes later, see `SeenOptions.after`. */
  readonly last: number
  /** Changes impairments from the next frame on. Throws a UsageError with everything that is wrong. */
  set(settings: WireSettings): void
  /** Chooses a fate; returns the number by which it can be taken back. Throws a NetworkError. */
  choose(choice: WireChoice): number
  unchoose(id: number | 'all'): void
  /** What is offered from now on is gone; what is on the cable arrives. */
  cut(): void
  plugIn(): void
  /** The frames held that match a display filter, oldest first. Throws a FilterError. */
  find(filter: string): WireFrame[]
  /**
   * Waits until so many frames match; those that are there already count. Rejects with a NotSeenError that says what
   * was seen instead.
   */
  seen(filter: string, options?: SeenOptions): Promise<WireFrame[]>
  /** What was seen, as pcapng, with each frame's fate as a comment. Overwrites. */
  save(path: string): Promise<void>
  /** Ends every connection; resolves when the ports are free and the file is whole. May be called again. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Puts a wire in front of a server; resolves when it takes connections. The server need not be there yet: until it
 * is, connections are refused. Rejects with a UsageError that lists everything that is wrong with the options, with a
 * PortInUseError or a StartError.
 */
export async function wire(options: WireOptions): Promise<Wire> {
  return openWire(readWireOptions(options), OPTION_NAMES)
}

/** A wire with its insides, for commands that are made of one. */
export interface OpenWire extends Wire {
  readonly trace: Trace
  readonly recording: Recording | undefined
  /** What it does to frames now, each way. */
  readonly impairments: Readonly<Record<Direction, Impairments>>
}

/** As `wire`, of options that are read; `named`: what they are called in messages. */
export async function openWire(plan: WirePlan, named: Naming): Promise<OpenWire> {
  const clock = new WallClock()
  const watch = new WireTrace({ clock, topology: plan.topology, at: plan.at, limitBytes: plan.limitBytes })
  const { trace } = watch
  const { write } = plan
  const recording = write === undefined ? undefined : await Recording.open({ ...plan, write }, trace, named)
  const { seed, topology } = plan
  const tap = plan.watched ? watch : undefined
  const network = new LabNetwork({ clock, seed, topology, tap })
  const apply = ({ up, down, cut }: Settings) => {
    network.patch({
      up: { ...up },
      down: { ...down },
      ...(cut ? { cut: ['server'] } : { plugIn: ['server'] }),
    })
  }
  apply(plan)
  const doors = await openDoors({ ...plan, network, clock, named, pressure: recording }).catch(
    async (error) => {
      network.close()
      await recording?.close()
      throw error
    },
  )

  let closed: Promise<void> | undefined
  const end = async () => {
    await doors.close()
    network.close()
    watch.close()
    await recording?.close()
  }
  const close = () => {
    closed ??= end()
    return closed
  }
  const isCut = () => network.describe().cables.some(({ name, cut }) => name === 'server' && cut)
  return {
    trace,
    recording,
    get impairments() {
      return { up: network.impairments('up'), down: network.impairments('down') }
    },
    host: plan.host,
    port: doors.port,
    url: `http://${urlHost(plan.host)}:${doors.port}`,
    seed,
    get frames() {
      return network.tally('up').frames + network.tally('down').frames
    },
    get fates() {
      return { up: network.tally('up'), down: network.tally('down') }
    },
    get last() {
      return trace.last
    },
    set(settings) {
      const before = { up: network.impairments('up'), down: network.impairments('down'), cut: isCut() }
      apply(readWireSettings(settings, before))
    },
    choose(choice) {
      if (closed !== undefined) throw new UsageError('the wire is closed')
      network.patch({ choose: [choice] })
      return Math.max(...network.describe().chosen.map(({ id }) => id))
    },
    unchoose: (id) => network.patch({ unchoose: id === 'all' ? id : [id] }),
    cut: () => network.patch({ cut: ['server'] }),
    plugIn: () => network.patch({ plugIn: ['server'] }),
    find: (filter) => findFrames(trace, filter),
    seen: (filter, options) => framesSeen(trace, filter, options),
    save: (path) => saveTrace(trace, path, plan.at),
    close,
    [Symbol.asyncDispose]: close,
  }
}

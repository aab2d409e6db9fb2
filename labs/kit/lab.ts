/**
 * What a lab's `check.ts` is written with. A check looks at the learner's own packets and nothing else:
 * what a program prints proves nothing, what it sent does.
 */

import type { CableHold } from '../../server/dashboard/api-network.ts'

/** A field's value as a check compares it; bytes are lower-case hex. */
export type FieldValue = string | number | boolean

/** One packet of the learner's run. */
export interface Sighting {
  /** Its number in the capture, to name it by: `packet 12`. */
  readonly number: number
  /** `tcp.3`; null outside a conversation. */
  readonly flow: string | null
  readonly fromClient: boolean | null
  readonly info: string
  /** Every value the packet has for a field's name, such as `tcp.flags.fin`. */
  values(field: string): readonly FieldValue[]
}

/** The learner's traffic since the run began, on the run's own ports. */
export interface RunView {
  /**
   * By name: TCP, UDP, WS, HUB (services of the run), LISTEN (for the learner's server), DOOR (where its clients call;
   * on the cable they arrive at LISTEN), CLOSED (nobody's).
   */
  readonly ports: Readonly<Record<string, number>>
  /** Packets that match a display filter, in order of capture; `$TCP` stands for the run's port. */
  find(filter: string): readonly Sighting[]
  /** What the lab did to the cable for a step in this run, in order; the last of it may be going on. */
  held(step: string): readonly Held[]
}

/** Once that a lab did something to the cable. */
export interface Held {
  /** What made it do so; null where the step begins with it. */
  readonly packet: Sighting | null
  /** Epoch seconds, as `frame.time_epoch`. */
  readonly since: number
  /** When it is over; infinite for what lasts as long as the step. */
  readonly until: number
}

/**
 * What the lab does to the server's cable while a step is the first wire step that is open. It is on top of the
 * learner's own settings, and is taken back when the step is ticked, another comes before it, or the run ends.
 */
export interface StepCable extends CableHold {
  /**
   * Held back until this packet has been seen, and done once for each conversation in which it is. Left out: it is
   * done as soon as the step's turn comes.
   */
  readonly when?: (run: RunView) => Sighting | undefined
  /** Taken back after so long already. */
  readonly forSeconds?: number
  /** What the learner is told: while the lab waits, while it holds, and behind that. */
  readonly words: { readonly before?: string; readonly during: string; readonly after?: string }
}

export type NetworkId = 'kernel' | 'lab'

/** What a wire step came to: ticked by a packet, or what was seen instead. */
export type Verdict =
  | { readonly done: true; readonly packet: number }
  | { readonly done: false; readonly seen?: string; readonly packet?: number }

/** A packet that is nearly it, and what to say about it. */
export interface NearMiss {
  readonly filter: string
  says(packet: Sighting): string
}

/** A step that ticks when the wire has shown it. Its title and text are the README's section of the same place. */
export interface WireStep {
  readonly kind: 'wire'
  readonly id: string
  /** What is looked for, in words. */
  readonly lookedFor: string
  /** One display filter, or several that must match in this order within one conversation. */
  readonly evidence: string | readonly string[]
  /** For what a filter alone can't say; replaces the search for `evidence`, which is then only shown. */
  readonly verify?: (run: RunView) => Verdict
  /** Tried in order while the step is open; the first that matches gives the words. */
  readonly otherwise?: readonly NearMiss[]
  readonly hints?: readonly string[]
  /** Where it can be shown, if not wherever the lab can: elsewhere the step is left out. */
  readonly networks?: readonly NetworkId[]
  /** Only where `networks` is the lab network alone. */
  readonly cable?: StepCable
}

/** The right answer, as the learner's own packets have it. */
export interface Truth {
  readonly value: string | number
  /** The packet that shows it. */
  readonly packet: number
  /** Said with a right answer, and after a wrong one. */
  readonly because: string
}

/** A question asked before the wire shows the answer, graded against the learner's own traffic. */
export interface PredictStep {
  readonly kind: 'predict'
  readonly id: string
  /** Left out for a number or a word to type. */
  readonly choices?: readonly string[]
  /** Undefined until the packets that decide have come. */
  truth(run: RunView): Truth | undefined
  /** Replies to well-known wrong answers, by the answer in lower case. */
  readonly replies?: Readonly<Record<string, (truth: Truth) => string>>
  readonly hints?: readonly string[]
  /** As a wire step's. */
  readonly networks?: readonly NetworkId[]
}

export type Step = WireStep | PredictStep

export interface LabDefinition {
  readonly number: number
  readonly title: string
  /** One sentence for the list. */
  readonly summary: string
  /** How long it takes, about. */
  readonly minutes: number
  /** Networks on which what it teaches can be seen. */
  readonly networks: readonly NetworkId[]
  /** A program of the lab's own that runs beside the learner's, in the lab's folder without its ending. */
  readonly cast?: string
  readonly steps: readonly Step[]
}

/** Declares a lab. */
export function lab(definition: LabDefinition): LabDefinition {
  return definition
}

/**
 * What a lab's `check.ts` is written with. A check looks at the learner's own packets and nothing else:
 * what a program prints proves nothing, what it sent does.
 */

import type { CableHold, SampleNode } from '../../server/dashboard/api-network.ts'

/** A field's value as a check compares it; bytes are lower-case hex. */
export type FieldValue = string | number | boolean

/** One packet of the learner's run. */
export interface Sighting {
  /** Its number in the capture, to name it by: `packet 12`. */
  readonly number: number
  /** `tcp.3`; null outside a conversation. */
  readonly flow: string | null
  readonly fromClient: boolean | null
  /** Epoch seconds. */
  readonly time: number
  readonly info: string
  /** Every value the packet has for a field's name, such as `tcp.flags.fin`. */
  values(field: string): readonly FieldValue[]
}

/** The learner's traffic since the run began, on the run's own ports. */
export interface RunView {
  /**
   * By name: TCP, UDP, WS, HUB, TLS (services of the run), LISTEN (for the learner's server), DOOR (where its clients call;
   * on the cable they arrive at LISTEN), CLOSED (nobody's); LISTEN2, DOOR2 and so on where the lab has more `places`.
   */
  readonly ports: Readonly<Record<string, number>>
  readonly network: NetworkId
  /** Packets that match a display filter, in order of capture; `$TCP` stands for the run's port. */
  find(filter: string): readonly Sighting[]
  /** What the lab did to the cable for a step in this run, in order; the last of it may be going on. */
  held(step: string): readonly Held[]
  /**
   * What the senders of a TCP conversation knew of themselves (cwnd, ssthresh, RTO: never on the wire), oldest first.
   * Empty on the kernel's network.
   */
  samples(flow: string): { readonly client: readonly SampleNode[]; readonly server: readonly SampleNode[] }
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

export type Door = 'http' | 'tcp' | 'udp'

/** What a wire step came to: ticked by a packet, or what was seen instead. */
export type Verdict =
  | { readonly done: true; readonly packet: number }
  | { readonly done: false; readonly seen?: string; readonly packet?: number }

/** A packet that is nearly it, and what to say about it. */
export interface NearMiss {
  readonly filter: string
  says(packet: Sighting): string
}

/** A view of the dashboard. */
export type View =
  | 'map'
  | 'ladder'
  | 'packets'
  | 'inspector'
  | 'heartbeats'
  | 'events'
  | 'who-heard'
  | 'flow'
  | 'compare'

/** Where the page is pointed at, for a step. */
export interface Look {
  readonly view: View
  /** A display filter, with `$TCP` and its like; left out, the step's evidence. */
  readonly filter?: string
  /** The end of the cable whose capture is looked at; left out, the client's. The kernel's network has that one alone. */
  readonly at?: 'client' | 'server'
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
  readonly look?: Look
  /** Done with netcat, a browser or the page's Send box: packets of any program count, not the learner's alone. */
  readonly byHand?: true
  /** Only where `networks` is the lab network alone. */
  readonly cable?: StepCable
  /** Id of a step before, whose `cable` is looked at here as well: one that was ticked in an earlier run does it again for this. */
  readonly cableOf?: string
  /** A Python program can't show it on the lab network, where it comes in by the door; the README names it below `## In Python`. */
  readonly beyondPython?: true
}

/** The right answer, as the learner's own packets have it. */
export interface Truth {
  readonly value: string | number
  /** Numbers that differ by no more than this are right as well; none when left out. */
  readonly within?: number
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
  /** The same for answers that are wrong in a way that only this run's numbers tell, such as the frame's length for the text's. */
  mistakes?(truth: Truth, run: RunView): Readonly<Record<string, string>>
  /** The same for measured numbers, of which a wrong one is only near to what it was taken for, such as bytes for bits. */
  nearly?(answer: number, truth: Truth, run: RunView): string | undefined
  /** As a wire step's: decided by packets of any program on the run's ports. */
  readonly byHand?: true
  /** A guess that only this later lab decides: any answer is taken, once there is a truth, and met with its `because`. */
  readonly later?: number
  readonly hints?: readonly string[]
  /** As a wire step's. */
  readonly networks?: readonly NetworkId[]
  readonly look?: Look
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
  /** Where hosts must be behind routers; else they are on one switch. */
  readonly topology?: 'router'
  /** Numbers of the labs whose words and ideas are taken for granted. */
  readonly assumes: readonly number[]
  readonly cast?: Cast
  /** How many servers of its own it has: LISTEN and DOOR for the first, LISTEN2 and DOOR2 for the second; 0 for none. 1 when left out. */
  readonly places?: number
  /** What is spoken at DOOR, where a server is to stand: the page says how to try it by hand. */
  readonly door?: Door
  /** True where the solution passes on a cable that loses 3 % of the frames as well. */
  readonly bearsLoss?: true
  readonly steps: readonly Step[]
  /** Programs that go wrong in one step, each in its way. */
  readonly wrongs: readonly Wrong[]
}

/** A program of the lab's own that runs beside the learner's. */
export interface Cast {
  /** Its file in the lab's folder, without the ending. */
  readonly program: string
  /**
   * `server`: it is started first, and the learner's program when it has said that it is ready; the play ends with the
   * learner's program. `clients`: it calls the learner's server, and the play ends when it leaves the stage.
   */
  readonly plays: 'server' | 'clients'
}

/** A program that fails a step, and what the learner is told of it. */
export interface Wrong {
  /** In the lab's folder: `wrong/aborts.mjs`. */
  readonly file: string
  /** The step's id. */
  readonly step: string
  /** What the step's `seen` has in it then. */
  readonly says: string
  /** One of the networks, if not any of the lab's. */
  readonly network?: NetworkId
  /** Where the lesson is in the difference: the dashboard offers it as "break it", with these words. */
  readonly lesson?: string
}

/** Declares a lab. */
export function lab(definition: LabDefinition): LabDefinition {
  return definition
}

/** The shapes of the labs on the REST API and the live feed. Types only, for `web/` too. */
import type { Door, View } from '../../labs/kit/lab.ts'
import type { Time } from './api.ts'

/** `GET /api/labs`. */
export interface LabList {
  labs: LabSummary[]
}

export interface LabSummary {
  /** Folder name, such as `01-layers`. */
  id: string
  number: number
  title: string
  summary: string
  minutes: number
  networks: ('kernel' | 'lab')[]
  /** Numbers of the labs that it takes for granted, and of those that take it for granted. */
  assumes: number[]
  unlocks: number[]
  steps: number
  /** Steps done, in this run or before. */
  done: number
  /** All of it was done once. */
  solved: boolean
  /** Why it can't be shown here, and how to start a Wirelab where it can; null where it can. */
  unfit: string | null
}

export interface LabStepNode {
  id: string
  /** Its place in the lab's text, from 1: there are gaps where the network can't show a step. */
  number: number
  title: string
  /** What to do, Markdown. */
  text: string
  kind: 'wire' | 'predict'
  state: 'open' | 'done'
  /** Done in an earlier run, not in this one. */
  earlier?: boolean
  /** A Python program can't show it on this network. */
  beyondPython?: true
  /** The display filter looked for, in the run's own ports: can be pasted into the filter bar. */
  filter: string | null
  /** What was looked for, in words; what was seen instead, naming the learner's packet. */
  lookedFor: string
  seen: string | null
  /** The packet that ticked it, or that the message is about. */
  packet: number | null
  /** What the lab does to the cable for this step, or is about to; null where that is nothing, now. */
  cable: string | null
  /** For `predict`: the question's choices (empty: a free number or word), and what was answered. */
  choices: string[]
  answer: string | null
  /** The reply to the answer, right or wrong. */
  reply: string | null
  hints: string[]
  /** Where to look on the page, at which end's capture, and the filter to set; null where the step says nothing of it. */
  look: { view: View; filter: string | null; at: 'client' | 'server' } | null
}

export interface LabDetail extends LabSummary {
  /** The lab's README, Markdown. */
  text: string
  stepList: LabStepNode[]
  /** The run in progress: its ports by variable name (`TCP`, `UDP`, `WS`, `HUB`, `LISTEN`, …); null before it is started. */
  run: LabRunNode | null
  /** What is spoken at the port DOOR; null where nobody is to listen there. */
  door: Door | null
  programs: LabProgramNode[]
}

/** A program of the lab's that can be started from the page. */
export interface LabProgramNode {
  /** `solution`, `exercise` (the learner's own) or one that goes wrong, such as `wrong/aborts.mjs`. */
  program: string
  title: string
  /** What the difference teaches, of one that goes wrong. */
  lesson: string | null
  /** Id of the step that it leaves open, of one that goes wrong. */
  step: string | null
}

/** A program that was started from the page in this run. */
export interface RunProgramNode {
  program: string
  state: 'running' | 'ended'
  /** The last lines that it printed. */
  output: string[]
}

export interface LabRunNode {
  id: string
  startedAt: Time
  ports: Record<string, number>
  /** Null in a run in which the page has started none. */
  program: RunProgramNode | null
  /** Whose it is and the name of its file, where it can be handed in (`GET /api/labs/:id/submission`); else null. */
  submission: { learner: string; file: string } | null
}

/** `POST /api/labs/:id/runs`. */
export interface RunRequest {
  /** Only this run counts, not what was done in earlier ones. */
  fresh?: boolean
  /** Whose run it is: the name is sent along in it, for a submission. */
  learner?: string
}

/** `PUT /api/labs/:id/programs`. */
export interface ProgramsRequest {
  /** Processes of the learner's, each the first of its process group: from now on only their conversations count. */
  pids: number[]
}

/** `POST /api/labs/:id/programs`: begins a run, and that program in it. */
export interface StartProgramRequest {
  program: string
}

/** `POST /api/labs/:id/answers`. */
export interface AnswerRequest {
  step: string
  answer: string
}

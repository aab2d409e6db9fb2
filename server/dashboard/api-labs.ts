/** The shapes of the labs on the REST API and the live feed. Types only, for `web/` too. */
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
  steps: number
  done: number
}

export interface LabStepNode {
  id: string
  title: string
  /** What to do, Markdown. */
  text: string
  kind: 'wire' | 'predict'
  state: 'open' | 'done'
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
}

export interface LabDetail extends LabSummary {
  /** The lab's README, Markdown. */
  text: string
  stepList: LabStepNode[]
  /** The run in progress: its ports by variable name (`TCP`, `UDP`, `WS`, `HUB`, `LISTEN`, …); null before it is started. */
  run: { id: string; startedAt: Time; ports: Record<string, number> } | null
}

/** `POST /api/labs/:id/answers`. */
export interface AnswerRequest {
  step: string
  answer: string
}

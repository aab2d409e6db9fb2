/** How a step is judged from the learner's packets. */
import type { PredictStep, RunView, Sighting, Truth, Verdict, WireStep } from './lab.ts'

/** Judges a wire step: its own `verify`, or its filters in order. */
export function judge(step: WireStep, run: RunView): Verdict {
  try {
    const verdict = step.verify ? step.verify(run) : searchInOrder(step.evidence, run)
    if (verdict.done || verdict.seen !== undefined) return verdict
    return insteadOf(step, run)
  } catch (error) {
    return { done: false, seen: atFault(error) }
  }
}

/** The filters must match in their order, each after the one before, within one conversation. */
function searchInOrder(evidence: string | readonly string[], run: RunView): Verdict {
  const filters = typeof evidence === 'string' ? [evidence] : evidence
  const [first, ...rest] = filters.map((filter) => run.find(filter))
  for (const start of first ?? []) {
    let at: Sighting | undefined = start
    for (const matches of rest) {
      const after: number = at.number
      at = matches.find((next) => next.number > after && next.flow === start.flow)
      if (at === undefined) break
    }
    if (at !== undefined) return { done: true, packet: at.number }
  }
  return { done: false }
}

/** What was seen instead, in the words of the learner's own packet. */
function insteadOf(step: WireStep, run: RunView): Verdict {
  for (const miss of step.otherwise ?? []) {
    const packet = run.find(miss.filter).at(-1)
    if (packet !== undefined) return { done: false, seen: miss.says(packet), packet: packet.number }
  }
  const last = run.find('frame').at(-1)
  if (last === undefined) return { done: false, seen: 'No packet of yours has come yet.' }
  return {
    done: false,
    seen: `The last of your packets was ${last.number}: ${last.info}`,
    packet: last.number,
  }
}

/** What an answer came to; `undecided` while the packets that decide have not come. */
export type Grade =
  | { readonly state: 'undecided'; readonly reply: string }
  | { readonly state: 'right' | 'wrong'; readonly reply: string; readonly packet: number }

export function grade(step: PredictStep, answer: string, run: RunView | undefined): Grade {
  try {
    return graded(step, answer, run)
  } catch (error) {
    return { state: 'undecided', reply: atFault(error) }
  }
}

/** A check that throws is not the learner's fault, and must not take the lab down. */
function atFault(error: unknown): string {
  return `This step's check is at fault: ${error instanceof Error ? error.message : String(error)}`
}

function graded(step: PredictStep, answer: string, run: RunView | undefined): Grade {
  const truth = run && step.truth(run)
  if (truth === undefined) {
    return { state: 'undecided', reply: 'Noted. Your own packets will say whether it is so.' }
  }
  const given = normalise(answer)
  const { packet } = truth
  if (step.later !== undefined) return { state: 'right', reply: truth.because, packet }
  if (isRight(given, truth)) return { state: 'right', reply: `Yes. ${truth.because}`, packet }
  const known =
    step.replies?.[given]?.(truth) ??
    (run && (step.mistakes?.(truth, run)[given] ?? step.nearly?.(Number(given), truth, run)))
  if (known === undefined && step.choices && !step.choices.some((choice) => normalise(choice) === given)) {
    return { state: 'wrong', reply: `One of the choices is asked for; found ${answer.trim()}.`, packet }
  }
  if (known === undefined && typeof truth.value === 'number' && Number.isNaN(Number(given))) {
    const reply = `A number alone is asked for${pointed(given)}; found ${answer.trim()}.`
    return { state: 'wrong', reply, packet }
  }
  return { state: 'wrong', reply: known ?? wrongReply(answer, truth), packet }
}

/** What a number with a decimal comma is to be written as. */
const pointed = (given: string) =>
  /^[+-]?\d*,\d+$/.test(given) ? `, with a point: ${given.replace(',', '.')}` : ''

function isRight(given: string, { value, within = 0 }: Truth): boolean {
  if (given === normalise(String(value))) return true
  return typeof value === 'number' && given !== '' && Math.abs(Number(given) - value) <= within
}

function wrongReply(answer: string, truth: Truth): string {
  return `Not ${answer.trim()}: look at packet ${truth.packet}, and answer again.`
}

/** Case, spaces and digit grouping don't matter; no group stands behind a 0 alone. */
function normalise(answer: string): string {
  return answer
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/(?<=\d)(?<!\b0)[,_ ](?=\d{3}\b)/g, '')
}

/** What a learner types in watch mode: a key, by its word or its first letters, or an answer as it is. */
import type { LabStepNode } from '../dashboard/api-labs.ts'

/** In the order in which they are shown; of two that begin alike the first is meant. */
export const KEYS = ['next', 'hint', 'list', 'run', 'solution', 'reset', 'quit'] as const
export type Key = (typeof KEYS)[number]

export type Typed =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'answer'; readonly answer: string }
  | { readonly kind: 'nothing' }
  /** Neither a key nor asked for. */
  | { readonly kind: 'unknown'; readonly text: string }

/**
 * `asked`: the question that is open, if there is one. One of its choices is an answer, also where it is a key as well;
 * so is a beginning that only one of them has, or only one by whole words, words that only one has, and whatever stands
 * behind `=`.
 */
export function readTyped(line: string, asked: Pick<LabStepNode, 'choices'> | undefined): Typed {
  const text = line.trim()
  if (text === '') return { kind: 'nothing' }
  if (asked !== undefined) {
    const behind = /^=\s*(.+)$/.exec(text)?.[1]
    if (behind !== undefined)
      return { kind: 'answer', answer: choiceOf(behind.toLowerCase(), asked.choices) ?? behind }
    const chosen = choiceOf(text.toLowerCase(), asked.choices)
    if (chosen !== undefined) return { kind: 'answer', answer: chosen }
  }
  const key = KEYS.find((each) => each.startsWith(text.toLowerCase()))
  if (key !== undefined) return { kind: 'key', key }
  return asked === undefined ? { kind: 'unknown', text } : { kind: 'answer', answer: text }
}

/** `2=14`: an answer to the step of that number, whichever is open; undefined of anything else. */
export function readNumbered<S extends Pick<LabStepNode, 'number' | 'choices'>>(
  line: string,
  steps: readonly S[],
): { readonly step: S; readonly answer: string } | undefined {
  const [, number, text] = /^\s*(\d+)\s*=\s*(.*\S)\s*$/.exec(line) ?? []
  const step = steps.find((each) => each.number === Number(number))
  if (step === undefined || text === undefined) return undefined
  return { step, answer: choiceOf(text.toLowerCase(), step.choices) ?? text }
}

/** What is said of an answer that is none of the choices: that it begins several of them, where it does. */
export function wordsOfNoChoice(answer: string, choices: readonly string[]): string {
  const begun = choices.filter((choice) => choice.toLowerCase().startsWith(answer.toLowerCase()))
  return begun.length > 1
    ? `“${answer}” is the beginning of ${begun.length} choices: type some more of the one that you mean.`
    : `One of the choices is asked for; found ${answer}.`
}

/** Fewer letters than these are a key's, where they begin one. */
const BEGINNING = 3

function choiceOf(text: string, choices: readonly string[]): string | undefined {
  const whole = choices.find((choice) => choice.toLowerCase() === text)
  const isKey = KEYS.some((key) => key === text || (text.length < BEGINNING && key.startsWith(text)))
  if (whole !== undefined || isKey) return whole
  const begin = choices.filter((choice) => choice.toLowerCase().startsWith(text))
  // Whole words before parts of one: 3 is `3 times`, not `30 times`.
  for (const rest of [/^[^\p{L}\p{N}]/u, /^/]) {
    const [begun, ...others] = begin.filter((choice) => rest.test(choice.slice(text.length)))
    if (begun !== undefined && others.length === 0) return begun
  }
  if (begin.length > 0) return undefined
  // Words from within: 40 is `about 40 ms`.
  const [within, ...others] = choices.filter((choice) => ` ${choice.toLowerCase()} `.includes(` ${text} `))
  return others.length === 0 ? within : undefined
}

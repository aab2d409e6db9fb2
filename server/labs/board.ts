/** A lab in the terminal, as text: the steps with their ticks, and what the first open one waits for. */
import { styleText } from 'node:util'
import type { LabDetail, LabStepNode, LabSummary } from '../dashboard/api-labs.ts'
import { fold, joinLines } from './fold.ts'
import { KEYS } from './keys.ts'

export interface BoardStyle {
  readonly colour: boolean
  /** How many hints of the first open step are shown. */
  readonly hints: number
  /** A terminal's width: what is prose is filled to it. */
  readonly columns?: number | undefined
  /** The only board of a run: nobody can type below it. */
  readonly once?: boolean
  /** The learner's program is in Python: steps that it can't show here are marked, and come last. */
  readonly python?: boolean
}

type NoteStyle = Pick<BoardStyle, 'colour' | 'columns'>

export function isSolved(lab: Pick<LabDetail, 'stepList'>): boolean {
  return lab.stepList.every((step) => step.state === 'done')
}

/** The step to do next: the first that is not done, after a guess that waits for its packets the one behind it. */
export function firstOpen(
  lab: Pick<LabDetail, 'stepList'>,
  style: Pick<BoardStyle, 'python'> = {},
): LabStepNode | undefined {
  const open = lab.stepList.filter((step) => step.state !== 'done')
  const possible = open.filter((step) => !isBeyond(step, style))
  return possible.find((step) => !isNoted(step)) ?? possible[0] ?? open[0]
}

const isBeyond = (step: LabStepNode, { python }: Pick<BoardStyle, 'python'>) =>
  python === true && step.beyondPython === true

/** A guess was made, and the packets that decide have not come: a wrong answer names its packet. */
function isNoted(step: LabStepNode): boolean {
  return step.kind === 'predict' && step.state !== 'done' && step.answer !== null && step.packet === null
}

export function renderBoard(lab: LabDetail, style: BoardStyle): string {
  const paint = painter(style)
  const lines = [
    '',
    `${paint('bold', `Lab ${two(lab.number)} · ${lab.title}`)}   ${lab.done} of ${lab.steps}`,
  ]
  lab.stepList.forEach((step) => {
    const mark = step.state === 'done' ? paint('green', '✔') : '·'
    const note = noteOf(step, style)
    lines.push(`  ${mark} ${step.number} ${step.title}${note === '' ? '' : paint('dim', `  ${note}`)}`)
  })
  const open = firstOpen(lab, style)
  // A guess may come before the step whose turn it is with the cable: what happens there is said all the same.
  const elsewhere = lab.stepList.find((step) => step.cable !== null && step !== open)
  if (elsewhere) {
    const about = paint('magenta', `The cable, for step ${elsewhere.number}: `)
    lines.push('', fold(`${about}${elsewhere.cable}`, style.columns))
  }
  return [...lines, ...(open ? openLines(open, style) : []), ''].join('\n')
}

function noteOf(step: LabStepNode, style: Pick<BoardStyle, 'once' | 'python'>): string {
  if (step.state === 'done')
    return step.packet !== null ? `packet ${step.packet}` : step.earlier ? 'earlier' : ''
  if (isBeyond(step, style)) return 'not in Python on the lab network'
  if (!isNoted(step)) return ''
  return style.once === true
    ? `noted: ${step.answer}; this run’s packets do not say`
    : `noted: ${step.answer}; your packets will say. To change it: ${step.number}=…`
}

function openLines(step: LabStepNode, style: BoardStyle): string[] {
  const paint = painter(style)
  const lines = ['', paint('bold', `Step ${step.number} · ${step.title}`), plain(step.text, style.columns)]
  const say = (line: string) => lines.push(fold(line, style.columns))
  if (step.kind === 'predict') {
    if (step.choices.length > 0) say(`Choices: ${step.choices.join(' | ')}`)
    if (step.reply) say(paint('yellow', step.reply))
    say(paint('dim', howToAnswer(step, style)))
  } else {
    if (step.cable) say(`${paint('magenta', 'The cable: ')}${step.cable}`)
    say(`${paint('dim', 'Looked for: ')}${step.lookedFor}`)
    if (step.seen) say(`${paint('yellow', 'Seen instead: ')}${step.seen}`)
    // To be copied: in one piece, where it ends the terminal goes on.
    if (step.filter) lines.push(paint('dim', `Filter: ${step.filter}`))
  }
  for (const hint of step.hints.slice(0, style.hints)) say(`${paint('cyan', 'Hint: ')}${hint}`)
  return lines
}

function howToAnswer({ choices, number }: LabStepNode, { once }: Pick<BoardStyle, 'once'>): string {
  const isChoice = choices.length > 0
  if (once === true)
    return `Answer with the next run: --answer '${number}=…'${isChoice ? ', one of them or its beginning.' : '.'}`
  return `Type ${isChoice ? 'one of them, or its beginning,' : 'your answer'} and press Enter.`
}

/** The answers that have turned out right since the lab was shown last: the board goes on to the next step. */
export function renderSettled(lab: LabDetail, before: LabDetail, style: Pick<BoardStyle, 'colour'>): string {
  const paint = painter(style)
  return lab.stepList
    .filter(({ id, kind, state, earlier }) => {
      const known = before.stepList.find((step) => step.id === id)
      return kind === 'predict' && state === 'done' && !earlier && known?.state !== 'done'
    })
    .map((step) => `\n${paint('green', `Step ${step.number}: `)}${step.reply ?? ''}\n`)
    .join('')
}

type Listed = Pick<LabSummary, 'number' | 'title' | 'summary' | 'minutes' | 'steps' | 'done'>

export function renderList(labs: readonly Listed[], style: NoteStyle): string {
  const paint = painter(style)
  const width = Math.max(0, ...labs.map((lab) => lab.title.length))
  return labs
    .map((lab) => {
      const mark = lab.done >= lab.steps ? paint('green', '✔') : lab.done > 0 ? paint('yellow', '◐') : '·'
      const standing = `${lab.done}/${lab.steps}`.padStart(5)
      const minutes = `${lab.minutes} min`.padStart(6)
      const rest = ` ${two(lab.number)} ${lab.title.padEnd(width)}  ${standing}  ${minutes}  `
      const summary = clip(lab.summary, (style.columns ?? Infinity) - rest.length - 1)
      return `${mark}${rest}${paint('dim', summary)}`
    })
    .join('\n')
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(0, length - 1)).trimEnd()}…` : text
}

/** Where the learner is: the first lab that was begun, else the first that wasn't; undefined when all are solved. */
export function nextLab<L extends Listed>(labs: readonly L[]): L | undefined {
  const open = labs.filter(({ done, steps }) => done < steps)
  return open.find(({ done }) => done > 0) ?? open[0]
}

/** Below the solved board: where a solution stands, and what the quick may try. */
export function renderSolved(lab: LabDetail, solution: string, style: NoteStyle): string {
  const paint = painter(style)
  const further = /\*\*Going further\.\*\*[\s\S]*?(?=\n\n|$)/.exec(lab.text)?.[0]
  return [
    `${paint('green', 'Solved.')} One way to write it: ${solution}`,
    ...(further ? ['', plain(further.trim(), style.columns)] : []),
  ].join('\n')
}

/** The last line: what can be typed. Their first letters stand out, those that do. */
export function renderKeys(style: NoteStyle): string {
  const paint = painter(style)
  const words = KEYS.map((key) =>
    key === 'reset' ? key : paint('underline', key.slice(0, 1)) + key.slice(1),
  )
  const about = paint('dim', 'a word or its first letter, or an answer; then Enter')
  return fold(`${words.join('  ')}   ${about}`, style.columns)
}

type Paint = Parameters<typeof styleText>[0]

export function painter(style: Pick<BoardStyle, 'colour'>): (format: Paint, text: string) => string {
  return (format, text) => (style.colour ? styleText(format, text) : text)
}

/** Markdown's marks are noise in a terminal; its words are not, and code is as it is. */
export function plain(markdown: string, columns?: number): string {
  // Split with a capturing group: text, and the code between fences, in turn.
  return markdown
    .split(/^```\w*\n([\s\S]*?)^```$/m)
    .map((part, index) =>
      index % 2 === 0 ? plainText(part, columns) : part.replace(/^(?=.)/gm, '    ').trimEnd(),
    )
    .join('')
}

function plainText(markdown: string, columns: number | undefined): string {
  const text = (columns === undefined ? markdown : joinLines(markdown))
    .replace(/\*\*|`/g, '')
    .replace(/(?<!\w)_([^_\n]+)_(?!\w)/g, '$1')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
  return fold(text, columns)
}

const two = (number: number) => String(number).padStart(2, '0')

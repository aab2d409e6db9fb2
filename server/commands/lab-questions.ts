/**
 * The questions that are still open when a run is to be handed in: what many of them ask, only the packets of this very
 * run decide, so they are asked when it is over.
 */
import { createInterface } from 'node:readline'
import type { LabDetail, LabStepNode } from '../dashboard/api-labs.ts'
import { painter, plain } from '../labs/board.ts'
import { columnsOf, fold } from '../labs/fold.ts'
import { readTyped } from '../labs/keys.ts'
import type { CommandIo } from './command.ts'

type Asking = Pick<CommandIo, 'stdin' | 'stdout' | 'colour' | 'signal'>

/** Asks each until it is answered right, or left open by an empty line; Ctrl-C, or the end of input, leaves all that are left. */
export async function askWhatIsOpen(
  lab: LabDetail,
  answer: (step: string, given: string) => Promise<LabDetail>,
  { io, url }: { io: Asking; url: string },
): Promise<LabDetail> {
  const skipped = new Set<string>()
  const next = (now: LabDetail) =>
    now.stepList.find(({ id, kind, state }) => kind === 'predict' && state !== 'done' && !skipped.has(id))
  let now = lab
  let step = next(now)
  if (step === undefined) return now
  const say = (text: string) => void io.stdout.write(text)
  const paint = painter(io)
  const columns = columnsOf(io.stdout)
  say(`\n${paint('bold', 'Before it is handed in: what is still open.')} Your packets are at ${url}\n`)
  say(question(step, columns))
  const input = createInterface({ input: io.stdin, output: io.stdout })
  const close = () => input.close()
  input.on('SIGINT', close)
  io.signal.addEventListener('abort', close)
  try {
    for await (const line of input) {
      const typed = readTyped(line, step)
      if (typed.kind === 'nothing') skipped.add(step.id)
      else {
        const { id } = step
        now = await answer(id, typed.kind === 'answer' ? typed.answer : line.trim())
        say(`${fold(paint('yellow', now.stepList.find((each) => each.id === id)?.reply ?? ''), columns)}\n`)
      }
      const before = step
      step = next(now)
      if (step === undefined) break
      if (step.id !== before.id) say(question(step, columns))
    }
  } finally {
    io.signal.removeEventListener('abort', close)
    close()
  }
  return now
}

function question(step: LabStepNode, columns: number | undefined): string {
  const choices = step.choices.length > 0 ? `Choices: ${step.choices.join(' | ')}\n` : ''
  const about = step.reply ? `${step.reply}\n` : ''
  return fold(
    `\nStep ${step.number} · ${step.title}\n${plain(step.text, columns)}\n${choices}${about}Your answer, or an empty line to leave it open:\n`,
    columns,
  )
}

/** `wirelab grade`: handed-in labs, judged again from their packets. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { messageOf, UsageError } from '../errors.ts'
import { type Graded, gradeFiles } from '../labs/grade.ts'
import { loadLabs } from '../labs/load.ts'
import type { CommandIo } from './command.ts'
import { table } from './text-table.ts'

type GradeIo = Pick<CommandIo, 'stdout' | 'stderr' | 'cwd' | 'colour'>

export const summary = 'verdicts of labs that were handed in'

const usage = `wirelab grade PATH… [options]

Judges labs that were handed in with wirelab lab N --submit: each PATH is a file or a folder of them (all .pcapng in
it, and in its folders). Every verdict comes from the packets and answers in the file; what the learner's program
printed, or what a progress file says, counts for nothing.

  --json        the verdicts as JSON on standard output, step by step
  --steps       each step that is not done, with what was seen instead
  --labs DIR    labs of your own, beside the built-in ones
  -h, --help    this text

Exit code: 0 when every file was judged, 1 when one could not be.
`

export async function run(argv: string[], io: GradeIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      steps: { type: 'boolean', default: false },
      labs: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(usage)
    return 0
  }
  if (positionals.length === 0)
    throw new UsageError('grade: expected a file or a folder; wirelab grade --help')
  const files: string[] = []
  for (const path of positionals) files.push(...(await capturesIn(path)))
  if (files.length === 0) throw new UsageError(`grade: found no .pcapng in ${positionals.join(', ')}`)
  const labs = await loadLabs({
    folder: values.labs && resolve(io.cwd, values.labs),
    onProblem: (problem) => void io.stderr.write(`${problem}\n`),
  })
  const graded = await gradeFiles(files, labs)
  if (values.json) io.stdout.write(`${JSON.stringify(graded, null, 2)}\n`)
  else io.stdout.write(renderGrades(graded, { colour: io.colour, steps: values.steps, from: io.cwd }))
  return graded.every(({ error }) => error === null) ? 0 : 1
}

/** Rejects with a UsageError when there is nothing there. */
async function capturesIn(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`grade: ${messageOf(error)}`)
  })
  if (!found.isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  return names
    .filter((name) => /\.pcapng(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(path, name))
}

export function renderGrades(
  graded: readonly Graded[],
  { colour, steps, from }: { colour: boolean; steps: boolean; from: string },
): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(format, text) : text
  const rows = graded.map((each) => {
    const done = each.steps.filter((step) => step.done).length
    const file = relative(from, each.file) || basename(each.file)
    if (each.error !== null) return ['!', '', '', '', file]
    const mark = each.passed ? '✔' : each.doubts.length > 0 ? '?' : '·'
    return [mark, each.learner ?? '', each.lab ?? '', `${done}/${each.steps.length}`, file]
  })
  const more = graded.flatMap((each) => {
    const file = relative(from, each.file) || basename(each.file)
    const open = steps ? each.steps.filter((step) => !step.done) : []
    return [
      ...(each.error === null ? [] : [`${paint('red', '!')} ${file}: ${each.error}`]),
      ...each.doubts.map((doubt) => `${paint('yellow', '?')} ${file}: ${doubt}`),
      ...open.map(
        ({ title, words, packet }) =>
          `· ${file}: ${title}: ${words ?? ''}${packet === null ? '' : ` (packet ${packet} of the file)`}`,
      ),
    ]
  })
  return `${table(rows, new Set([3]))}${more.length > 0 ? `\n${more.join('\n')}\n` : ''}`
}

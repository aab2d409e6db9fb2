/** `wirelab lab`: the labs in the terminal, graded by the wire. */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { LabDetail } from '../dashboard/api-labs.ts'
import { UsageError } from '../errors.ts'
import { firstOpen, isSolved, renderBoard, renderList, renderSettled, renderSolved } from '../labs/board.ts'
import { LabClient } from '../labs/client.ts'
import { learnerFile } from '../labs/learner-folder.ts'
import { type LoadedLab, loadLabs } from '../labs/load.ts'
import { fileCommand } from '../labs/program.ts'
import { type SittingOptions, sit, whenSaved } from '../labs/session.ts'
import { withLab } from '../private-lab.ts'
import type { CommandIo } from './command.ts'

export const summary = 'lab N in watch mode: your exercise, or any program of yours'

export const usage = `wirelab lab [N] [options] [-- COMMAND…]

Without N: the labs, and how far you are. With N: copies the starter to wirelab-labs/, runs it each time
you save it, and ticks the steps that the wire shows. With a command behind --: runs that instead, in any
language; the ports are in WIRELAB_TCP_PORT, WIRELAB_UDP_PORT and so on, and a program that imports
wirelab/net or wirelab/dgram is a host of the lab network itself.

  --once                run once and end: exit code 0 if the lab is solved, 1 if not
  --json                with --once: the lab's state as JSON on standard output
  --answer STEP=VALUE   answer a question beforehand; may be repeated
  --limit SECONDS       end the program after this long (default 30)
  --url URL             the running lab to use (default: the one that runs, else a private one)
  --token TOKEN         for a lab that was started with --host
  -h, --help            this text

While it runs, type an answer and Enter, or: hint, run, list, quit.
`

const SETTLE_MS = 3000

export async function run(argv: string[], io: CommandIo): Promise<number> {
  const dashes = argv.indexOf('--')
  const command = dashes < 0 ? [] : argv.slice(dashes + 1)
  const { values, positionals } = parseArgs({
    args: dashes < 0 ? argv : argv.slice(0, dashes),
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      answer: { type: 'string', multiple: true, default: [] },
      limit: { type: 'string', default: '30' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(usage)
    return 0
  }
  const limit = Number(values.limit)
  if (!(limit > 0 && limit <= 3600)) {
    throw new UsageError(`--limit: expected 1 to 3600 seconds, found ${values.limit}`)
  }
  const talk = (line: string) => void io.stderr.write(`${line}\n`)
  return withLab({ url: values.url, token: values.token, io, talk }, async ({ url, token, join }) => {
    const client = new LabClient(url, token)
    const [wanted] = positionals
    if (wanted === undefined) {
      io.stdout.write(`${renderList(await client.list(), { colour: io.colour })}\n`)
      return 0
    }
    const lab = await findLab(wanted)
    if (!(await canSee(client, lab, talk))) return 1
    for (const answer of values.answer) await giveAnswer(client, lab.id, answer)

    const file = command.length > 0 ? undefined : await learnerFile(lab, io.cwd)
    if (file) talk(`${file.fresh ? 'Your copy of the starter is' : 'Your file is'} ${file.path}`)
    talk(`Beside it, in the browser: ${url}`)
    const sitting: Omit<SittingOptions, 'signal' | 'onChange'> = {
      client,
      id: lab.id,
      command: file ? fileCommand(file.path) : command,
      file: file?.path,
      cast: lab.cast,
      cwd: io.cwd,
      environment: { ...io.env, ...(join !== undefined && { WIRELAB_JOIN: join }) },
      settleMs: SETTLE_MS,
      limitMs: limit * 1000,
      onLine: (line) => talk(`  │ ${line}`),
    }
    return values.once ? runOnce(sitting, lab, io, values.json) : watchMode(sitting, lab, io)
  })
}

async function findLab(wanted: string): Promise<LoadedLab> {
  const labs = await loadLabs()
  const lab = labs.find((l) => l.id === wanted || l.definition.number === Number(wanted))
  if (lab) return lab
  const numbers = labs.map((l) => l.definition.number).join(', ')
  throw new UsageError(`lab: expected one of ${numbers}, found ${wanted}; wirelab lab lists them`)
}

/** A lab graded by the wire needs to see it, and what it teaches must be there: says what is missing. */
async function canSee(client: LabClient, lab: LoadedLab, talk: (line: string) => void): Promise<boolean> {
  const { capture, network } = await client.status()
  const { networks } = lab.definition
  if (!networks.includes(network)) {
    talk(`This lab needs another network: start Wirelab with --network ${networks.join(' or ')}`)
    return false
  }
  if (capture.state === 'running' || capture.state === 'starting') return true
  talk(`This lab is graded by the wire, and the wire can't be seen: ${capture.message}`)
  for (const line of capture.remedy) talk(`  ${line}`)
  return false
}

async function giveAnswer(client: LabClient, id: string, given: string): Promise<void> {
  const equals = given.indexOf('=')
  if (equals < 1) throw new UsageError(`--answer: expected STEP=VALUE, found ${given}`)
  await client.answer(id, given.slice(0, equals), given.slice(equals + 1))
}

async function runOnce(
  sitting: Omit<SittingOptions, 'signal' | 'onChange'>,
  lab: LoadedLab,
  io: CommandIo,
  json: boolean,
): Promise<number> {
  const detail = await sit({ ...sitting, signal: io.signal, onChange: () => undefined })
  if (json) io.stdout.write(`${JSON.stringify(detail, null, 2)}\n`)
  else io.stdout.write(renderBoard(detail, { colour: io.colour, hints: 0 }))
  await sitting.client.stop(lab.id)
  return isSolved(detail) ? 0 : 1
}

async function watchMode(
  sitting: Omit<SittingOptions, 'signal' | 'onChange'>,
  lab: LoadedLab,
  io: CommandIo,
): Promise<number> {
  const state: { detail: LabDetail | undefined; hints: number } = { detail: undefined, hints: 0 }
  const quit = new AbortController()
  const all = AbortSignal.any([io.signal, quit.signal])
  let round = new AbortController()

  let shown = ''
  const show = (detail: LabDetail) => {
    if (firstOpen(detail)?.id !== (state.detail && firstOpen(state.detail)?.id)) state.hints = 0
    if (state.detail) io.stdout.write(renderSettled(detail, state.detail, io))
    state.detail = detail
    const board = renderBoard(detail, { colour: io.colour, hints: state.hints })
    if (board === shown) return
    shown = board
    io.stdout.write(board)
    if (isSolved(detail)) io.stdout.write(`\n${renderSolved(detail, `${lab.folder}/solution.ts`)}`)
  }
  const again = () => round.abort()
  const lines = createInterface({ input: io.stdin })
  lines.on(
    'line',
    (line) => void onCommand(line.trim()).catch((error: Error) => io.stderr.write(`${error.message}\n`)),
  )
  lines.on('close', () => !io.interactive || quit.abort())

  async function onCommand(line: string): Promise<void> {
    if (line === 'quit' || line === 'q') return quit.abort()
    if (line === 'run') return again()
    if (line === 'list') {
      io.stdout.write(`${renderList(await sitting.client.list(), { colour: io.colour })}\n`)
      return
    }
    const open = state.detail && firstOpen(state.detail)
    if (line === 'hint' || line === '') {
      shown = ''
      if (line === 'hint') state.hints++
      if (state.detail) show(state.detail)
    } else if (open?.kind === 'predict') {
      show(await sitting.client.answer(lab.id, open.id, line))
    } else {
      io.stderr.write(
        state.detail
          ? 'Nothing is asked just now. You can type: hint, run, list, quit.\n'
          : 'The lab is still opening: answer when it has asked.\n',
      )
    }
  }

  const watched = sitting.file ?? ownFile(sitting.command, sitting.cwd)
  const endWatch = watched === undefined ? () => undefined : whenSaved(watched, again)
  const more = `${watched === undefined ? 'type run' : `save ${basename(watched)}`} to run it again`
  try {
    while (!all.aborted) {
      round = new AbortController()
      const detail = await sit({ ...sitting, signal: AbortSignal.any([all, round.signal]), onChange: show })
      if (round.signal.aborted || all.aborted) continue
      show(detail)
      io.stderr.write(`Waiting: ${more}, or type hint, run, list, quit.\n`)
      await follow(sitting, AbortSignal.any([all, round.signal]), show)
    }
  } finally {
    endWatch()
    lines.close()
    await sitting.client.stop(lab.id).catch(() => undefined)
  }
  return state.detail && isSolved(state.detail) ? 0 : 1
}

/** The file that a command runs, as in `python3 mine.py`: the first of its words that is one. */
function ownFile(command: readonly string[], cwd: string): string | undefined {
  return command
    .slice(1)
    .map((word) => resolve(cwd, word))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

const FOLLOW_MS = 500

/** After the program has ended, steps may still be done by hand: follow them until the next round. */
async function follow(
  sitting: Pick<SittingOptions, 'client' | 'id'>,
  signal: AbortSignal,
  show: (detail: LabDetail) => void,
): Promise<void> {
  let known = ''
  while (!signal.aborted) {
    const detail = await sitting.client.detail(sitting.id)
    const now = JSON.stringify(detail.stepList)
    if (known !== '' && now !== known) show(detail)
    known = now
    await pause(FOLLOW_MS, undefined, { signal }).catch(() => undefined)
  }
}

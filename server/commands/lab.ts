/** `wirelab lab`: the labs in the terminal, graded by the wire. */
import { existsSync, statSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { chooseInstance } from '../instances.ts'
import { nextLab, renderList } from '../labs/board.ts'
import { LabClient } from '../labs/client.ts'
import { columnsOf } from '../labs/fold.ts'
import { readTyped } from '../labs/keys.ts'
import { learnerFile, progressPath } from '../labs/learner-folder.ts'
import { lendingOptions } from '../labs/lend.ts'
import { castOf, type LoadedLab, loadLabs } from '../labs/load.ts'
import { fileCommand, ownCommand } from '../labs/program.ts'
import { type Listed, listOffline } from '../labs/progress-list.ts'
import { nearest } from '../nearest.ts'
import { type LabAddress, withLab } from '../private-lab.ts'
import type { CommandIo } from './command.ts'
import { type LabFlags, readLabFlags, usage } from './lab-flags.ts'
import { runOnce } from './lab-once.ts'
import { watchLab } from './lab-watch.ts'

export const summary = 'lab N in watch mode: your exercise, or any program of yours'

export async function run(argv: string[], io: CommandIo): Promise<number> {
  const flags = readLabFlags(argv)
  if (flags === 'help') {
    io.stdout.write(usage)
    return 0
  }
  const folder = flags.labs === undefined ? undefined : resolve(io.cwd, flags.labs)
  if (folder !== undefined && !existsSync(folder)) {
    throw new UsageError(`--labs: expected a folder of labs; there is none at ${folder}`)
  }
  const talk = (line: string) => void io.stderr.write(`${line}\n`)
  const problems: string[] = []
  const labs = await loadLabs({ folder, onProblem: (problem) => problems.push(problem) })
  if (flags.lab !== undefined)
    return work(findLab(flags.lab, labs, problems), { labs, folder, flags, io, talk })

  for (const problem of problems) talk(problem)
  const list = await listLabs({ labs, flags, io, talk })
  io.stdout.write(`${renderList(list, { colour: io.colour, columns: columnsOf(io.stdout) })}\n`)
  const next = nextLab(list)
  if (next === undefined) {
    talk('\nAll labs are solved. Any of them again: wirelab lab N')
    return 0
  }
  talk(`\nNext: ${next.title}. To go on there: wirelab lab ${next.number}`)
  if (!io.interactive) return 0
  return work(findLab(String(next.number), labs, problems), { labs, folder, flags, io, talk })
}

interface Desk {
  readonly labs: readonly LoadedLab[]
  /** Of labs beside the built-in ones, absolute. */
  readonly folder: string | undefined
  readonly flags: LabFlags
  readonly io: CommandIo
  readonly talk: (line: string) => void
}

/** At one lab, and at those behind it as long as the learner goes on. */
async function work(lab: LoadedLab, desk: Desk): Promise<number> {
  const { labs, folder, io, talk } = desk
  for (let at: LoadedLab | undefined = lab; at !== undefined; ) {
    const here: LoadedLab = at
    const outcome = await withLab(
      {
        url: desk.flags.url,
        token: desk.flags.token,
        io,
        talk,
        unfit: (address) => whyUnfit(address, here),
        flags: flagsFor(here, folder),
        learnersFolder: io.cwd,
        ...(io.interactive && !desk.flags.once && { starting: 'A Wirelab is starting…' }),
      },
      (address) => sitAt(here, address, desk),
    )
    if (outcome !== 'next') return outcome
    at = labs[labs.indexOf(here) + 1]
  }
  talk('That was the last lab. wirelab lab lists them all.')
  return 0
}

/** A Wirelab that this lab can be shown in. */
function flagsFor({ definition }: LoadedLab, folder: string | undefined): string[] {
  const { networks, topology } = definition
  return [
    `--network=${networks.includes('lab') ? 'lab' : 'kernel'}`,
    ...(topology === undefined ? [] : [`--topology=${topology}`]),
    ...(folder === undefined ? [] : [`--labs=${folder}`]),
  ]
}

/** The running one may know other labs, or be of another kind. */
async function whyUnfit({ url, token }: LabAddress, lab: LoadedLab): Promise<string | null> {
  const known = (await new LabClient(url, token).list()).find(({ id }) => id === lab.id)
  return known === undefined ? `it does not know ${lab.id}` : known.unfit
}

async function sitAt(lab: LoadedLab, address: LabAddress, desk: Desk): Promise<number | 'next'> {
  const { flags, io, talk } = desk
  const { url, join } = address
  const client = new LabClient(url, address.token)
  if (!(await canSee(client, talk))) return 1
  for (const answer of flags.answers) await giveAnswer(client, lab.id, answer)

  const file = flags.command.length > 0 ? undefined : await learnerFile(lab, io.cwd)
  const ownFile = file?.path ?? fileIn(flags.command, io.cwd)
  const sitting = {
    client,
    id: lab.id,
    command: file ? fileCommand(file.path) : ownCommand(flags.command),
    file: file?.path,
    cast: castOf(lab),
    cwd: io.cwd,
    environment: programEnvironment(io.env, { join, url, file: ownFile }),
    limitMs: flags.limitMs,
    settleMs: SETTLE_MS,
  }
  const place = file && `${file.fresh ? 'Your copy of the starter is' : 'Your file is'} ${file.path}`
  if (flags.once) {
    if (place !== undefined) talk(place)
    return runOnce({ lab, sitting, flags, url, io, talk })
  }
  const text = `The lab's whole text is ${resolve(lab.folder, 'README.md')}`
  const welcome = place === undefined ? [text] : [place, text]
  const outcome = await watchLab({
    lab,
    sitting: { ...sitting, fresh: false },
    watched: ownFile,
    url,
    welcome,
    io,
  })
  if (outcome === 'next') return 'next'
  return outcome === 'solved' ? 0 : 1
}

/** After the program has ended, for the wire to show what is missing: retransmissions take their time. */
const SETTLE_MS = 3000

const RUN_BY_NODE = /^\.[cm]?[jt]s$/

function programEnvironment(
  env: NodeJS.ProcessEnv,
  { join, url, file }: { join: string | undefined; url: string; file: string | undefined },
): NodeJS.ProcessEnv {
  const options =
    file !== undefined && RUN_BY_NODE.test(extname(file))
      ? lendingOptions(dirname(file), env.NODE_OPTIONS)
      : env.NODE_OPTIONS
  return {
    ...env,
    WIRELAB_URL: url,
    ...(options !== undefined && { NODE_OPTIONS: options }),
    ...(join !== undefined && { WIRELAB_JOIN: join }),
  }
}

/** The file that a command runs, as in `python3 mine.py`: the first of its words that is one. */
function fileIn(command: readonly string[], cwd: string): string | undefined {
  return command
    .slice(1)
    .map((word) => resolve(cwd, word))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

/** `problems`: what is wrong with labs that could not be loaded, the wanted one perhaps among them. */
function findLab(wanted: string, labs: readonly LoadedLab[], problems: readonly string[]): LoadedLab {
  const number = Number(wanted)
  const lab = labs.find(({ id, definition }) => id === wanted || definition.number === number)
  if (lab !== undefined) return lab
  const close = Number.isInteger(number)
    ? [...labs].sort((a, b) => distance(a, number) - distance(b, number))[0]
    : named(wanted.toLowerCase(), labs)
  const hint =
    close === undefined
      ? '; wirelab lab lists them'
      : `; did you mean ${close.definition.number}, ${close.definition.title}? wirelab lab lists them`
  throw new UsageError([`lab: there is no lab ${wanted}${hint}`, ...problems])
}

/** By a part of its name, or nearly. */
function named(wanted: string, labs: readonly LoadedLab[]): LoadedLab | undefined {
  const names = labs.flatMap(({ id }) => [id, id.slice(3)])
  const close = nearest(wanted, names)
  return labs.find(({ id }) => id.includes(wanted)) ?? labs.find(({ id }) => close && id.endsWith(close))
}

const distance = ({ definition }: LoadedLab, number: number) => Math.abs(definition.number - number)

/** From the Wirelab that runs, else from the learner's own folder: none is started for a list. */
async function listLabs({ labs, flags, io, talk }: Omit<Desk, 'folder'>): Promise<Listed[]> {
  const offline = listOffline(labs, progressPath(io.cwd), talk)
  const instance = await chooseInstance(flags.url)
  if (instance === undefined) return offline
  const known = await new LabClient(instance.url, flags.token ?? instance.token).list()
  // It may not know the folder's labs.
  return offline.map((lab) => known.find(({ id }) => id === lab.id) ?? lab)
}

/** A lab graded by the wire needs to see it: says what is missing. */
async function canSee(client: LabClient, talk: (line: string) => void): Promise<boolean> {
  const { capture } = await client.status()
  if (capture.state === 'running' || capture.state === 'starting') return true
  talk(`This lab is graded by the wire, and the wire can't be seen: ${capture.message}`)
  for (const line of capture.remedy) talk(`  ${line}`)
  return false
}

async function giveAnswer(client: LabClient, id: string, given: string): Promise<void> {
  const equals = given.indexOf('=')
  if (equals < 1) throw new UsageError(`--answer: expected STEP=VALUE, found ${given}`)
  const [wanted, answer] = [given.slice(0, equals), given.slice(equals + 1)]
  const { stepList } = await client.detail(id)
  // A step is known by its name, and by the number that the board shows.
  const step =
    stepList.find((each) => each.id === wanted) ?? stepList.find(({ number }) => number === Number(wanted))
  const typed = readTyped(answer, step)
  await client.answer(id, step?.id ?? wanted, typed.kind === 'answer' ? typed.answer : answer)
}

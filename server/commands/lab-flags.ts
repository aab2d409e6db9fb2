/** What `wirelab lab` takes. */
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'

export const usage = `wirelab lab [N] [options] [-- COMMAND…]

Without N: the labs, how far you are, and which is next; in a terminal it goes on there. With N: copies the
starter to wirelab-labs/, runs it each time you save it, and ticks the steps that the wire shows. With a
command behind --: runs that instead, in any language; the ports are in WIRELAB_TCP_PORT, WIRELAB_UDP_PORT
and so on, and a program that imports wirelab/net or wirelab/dgram is a host of the lab network itself.

  --once                run once and end: exit code 0 if this run solved the lab, 1 if not
  --json                with --once: the lab's state as JSON on standard output
  --answer STEP=VALUE   answer a question beforehand, by its number or name; may be repeated
  --submit [FILE]       run once, and save what is to be handed in (default lab-NN-NAME.pcapng)
  --name NAME           with --submit: whose it is (default: your account's name)
  --labs FOLDER         labs of your own beside the built-in ones: 30-my-lab and the like
  --limit SECONDS       end the program after this long (default 30)
  --url URL             the running Wirelab to use (default: the one that runs, else one of its own)
  --token TOKEN         for one that was started with --host
  -h, --help            this text

While it runs, type an answer, or a word, or a word's first letter, and Enter: next, hint, list, run, solution,
reset, quit. An answer that is also such a word: = before it. Another answer to step 2, until it is decided: 2=…
`

export interface LabFlags {
  readonly lab: string | undefined
  readonly command: readonly string[]
  readonly once: boolean
  readonly json: boolean
  readonly answers: readonly string[]
  /** Where what is to be handed in goes; empty for the default's name. */
  readonly submit: string | undefined
  readonly name: string | undefined
  readonly labs: string | undefined
  readonly limitMs: number
  readonly url: string | undefined
  readonly token: string | undefined
}

export function readLabFlags(argv: readonly string[]): LabFlags | 'help' {
  const dashes = argv.indexOf('--')
  const command = dashes < 0 ? [] : argv.slice(dashes + 1)
  const { args, submit } = takeSubmit(dashes < 0 ? argv : argv.slice(0, dashes))
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      answer: { type: 'string', multiple: true, default: [] },
      name: { type: 'string' },
      labs: { type: 'string' },
      limit: { type: 'string', default: '30' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const limit = Number(values.limit)
  if (!(limit > 0 && limit <= 3600)) {
    throw new UsageError(`--limit: expected 1 to 3600 seconds, found ${values.limit}`)
  }
  const [lab, more] = positionals
  if (more !== undefined) throw new UsageError(`${more}: expected one lab; a command stands behind --`)
  const once = values.once || submit !== undefined
  if (values.json && !once) throw new UsageError('--json: expected --once with it; found none')
  if (values.name !== undefined && submit === undefined) {
    throw new UsageError('--name: expected --submit with it; found none')
  }
  if (lab === undefined && (once || command.length > 0)) {
    throw new UsageError('expected the number of a lab, such as wirelab lab 3; wirelab lab lists them')
  }
  const { json, answer: answers, name, labs, url, token } = values
  return { lab, command, once, json, answers, submit, name, labs, limitMs: limit * 1000, url, token }
}

/** `--submit` takes a file, or none: what follows it is one where it can't be anything else. */
function takeSubmit(argv: readonly string[]): { args: string[]; submit: string | undefined } {
  const at = argv.findIndex((arg) => arg === '--submit' || arg.startsWith('--submit='))
  const flag = argv[at]
  if (flag === undefined) return { args: [...argv], submit: undefined }
  const rest = (from: number) => [...argv.slice(0, at), ...argv.slice(from)]
  if (flag !== '--submit') return { args: rest(at + 1), submit: flag.slice('--submit='.length) }
  const file = argv[at + 1]
  return file !== undefined && /\.pcapng(\.gz)?$/.test(file)
    ? { args: rest(at + 2), submit: file }
    : { args: rest(at + 1), submit: '' }
}

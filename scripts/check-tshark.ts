/**
 * `npm run check:tshark FILE…`: our reader against tshark, on any capture. Every value of every field that both
 * know is compared as `-T fields` prints it.
 */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { type DecodeAs, PROTOCOLS } from '../server/protocols/stack.ts'
import { comparePacket } from './check-tshark/compare.ts'
import { comparedFields, declaredFields } from './check-tshark/fields.ts'
import { type OurRequest, ourPackets, recognisedPorts } from './check-tshark/ours.ts'
import { report } from './check-tshark/report.ts'
import { agreement, Tally } from './check-tshark/tally.ts'
import {
  TsharkMissing,
  TsharkRefuses,
  tsharkFieldNames,
  tsharkNames,
  tsharkPackets,
  tsharkPorts,
} from './check-tshark/tshark.ts'

const USAGE = `npm run check:tshark -- FILE… [options]

Reads each capture with our reader and with tshark, and compares the printed values of every field that we declare.

  --protocols LIST    only these of our protocols: tcp,http
  --differences N     show the first N differences (default 20)
  --fields            every field in the table, not only those that differ
  --limit-packets N   the first N packets of each capture
  --two-pass          tshark -2, against what we know of a packet once the whole capture was read
  --verify            checksums are verified on both sides
  -d tcp.port==N,P    decode as, on both sides
  -o NAME:VALUE       a preference of tshark's, such as tcp.reassemble_out_of_order:TRUE
  --undeclared        instead: fields of these protocols that tshark finds and we don't declare, and how often
  -h, --help          this text

Exit code: 0 at least 99.9 % of the values agree, 1 fewer do or a capture can't be compared, 2 wrong usage.
Differences with a known reason (docs/agreement.md) are counted apart.
`

const ENOUGH = 0.999
const PROGRESS_PACKETS = 50_000

class WrongUsage extends Error {}

interface Options {
  readonly files: readonly string[]
  readonly protocols: readonly string[]
  readonly differences: number
  readonly everyField: boolean
  readonly limit: number
  readonly twoPass: boolean
  readonly verify: boolean
  readonly decodeAs: readonly string[]
  readonly preferences: readonly string[]
  readonly undeclared: boolean
}

function parse(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      protocols: { type: 'string', default: '' },
      differences: { type: 'string', default: '20' },
      fields: { type: 'boolean', default: false },
      'limit-packets': { type: 'string' },
      'two-pass': { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      'decode-as': { type: 'string', short: 'd', multiple: true, default: [] },
      preference: { type: 'string', short: 'o', multiple: true, default: [] },
      undeclared: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  if (positionals.length === 0) throw new WrongUsage('which captures?')
  const limit = values['limit-packets']
  return {
    files: positionals,
    protocols: values.protocols.split(',').filter((name) => name !== ''),
    differences: count(values.differences, '--differences'),
    everyField: values.fields,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : count(limit, '--limit-packets'),
    twoPass: values['two-pass'],
    verify: values.verify,
    decodeAs: values['decode-as'],
    preferences: values.preference,
    undeclared: values.undeclared,
  }
}

function count(text: string, flag: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new WrongUsage(`${flag} ${text}: expected a number`)
  return Number(text)
}

function decodeAs(text: string): DecodeAs {
  const [, transport, port, name] = /^(tcp|udp)\.port==(\d{1,5}),([\w-]+)$/.exec(text) ?? []
  const protocol = PROTOCOLS.find(({ id }) => id === name)
  if (transport === undefined || protocol === undefined)
    throw new WrongUsage(`-d ${text}: expected tcp.port==N,PROTOCOL`)
  return { table: transport === 'tcp' ? 'tcp.port' : 'udp.port', port: Number(port), protocol }
}

function wantedProtocols({ protocols }: Options): readonly string[] {
  const unknown = protocols.filter((name) => !PROTOCOLS.some(({ id }) => id === name))
  if (unknown.length > 0) throw new WrongUsage(`--protocols: we have no ${unknown.join(', ')}`)
  return protocols
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function ourRequest(file: string, options: Options): OurRequest {
  const { limit, verify, twoPass } = options
  return { file, decodeAs: options.decodeAs.map(decodeAs), verify, twoPass, limit }
}

/** Asked once, since tshark takes its time to list them. */
let portsTaken: Promise<ReadonlyMap<number, string>> | undefined

async function tsharkArgs(request: OurRequest, options: Options): Promise<string[]> {
  portsTaken ??= tsharkPorts()
  const taken = await portsTaken
  const decode = [...options.decodeAs, ...(await recognisedPorts(request, taken))]
  return [
    ...(Number.isFinite(options.limit) ? ['-c', String(options.limit)] : []),
    ...(options.twoPass ? ['-2'] : []),
    ...(options.verify ? ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]) : []),
    ...options.preferences.flatMap((each) => ['-o', each]),
    ...decode.flatMap((rule) => ['-d', rule]),
  ]
}

async function compareFile(
  file: string,
  options: Options,
  names: readonly string[],
  tally: Tally,
): Promise<void> {
  const capture = basename(file)
  const request = ourRequest(file, options)
  const args = await tsharkArgs(request, options)
  // Wanted in any case: which packets belong together, and what tshark expects on their ports.
  const asked = [...new Set([...names, 'tcp.stream', 'tcp.srcport', 'tcp.dstport'])]
  const ours = ourPackets(request, new Set(names))
  let theirCount = 0
  let ourCount = 0
  try {
    for await (const theirs of tsharkPackets({ file, args }, asked)) {
      theirCount++
      const mine = await ours.next()
      if (mine.done) continue
      ourCount++
      tally.packet(capture, theirs, comparePacket(mine.value, theirs, names))
      if (ourCount % PROGRESS_PACKETS === 0) say(`${capture}: ${ourCount} packets`)
    }
    while (!(await ours.next()).done) ourCount++
  } finally {
    await ours.return(undefined)
    tally.ended(capture)
  }
  if (ourCount !== theirCount)
    tally.miscounted.push(`${capture}: ${ourCount} packets for us, ${theirCount} for tshark`)
}

async function compareAll(options: Options): Promise<number> {
  const fields = comparedFields(await tsharkNames(), wantedProtocols(options))
  const names = fields.map(({ name }) => name)
  portsTaken = tsharkPorts()
  const tally = new Tally(options.differences, await portsTaken)
  for (const [at, file] of options.files.entries()) {
    if (process.stderr.isTTY || at % 20 === 0) say(`${at + 1} of ${options.files.length}: ${basename(file)}`)
    try {
      await compareFile(file, options, names, tally)
    } catch (error) {
      if (error instanceof TsharkMissing) throw error
      if (error instanceof TsharkRefuses) {
        tally.refused.push(`${basename(file)}: left out, ${error.message}`)
        continue
      }
      tally.miscounted.push(`${basename(file)}: ${error instanceof Error ? error.message : error}`)
    }
  }
  process.stdout.write(report(tally, fields, options.everyField))
  return tally.miscounted.length === 0 && agreement(tally.total) >= ENOUGH ? 0 : 1
}

/** What we could still declare, the commonest first. */
async function listUndeclared(options: Options): Promise<number> {
  const wanted = wantedProtocols(options)
  const prefixes = wanted.length > 0 ? wanted : PROTOCOLS.map(({ id }) => id)
  const known = await tsharkNames()
  const declared = new Set(declaredFields().map(({ name }) => name))
  const counts = new Map<string, number>()
  for (const file of options.files) {
    try {
      const args = await tsharkArgs(ourRequest(file, options), options)
      for await (const name of tsharkFieldNames({ file, args })) {
        if (!known.has(name) || declared.has(name) || !prefixes.some((id) => name.startsWith(`${id}.`)))
          continue
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    } catch (error) {
      if (!(error instanceof TsharkRefuses)) throw error
      say(`${basename(file)}: left out, ${error.message}`)
    }
  }
  for (const [name, times] of [...counts].sort((a, b) => b[1] - a[1])) {
    process.stdout.write(`${String(times).padStart(8)} ${name}\n`)
  }
  return 0
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parse(argv)
    if (options === 'help') {
      process.stdout.write(USAGE)
      return 0
    }
    return await (options.undeclared ? listUndeclared(options) : compareAll(options))
  } catch (error) {
    if (error instanceof WrongUsage || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
      say(`check:tshark: ${(error as Error).message}\n\n${USAGE}`)
      return 2
    }
    if (!(error instanceof TsharkMissing)) throw error
    say('check:tshark: tshark is not installed (Debian: apt-get install tshark)')
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))

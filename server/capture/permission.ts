/** Whether this user may capture, found out by trying, and what would let them. */
import { execFile } from 'node:child_process'
import { findProgram, type Program } from './find-program.ts'
import { type Obstacle, readSystem, remedyFor } from './remedy.ts'

export type ToolName = 'dumpcap' | 'tcpdump'

export interface ToolReport {
  readonly name: ToolName
  /** `null` when it is not installed. */
  readonly path: string | null
  /** Whether it could open the interface just now. */
  readonly permitted: boolean
  /** What is the matter, in a few words; `null` when it is permitted. */
  readonly problem: string | null
}

export interface CapturePermission {
  /** In the order of preference. */
  readonly tools: readonly ToolReport[]
  /** The one to capture with. */
  readonly choice: { readonly name: ToolName; readonly path: string } | undefined
  /** One sentence for the user, whichever way it is. */
  readonly message: string
  /** Commands that mend it, in order; empty when nothing is the matter. */
  readonly remedy: readonly string[]
}

/** dumpcap first: it loses nothing where tcpdump, told to be quick, loses packets above 50,000 a second. */
const PREFERENCE: readonly ToolName[] = ['dumpcap', 'tcpdump']
/** Trying takes some 80 ms; one that has not answered by now is not going to. */
const TRY_MS = 2_000

/** Never throws and changes nothing; takes about 0.1 s. `env` is searched for the programs and given to them. */
export async function checkCapture(options: {
  tool?: 'auto' | ToolName
  interface: string
  env: NodeJS.ProcessEnv
}): Promise<CapturePermission> {
  const wanted = options.tool ?? 'auto'
  const names = PREFERENCE.filter((name) => wanted === 'auto' || wanted === name)
  const [tools, system] = await Promise.all([
    Promise.all(names.map((name) => tryTool(name, options.interface, options.env))),
    readSystem(options.env),
  ])
  for (const tool of tools) {
    if (!tool.permitted || tool.path === null) continue
    const choice = { name: tool.name, path: tool.path }
    return { tools, choice, message: `${tool.name} may capture on ${options.interface}.`, remedy: [] }
  }
  const obstacle = obstacleOf(tools, system.root)
  return {
    tools,
    choice: undefined,
    message: describe(obstacle, tools, names),
    remedy: remedyFor(system, obstacle),
  }
}

async function tryTool(name: ToolName, device: string, env: NodeJS.ProcessEnv): Promise<ToolReport> {
  const found = await findProgram(name, env)
  if (found === undefined) return { name, path: null, permitted: false, problem: 'not installed' }
  const problem = found.executable ? await tryToOpen(found, device, env) : ONLY_FOR_GROUP
  return { name, path: found.path, permitted: problem === null, problem }
}

const ONLY_FOR_GROUP = 'may be run by its group only'
const DENIED = 'may not open a capture'

/** Asks for the interface's link types, for which it has to open it; answers what went wrong. */
function tryToOpen(program: Program, device: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { env, timeout: TRY_MS, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const
    const done = (error: Error | null, output: string) => {
      if (error === null) return resolve(null)
      // EPERM from exec itself: the file asks for capabilities that this container doesn't have.
      if (/EPERM|EACCES/.test(error.message) || /permi(tted|ssion)/i.test(output)) return resolve(DENIED)
      const words = output
        .trim()
        .split('\n')[0]
        ?.replace(/^(dumpcap|tcpdump): /, 'says: ')
        .replace(/\.$/, '')
      resolve(words === undefined || words === '' ? error.message : words)
    }
    try {
      execFile(program.path, ['-i', device, '-L'], options, (error, stdout, stderr) =>
        done(error, `${stderr}${stdout}`),
      )
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), '')
    }
  })
}

function obstacleOf(tools: readonly ToolReport[], root: boolean): Obstacle {
  for (const tool of tools) {
    if (tool.path === null) continue
    if (tool.problem !== DENIED && tool.problem !== ONLY_FOR_GROUP) return { kind: 'broken' }
    if (root) return { kind: 'container' }
    if (tool.problem === ONLY_FOR_GROUP && tool.name === 'dumpcap') return { kind: 'group' }
    return { kind: 'denied', tool: tool.name, path: tool.path }
  }
  return { kind: 'missing' }
}

function describe(obstacle: Obstacle, tools: readonly ToolReport[], names: readonly ToolName[]): string {
  const problems = tools
    .filter((tool) => tool.path !== null)
    .map((tool) => `${tool.path} ${tool.problem}`)
    .join(', ')
  switch (obstacle.kind) {
    case 'missing':
      return `There is no capture: ${names.length > 1 ? 'neither ' : ''}${names.join(' nor ')} is${names.length > 1 ? '' : ' not'} installed.`
    case 'container':
      return `There is no capture: the kernel refuses even root, as in a container without CAP_NET_RAW (${problems}).`
    case 'broken':
      return `There is no capture: ${problems}.`
    case 'group':
    case 'denied':
      return `There is no capture: this user is not permitted to (${problems}).`
  }
}

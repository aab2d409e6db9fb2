/** The programs that a lab's README shows: each is a part of the solution, or runs by itself. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../server/labs/package-root.ts'

const run = promisify(execFile)
const LIMIT_MS = 15_000

interface CodeBlock {
  readonly language: Language
  readonly text: string
  /** Where it begins in the README. */
  readonly line: number
}

const LANGUAGES = { js: 'solution.ts', python: 'solution.py', sh: undefined } as const
type Language = keyof typeof LANGUAGES

export async function codeBlocks(folder: string): Promise<CodeBlock[]> {
  const markdown = await readFile(join(folder, 'README.md'), 'utf8')
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(
    ({ 1: language = '', 2: text = '', index }) =>
      isLanguage(language) ? [{ language, text, line: markdown.slice(0, index).split('\n').length }] : [],
  )
}

const isLanguage = (name: string): name is Language => Object.hasOwn(LANGUAGES, name)

/** Whether its lines stand in the solution, one behind the other, however far they are indented. */
export async function isExcerpt({ language, text }: CodeBlock, folder: string): Promise<boolean> {
  const solution = LANGUAGES[language]
  if (solution === undefined) return false
  const whole = linesOf(await readFile(join(folder, solution), 'utf8').catch(() => ''))
  return `\n${whole.join('\n')}\n`.includes(`\n${linesOf(text).join('\n')}\n`)
}

function linesOf(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim())
}

/** Fails unless it ends by itself, and well. `cwd` is where bare imports are found from. */
export async function runBlock(
  { language, text, line }: CodeBlock,
  environment: NodeJS.ProcessEnv,
  cwd: string,
): Promise<void> {
  const [command, ...args] = {
    js: [process.execPath, '--input-type=module', '-e', text],
    python: ['python3', '-c', text],
    sh: ['bash', '-euc', text],
  }[language] as [string, ...string[]]
  const short = Object.entries(environment).flatMap(([name, value]) => {
    const port = /^WIRELAB_(\w+)_PORT$/.exec(name)?.[1]
    return port === undefined ? [] : [[port, value] as const]
  })
  const env = { ...environment, ...Object.fromEntries(short) }
  await run(command, args, { cwd, env, timeout: LIMIT_MS }).catch((error: Error & { stderr?: string }) => {
    const solution = LANGUAGES[language]
    const hint = solution === undefined ? '' : `, and its lines do not stand in ${solution} either`
    assert.fail(
      `README.md line ${line}: the ${language} block does not run${hint}:\n${error.message}\n${error.stderr ?? ''}`,
    )
  })
}

/** Fails unless node can read it as a module without a compiler's help. */
export async function isPlainJavaScript(text: string): Promise<void> {
  const child = run(process.execPath, ['--input-type=module', '--check', '-'], { cwd: packageRoot() })
  child.child.stdin?.end(text)
  await child
}

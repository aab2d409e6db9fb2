/**
 * What Wireshark's own filter engine says of a capture: `sharkd`, which comes with tshark and loads a file once for
 * all filters, or else a `tshark -Y` for each.
 */
import { spawnSync } from 'node:child_process'

export type Verdict = { readonly numbers: readonly number[] } | { readonly error: string }

const OPTIONS = { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } } as const

export const hasTshark = spawnSync('tshark', ['--version']).error === undefined
const hasSharkd = spawnSync('sharkd', ['--version']).error === undefined

export function verdicts(file: string, filters: readonly string[]): Map<string, Verdict> {
  return hasSharkd ? bySharkd(file, filters) : byTshark(file, filters)
}

interface Answer {
  id: number
  result?: { num: number }[] | { status: string }
  error?: { message: string }
}

function bySharkd(file: string, filters: readonly string[]): Map<string, Verdict> {
  const requests = [{ jsonrpc: '2.0', id: 1, method: 'load', params: { file } }]
  const ask = (id: number, method: string, filter: string) =>
    requests.push({ jsonrpc: '2.0', id, method, params: { filter } as never })
  filters.forEach((filter, i) => {
    ask(2 * i + 2, 'check', filter)
    ask(2 * i + 3, 'frames', filter)
  })
  const input = `${requests.map((request) => JSON.stringify(request)).join('\n')}\n`
  const { stdout } = spawnSync('sharkd', ['-'], { ...OPTIONS, input })
  const answers = new Map<number, Answer>()
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('{')) continue
    const answer = JSON.parse(line) as Answer
    answers.set(answer.id, answer)
  }
  return new Map<string, Verdict>(
    filters.map((filter, i): [string, Verdict] => {
      const checked = answers.get(2 * i + 2)
      const result = answers.get(2 * i + 3)?.result
      if (checked?.error !== undefined) return [filter, { error: checked.error.message }]
      return [filter, { numbers: Array.isArray(result) ? result.map(({ num }) => num) : [] }]
    }),
  )
}

function byTshark(file: string, filters: readonly string[]): Map<string, Verdict> {
  return new Map<string, Verdict>(
    filters.map((filter): [string, Verdict] => {
      const argv = ['-n', '-2', '-r', file, '-Y', filter, '-T', 'fields', '-e', 'frame.number']
      const { status, stdout, stderr } = spawnSync('tshark', argv, OPTIONS)
      if (status !== 0) return [filter, { error: stderr }]
      return [filter, { numbers: stdout.split('\n').filter(Boolean).map(Number) }]
    }),
  )
}

/** The same capture through tshark with our plugin, and through our own reader. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PcapngWriter, secretsBlock } from '../../server/capture/pcapng-writer.ts'
import { fieldText } from '../../server/commands/field-text.ts'
import { engineIo } from '../../server/protocols/engine-io.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { socketIo } from '../../server/protocols/socket-io.ts'
import { Trace } from '../../server/trace/trace.ts'
import { pluginText } from '../../server/wireshark/plugin.ts'
import { spansOf } from '../protocols/dissected.ts'

const exec = promisify(execFile)

export const noTshark =
  spawnSync('tshark', ['-v'], { stdio: 'ignore' }).error !== undefined && 'NOT RUN: tshark is not installed'

/** Every field that the plugin declares. */
export const FIELDS: readonly string[] = [engineIo, socketIo].flatMap((protocol) =>
  Object.values(protocol.fields)
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${protocol.id}.`)),
)

/** By packet, then field: the values as printed, in order. */
export type Values = Map<number, Map<string, readonly string[]>>

/** What our reader finds, each packet read once the whole capture is known. */
export function ours(frames: readonly Frame[], keyLog?: string): Values {
  const trace = new Trace()
  if (keyLog !== undefined) trace.secrets.add(keyLog)
  for (const frame of frames) trace.add(frame)
  const found: Values = new Map()
  for (let number = 1; number <= trace.total; number++) {
    const packet = trace.packet(number)
    if (typeof packet === 'string') continue
    const values = new Map<string, string[]>()
    for (const span of spansOf(packet)) {
      const { name } = span.field
      if (FIELDS.includes(name)) values.set(name, [...(values.get(name) ?? []), fieldText(span)])
    }
    // One empty value is printed as none is.
    for (const [name, [only, ...more]] of values) if (only === '' && more.length === 0) values.delete(name)
    if (values.size > 0) found.set(number, values)
  }
  return found
}

/** Runs tshark with the plugin, or without, over these frames. Rejects when it fails, or says anything of a Lua error. */
export async function tshark(
  frames: readonly Frame[],
  args: readonly string[],
  keyLog?: string,
  plugged = true,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-plugin-'))
  try {
    const [capture, plugin] = [join(folder, 'session.pcapng'), join(folder, 'wirelab.lua')]
    await writeFile(plugin, pluginText())
    await writeFile(capture, captureOf(frames, keyLog))
    const { stdout, stderr } = await exec(
      'tshark',
      ['-n', '-r', capture, ...(plugged ? ['-X', `lua_script:${plugin}`] : []), ...args],
      // At a home of its own: with the plugin installed there is no loading it a second time.
      { maxBuffer: 1 << 28, env: { ...process.env, HOME: folder } },
    )
    const complaint = /^.*(?:lua error|error.*lua|\.lua:\d+).*$/im.exec(`${stderr}\n${stdout}`)
    if (complaint !== null) throw new Error(complaint[0])
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function captureOf(frames: readonly Frame[], keyLog?: string): Uint8Array {
  const writer = new PcapngWriter('lo')
  const blocks = [writer.begin(frames[0]?.linkType ?? 1)]
  if (keyLog !== undefined) blocks.push(secretsBlock(keyLog))
  for (const frame of frames) blocks.push(writer.packet(frame))
  return Buffer.concat(blocks)
}

/** What tshark finds with the plugin, each packet read a second time when `twice`. */
export async function theirs(frames: readonly Frame[], keyLog?: string, twice = true): Promise<Values> {
  // A second reading knows what came later, if the first built a tree: the filter makes it do so.
  const passes = twice ? ['-2', '-Y', 'frame'] : []
  const chosen = ['frame.number', ...FIELDS].flatMap((name) => ['-e', name])
  const style = ['-E', 'separator=\x1f', '-E', 'aggregator=\x1e']
  const text = await tshark(frames, [...passes, '-T', 'fields', ...style, ...chosen], keyLog)
  const found: Values = new Map()
  for (const line of text.split('\n')) {
    const [number = '', ...cells] = line.split('\x1f')
    const values = new Map<string, readonly string[]>()
    cells.forEach((cell, i) => {
      const name = FIELDS[i]
      if (cell !== '' && name !== undefined) values.set(name, cell.split('\x1e'))
    })
    if (values.size > 0) found.set(Number(number), values)
  }
  return found
}

/** Wireshark's plugin, as text: the parts in `lua/`, with our fields in the first. */
import { readdirSync, readFileSync } from 'node:fs'
import { engineIo } from '../protocols/engine-io.ts'
import { socketIo } from '../protocols/socket-io.ts'
import { luaFields } from './lua-fields.ts'

/** Stands in the Lua source where the fields belong. */
const PLACE = '--@fields\n'
/** The build takes it along. */
const PARTS = new URL('./lua/', import.meta.url)

/** The whole plugin: one file, since that is what one copies into a folder of Wireshark's. */
export function pluginText(): string {
  const parts = readdirSync(PARTS).sort()
  const source = parts.map((name) => readFileSync(new URL(name, PARTS), 'utf8')).join('\n')
  const [before, after] = source.split(PLACE)
  if (before === undefined || after === undefined) throw new Error(`lua/: expected ${PLACE.trim()} once`)
  return `${before}${luaFields(engineIo, 'E')}\n\n${luaFields(socketIo, 'S')}\n${after}`
}

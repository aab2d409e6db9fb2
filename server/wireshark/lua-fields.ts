/** Our field tables as the Lua that declares the same fields to Wireshark. */
import type { Field } from '../protocols/field.ts'
import type { AnyProtocol } from '../protocols/protocol.ts'

/**
 * The declarations of one protocol's fields: `table["type"] = ProtoField.uint32(…)`, and its value names as tables of
 * their own, such as ENGINEIO_TYPE. Names that are not the protocol's own (`_ws.expert.message`) are left out.
 */
export function luaFields(protocol: AnyProtocol, table: string): string {
  const own = Object.values(protocol.fields).filter((field) => field.name.startsWith(`${protocol.id}.`))
  const names = own.flatMap((field) => (field.values === undefined ? [] : [valueTable(field, field.values)]))
  const rows = own.map(
    (field) => `  [${luaString(field.name.slice(protocol.id.length + 1))}] = ${declaration(field)},`,
  )
  return [...names, `local ${table} = {`, ...rows, '}', `${protocol.id}.fields = ${table}`].join('\n')
}

/** `engineio.error.code` becomes ENGINEIO_ERROR_CODE. */
function valueTableName(field: Field): string {
  return field.name.replaceAll('.', '_').toUpperCase()
}

function valueTable(field: Field, values: Readonly<Record<number, string>>): string {
  const rows = Object.entries(values).map(([code, name]) => `[${code}] = ${luaString(name)}`)
  return `local ${valueTableName(field)} = { ${rows.join(', ')} }`
}

/** Field kinds as Wireshark's Lua has them; the arguments before the description differ. */
function declaration(field: Field): string {
  const [name, label] = [luaString(field.name), luaString(field.label)]
  const about = luaString(field.about ?? '')
  switch (field.type) {
    case 'uint':
      return field.values === undefined
        ? `ProtoField.uint64(${name}, ${label}, ${unit(field)}, nil, ${about})`
        : `ProtoField.uint32(${name}, ${label}, base.DEC, ${valueTableName(field)}, nil, ${about})`
    case 'boolean':
      return `ProtoField.bool(${name}, ${label}, base.NONE, nil, nil, ${about})`
    case 'frame':
      return `ProtoField.framenum(${name}, ${label}, base.NONE, ${frameType(field)}, nil, ${about})`
    case 'duration':
      return `ProtoField.relative_time(${name}, ${label}, ${about})`
    case 'bytes':
      return `ProtoField.bytes(${name}, ${label}, base.NONE, ${about})`
    case 'string':
      return `ProtoField.string(${name}, ${label}, base.UNICODE, ${about})`
    default:
      throw new TypeError(`${field.name}: no Lua for fields of type ${field.type}`)
  }
}

function unit({ unit }: Field): string {
  return unit === undefined ? 'base.DEC, nil' : `base.DEC + base.UNIT_STRING, { ${luaString(` ${unit}`)} }`
}

/** What a click on the packet's number leads to: Wireshark draws it beside the packet list. */
function frameType({ name }: Field): string {
  if (name.endsWith('_in')) return 'frametype.RESPONSE'
  if (name.endsWith('_to') || name.endsWith('.of')) return 'frametype.REQUEST'
  return 'frametype.NONE'
}

/** Text as a Lua string literal. */
function luaString(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

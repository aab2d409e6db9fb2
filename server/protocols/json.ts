/** JavaScript Object Notation, RFC 8259: how the values of a program become text, and text values again. */
import { type Cursor, decodeText } from './cursor.ts'
import { expertMessage } from './expert.ts'
import { heading, text } from './field.ts'
import { type JsonNode, parseJson, stringOf } from './json-text.ts'
import { type NamedFields, protocol } from './protocol.ts'

const FIELDS = {
  object: heading('Object', {
    about: 'Names and values between { and }; their order means nothing.',
    spec: 'RFC 8259 §4',
  }),
  array: heading('Array', { about: 'Values in order between [ and ].', spec: 'RFC 8259 §5' }),
  member: text('Member', { about: 'One name of an object, and its value.', spec: 'RFC 8259 §4' }),
  key: text('Key', { about: 'The name alone.', spec: 'RFC 8259 §4' }),
  path: text('Path', {
    about:
      'The names that lead to a member, from the outermost object on; [] stands for an element of an array.',
  }),
  path_with_value: text('Path with value', {
    about: 'The same and the value behind a colon: to filter for a value at its place.',
  }),
  member_with_value: text('Member with value', {
    about: 'A name, or [] for an element of an array, and its value.',
  }),
  'value.string': text('String value', {
    about: 'Text in quotes, its escapes undone: what stands between the quotes on the wire may be longer.',
    spec: 'RFC 8259 §7',
  }),
  'value.number': text('Number value', {
    about:
      'Decimal digits; JavaScript reads it as a double, so integers above 2^53 - 1 lose their last digits.',
    spec: 'RFC 8259 §6',
  }),
  'value.true': heading('True value', { about: 'The literal true.', spec: 'RFC 8259 §3' }),
  'value.false': heading('False value', { about: 'The literal false.', spec: 'RFC 8259 §3' }),
  'value.null': heading('Null value', { about: 'The literal null: there is no value.', spec: 'RFC 8259 §3' }),
  value: text('Text', { about: 'The whole of it, as it was sent.', spec: 'RFC 8259 §2' }),
  '=_ws.expert.message': expertMessage,
}

export const json = protocol({
  id: 'json',
  name: 'JavaScript Object Notation',
  osi: 6,
  unit: 'data',
  spec: 'RFC 8259',
  about:
    'Writes values as text that every language can read; what is no JSON value (a date, bytes) must be made one first.',
  fields: FIELDS,
  dissect(c, f) {
    if (c.recording) {
      const { pos, end } = c
      c.put(f.value, decodeText(c.bytes.subarray(pos, end)), pos, end)
      let { root, problem, end: stopped } = parseJson(c.bytes, pos, end)
      if (root !== undefined) show(c, f, root, '', undefined)
      // Texts may follow one another, as in a log of a JSON text a line: each is shown.
      for (let more = 0; problem !== undefined && more < MAX_TEXTS && begins(c.bytes[stopped]); more++) {
        ;({ root, problem, end: stopped } = parseJson(c.bytes, stopped, end))
        if (root !== undefined) show(c, f, root, '', undefined)
      }
      if (problem !== undefined) c.put(f['=_ws.expert.message'], problem, pos, end)
    }
    c.pos = c.end
    return undefined
  },
  wordy: true,
})

/** Texts one behind the other that are told apart. */
const MAX_TEXTS = 1000
const begins = (byte: number | undefined) => byte === 0x7b || byte === 0x5b

/** `path` leads to the node; `name` is that of the member that it is the value of, `[]` for an element of an array. */
function show(
  c: Cursor,
  f: NamedFields<typeof FIELDS>,
  node: JsonNode,
  path: string,
  name: string | undefined,
): void {
  const { kind, start, end, children } = node
  if (kind === 'object' || kind === 'array') {
    const text = `${children.length} ${kind === 'object' ? 'member' : 'element'}${children.length === 1 ? '' : 's'}`
    c.pos = start
    const inside = () => {
      for (const child of children) {
        if (kind === 'object') member(c, f, child, path)
        else show(c, f, child, `${path}/[]`, '[]')
      }
      c.pos = end
    }
    c.group(f[kind], '', inside, text)
    return
  }
  const source = decodeText(c.bytes.subarray(start, end))
  const text = kind === 'string' ? (stringOf(c.bytes, node) ?? source) : source
  if (name !== undefined) {
    c.put(f.path_with_value, `${path}:${text}`, start, end)
    c.put(f.member_with_value, `${name}:${text}`, start, end)
  }
  if (kind === 'string') c.put(f['value.string'], text, start, end)
  else if (kind === 'number') c.put(f['value.number'], text, start, end)
  else c.put(f[`value.${kind}`], '', start, end, kind)
  c.pos = end
}

function member(c: Cursor, f: NamedFields<typeof FIELDS>, node: JsonNode, path: string): void {
  const { text: name, start, end } = node.key ?? { text: '', start: node.start, end: node.start }
  const own = `${path}/${name}`
  c.pos = start
  const inside = () => {
    show(c, f, node, own, name)
    c.put(f.key, name, start, end)
    c.put(f.path, own, start, node.end)
    c.pos = node.end
  }
  c.group(f.member, name, inside)
}

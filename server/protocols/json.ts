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
      const { root, problem } = parseJson(c.bytes, c.pos, c.end)
      const { pos, end } = c
      c.put(f.value, decodeText(c.bytes.subarray(pos, end)), pos, end)
      if (root !== undefined) show(c, f, root)
      if (problem !== undefined) c.put(f['=_ws.expert.message'], problem, pos, end)
    }
    c.pos = c.end
    return undefined
  },
})

function show(c: Cursor, f: NamedFields<typeof FIELDS>, node: JsonNode): void {
  if (node.key === undefined) {
    value(c, f, node)
    return
  }
  c.pos = node.key.start
  c.group(f.member, node.key.text, () => value(c, f, node))
}

function value(c: Cursor, f: NamedFields<typeof FIELDS>, node: JsonNode): void {
  const { kind, start, end } = node
  const source = () => decodeText(c.bytes.subarray(start, end))
  if (kind === 'object' || kind === 'array') {
    c.pos = start
    const text = `${node.children.length} ${kind === 'object' ? 'member' : 'element'}${node.children.length === 1 ? '' : 's'}`
    c.group(
      f[kind],
      '',
      () => {
        for (const child of node.children) show(c, f, child)
        c.pos = end
      },
      text,
    )
  } else if (kind === 'string') c.put(f['value.string'], stringOf(c.bytes, node) ?? source(), start, end)
  else if (kind === 'number') c.put(f['value.number'], source(), start, end)
  else c.put(f[`value.${kind}`], '', start, end, kind)
  c.pos = end
}

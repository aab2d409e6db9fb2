import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Packet } from '../../server/protocols/packet.ts'
import { compileFilter, FilterError } from '../../server/trace/filter.ts'
import { filterNames } from '../../server/trace/filter-fields.ts'
import { FUNCTIONS } from '../../server/trace/filter-functions.ts'
import type { Comparison } from '../../server/trace/filter-lexer.ts'
import { cutRanges, parseRanges } from '../../server/trace/filter-ranges.ts'
import { type Expression, type Operand, parseFilter } from '../../server/trace/filter-syntax.ts'
import { parseTime } from '../../server/trace/filter-times.ts'
import { Trace } from '../../server/trace/trace.ts'
import { frameOf, hex, TcpConversation, udpFrame } from '../frames.ts'

const OPERATORS: Readonly<Record<Comparison, readonly string[]>> = {
  eq: ['==', 'eq', 'any_eq'],
  ne: ['!=', 'ne', 'all_ne'],
  all_eq: ['===', 'all_eq'],
  any_ne: ['!==', 'any_ne', '~='],
  gt: ['>', 'gt'],
  ge: ['>=', 'ge'],
  lt: ['<', 'lt'],
  le: ['<=', 'le'],
  contains: ['contains'],
  matches: ['matches', '~'],
}

/** A tree without its places in the text. */
type Shape = Record<string, unknown>

interface Written {
  readonly text: string
  readonly shape: Shape
}

const word = fc
  .constantFrom('tcp', 'tcp.port', 'http.host', 'frame.len', '80', '0x1f', '10.0.0.1', 'fe80::1', '01:02:ff')
  .map((text): Written => ({ text, shape: { kind: 'word', text } }))
const quoted = fc
  .array(fc.constantFrom('a', 'Z', '9', ' ', '(', '"', '\\', '\n', 'ü'), { maxLength: 6 })
  .map((characters): Written => {
    const value = characters.join('')
    const text = value.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
    return { text: `"${text}"`, shape: { kind: 'string', text: Buffer.from(value).toString('latin1') } }
  })
const ranges = fc.constantFrom('0:4', '-4:', '2', '0-1,5:2', ':3', '-3--1')

const { expression } = fc.letrec<{ operand: Written; entity: Written; expression: Written }>((tie) => ({
  entity: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word,
    quoted,
    fc.tuple(fc.constantFrom('len', 'lower', 'nonsense'), fc.array(tie('operand'), { maxLength: 3 })).map(
      ([name, given]): Written => ({
        text: `${name}(${given.map(({ text }) => text).join(', ')})`,
        shape: { kind: 'call', name, arguments: given.map(({ shape }) => shape) },
      }),
    ),
    fc.tuple(tie('entity'), ranges).map(
      ([of, range]): Written => ({
        text: `${of.text}[${range}]`,
        shape: { kind: 'slice', of: of.shape, ranges: parseRanges(range, 0) },
      }),
    ),
  ),
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('entity'),
    fc.tuple(tie('operand'), fc.constantFrom('+', '-', '*', '/', '%', '&'), tie('operand')).map(
      ([left, op, right]): Written => ({
        text: `{${left.text}} ${op} {${right.text}}`,
        shape: { kind: 'arithmetic', op, left: left.shape, right: right.shape },
      }),
    ),
    tie('entity').map((of): Written => ({ text: `- ${of.text}`, shape: { kind: 'negative', of: of.shape } })),
  ),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('operand').map((of): Written => ({ text: of.text, shape: { kind: 'bare', operand: of.shape } })),
    fc
      .tuple(
        fc.constantFrom('', 'any ', 'all '),
        tie('operand'),
        fc.constantFrom(...(Object.entries(OPERATORS) as [Comparison, string[]][])),
        fc.nat(),
        tie('operand'),
      )
      .map(
        ([quantifier, left, [op, signs], sign, right]): Written => ({
          text: `${quantifier}${left.text} ${signs[sign % signs.length]} ${right.text}`,
          shape: {
            kind: 'compare',
            quantifier: quantifier.trim() || undefined,
            op,
            left: left.shape,
            right: right.shape,
          },
        }),
      ),
    fc.tuple(tie('operand'), tie('operand'), tie('operand')).map(
      ([left, low, high]): Written => ({
        text: `${left.text} in {${low.text}, ${low.text} .. ${high.text}}`,
        shape: {
          kind: 'in',
          quantifier: undefined,
          left: left.shape,
          items: [
            { low: low.shape, high: undefined },
            { low: low.shape, high: high.shape },
          ],
        },
      }),
    ),
    tie('expression').map(
      (of): Written => ({ text: `!(${of.text})`, shape: { kind: 'not', inner: of.shape } }),
    ),
    fc.tuple(fc.constantFrom('and', 'or', 'xor'), tie('expression'), tie('expression')).map(
      ([kind, left, right]): Written => ({
        text: `(${left.text}) ${kind} (${right.text})`,
        shape: { kind, parts: [left.shape, right.shape] },
      }),
    ),
  ),
}))

function shapeOf(node: Expression | Operand): Shape {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip)
    if (typeof value !== 'object' || value === null) return value
    const kept = Object.entries(value).filter(
      ([key]) => !['at', 'end', 'only', 'layers'].includes(key) || key === 'length',
    )
    return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]))
  }
  return strip(node) as Shape
}

test('what is written from a tree is read as that tree', () => {
  fc.assert(
    fc.property(expression, ({ text, shape }) => {
      fc.pre(text.length < 4000)
      assert.deepEqual(shapeOf(parseFilter(text)), shape)
    }),
    { numRuns: 1000 },
  )
})

function compiled(text: string): ((packet: Packet) => boolean) | undefined {
  try {
    return compileFilter(text).matches
  } catch (error) {
    assert.ok(error instanceof FilterError, `${text}: ${error instanceof Error ? error.stack : error}`)
    assert.ok(error.at >= 0 && error.at <= text.length, text)
    return undefined
  }
}

const LITERALS = [
  '1',
  '0xff',
  '"x"',
  "'x'",
  '10.0.0.0/8',
  '::1',
  '01:02',
  'True',
  '0.5',
  '"2026-01-01"',
  'ff',
]
const operandText = fc.oneof(
  fc.constantFrom(...filterNames().map(({ name }) => name)),
  fc.constantFrom(...LITERALS),
  fc
    .tuple(fc.constantFrom(...FUNCTIONS), fc.constantFrom(...filterNames()))
    .map(([call, { name }]) => `${call.name}(${name})`),
  fc
    .tuple(fc.constantFrom(...filterNames()), ranges, fc.constantFrom('', '#1', '#2', '#[1-2]'))
    .map(([{ name }, range, layer]) => `${name}${layer}[${range}]`),
  fc
    .tuple(fc.constantFrom(...filterNames()), fc.constantFrom('+', '-', '*', '/', '%', '&'))
    .map(([{ name }, op]) => `${name} ${op} 3`),
)
const filterText = fc
  .tuple(
    fc.constantFrom('', '!', 'all ', 'any '),
    operandText,
    fc.constantFrom(...Object.values(OPERATORS).flat(), 'in'),
    operandText,
  )
  .map(
    ([before, left, op, right]) =>
      `${before}${left} ${op} ${op === 'in' ? `{${right}, ${right} .. ${right}}` : right}`,
  )

function packets(): Trace {
  const trace = new Trace()
  const talk = new TcpConversation({ server: { address: '10.0.0.1', port: 80 } })
  talk.handshake()
  talk.send('client', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  talk.send('server', 'HTTP/1.1 204 No Content\r\n\r\n')
  for (const frame of talk.frames) trace.add(frame)
  trace.add(udpFrame({ address: '::1', port: 9 }, { address: '::1', port: 53 }, hex('0001 0000 0001')))
  return trace
}

test('no filter throws on any packet, and none needs a protocol that the packet lacks', () => {
  const trace = packets()
  fc.assert(
    fc.property(filterText, fc.uint8Array({ maxLength: 80 }), (text, noise) => {
      const matches = compiled(text)
      if (matches === undefined) return
      const { protocols } = compileFilter(text)
      const own = new Trace()
      own.add(frameOf(noise))
      for (const source of [trace, own]) {
        for (let number = 1; number <= source.last; number++) {
          const packet = source.packet(number)
          assert.ok(typeof packet !== 'string')
          if (matches(packet)) assert.equal(packet.protocols & protocols, protocols, text)
        }
      }
    }),
    { numRuns: 1500 },
  )
})

test('what a filter wants is enough to judge by', () => {
  const trace = packets()
  const names = new Set(filterNames().map(({ name }) => name))
  fc.assert(
    fc.property(filterText, (text) => {
      if (compiled(text) === undefined) return
      const { wanted, matches } = compileFilter(text)
      for (const name of wanted.names) assert.ok(names.has(name), name)
      for (let number = 1; number <= trace.last; number++) {
        const packet = trace.packet(number)
        assert.ok(typeof packet !== 'string')
        const whole = matches(packet)
        for (const layer of packet.layers) keepWanted(layer.fields, wanted.names)
        assert.equal(matches(packet), whole, text)
      }
    }),
    { numRuns: 500 },
  )
})

type Spans = Packet['layers'][number]['fields']

/** Leaves the wanted fields, and headings above them. */
function keepWanted(spans: Spans, wanted: ReadonlySet<string>): void {
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]!
    if (span.children !== undefined) keepWanted(span.children, wanted)
    const names = [span.field.name, ...(span.field.aliases ?? [])]
    if (!names.some((name) => wanted.has(name)) && (span.children?.length ?? 0) === 0) spans.splice(i, 1)
  }
}

test('a slice is what JavaScript would cut, and nothing where a part is missing', () => {
  const bytes = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(
      bytes,
      fc.integer({ min: -14, max: 14 }),
      fc.integer({ min: 1, max: 14 }),
      (text, start, length) => {
        const from = start < 0 ? text.length + start : start
        const there = from >= 0 && from + length <= text.length
        const cut = cutRanges(text, parseRanges(`${start}:${length}`, 0))
        assert.equal(cut, there ? text.slice(from, from + length) : '')
        assert.equal(cutRanges(text, parseRanges(`${start}:`, 0)), from >= 0 ? text.slice(from) : '')
      },
    ),
  )
})

test('a moment in ISO 8601 is the moment that JavaScript reads', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, (date) => {
      const nanoseconds = BigInt(date.getTime()) * 1_000_000n
      assert.equal(parseTime(date.toISOString()), nanoseconds)
      assert.equal(parseTime(date.toISOString().replace('T', ' ').replace('Z', ' UTC')), nanoseconds)
      assert.equal(parseTime(`${date.toISOString().slice(0, -1)}+02:00`), nanoseconds - 7_200_000_000_000n)
    }),
  )
  for (const wrong of [
    '',
    '2026-13-01',
    '2026-02-30',
    '2026-01-01T25:00:00Z',
    'Foo 1, 2026 00:00:00',
    'now',
  ]) {
    assert.equal(parseTime(wrong), undefined, wrong)
  }
})

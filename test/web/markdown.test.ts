import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderMarkdown, withoutTitle } from '../../web/views/markdown.ts'

test('a lab’s text becomes headings, lists, tables and code', () => {
  assert.equal(renderMarkdown('## The idea').trim(), '<h3>The idea</h3>')
  assert.match(
    renderMarkdown('Type `nc 127.0.0.1 4001`, **then** wait.'),
    /<code>nc 127\.0\.0\.1 4001<\/code>, <strong>then/,
  )
  assert.match(renderMarkdown('| a | b |\n| - | - |\n| 1 | 2 |'), /<th>a<\/th>.*<td>2<\/td>/s)
})

test('HTML in a text is shown as text', () => {
  assert.equal(renderMarkdown('<script>alert(1)</script>').trim(), '&lt;script&gt;alert(1)&lt;/script&gt;')
  assert.ok(!renderMarkdown('so <img src=x onerror=alert(1)> there').includes('<img'))
})

test('only links to the web stay links', () => {
  assert.match(
    renderMarkdown('[RFC](https://www.rfc-editor.org/rfc/rfc9293)'),
    /<a href="https:\/\/www\.rfc-editor\.org/,
  )
  assert.ok(!renderMarkdown('[x](javascript:alert(1))').includes('<a'))
  assert.ok(!renderMarkdown('![x](https://example.org/x.png)').includes('<img'))
})

test('no text makes a tag of its own or an attribute that runs', () => {
  const tricky = fc.array(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '[',
      ']',
      '(',
      ')',
      '`',
      '!',
      'javascript:',
      'script',
      'img',
      ' onerror=',
      '\n',
      'a',
      '|',
      '&',
    ),
    { maxLength: 30 },
  )
  const allowed =
    /^\/?(p|h[1-6]|ul|ol|li|code|pre|em|strong|del|a|br|hr|blockquote|div|table|thead|tbody|tr|th|td|input)$/
  fc.assert(
    fc.property(tricky, (parts) => {
      const html = renderMarkdown(parts.join(''))
      for (const [, tag = '', rest = ''] of html.matchAll(/<([^\s>]+)([^>]*)>/g)) {
        assert.match(tag, allowed)
        assert.ok(!/\son\w+=/i.test(rest.replace(/"[^"]*"/g, '""')), rest)
      }
    }),
  )
})

test('a title that stands above already is left out', () => {
  assert.equal(withoutTitle('# 01 Layers\n\n**You will** send.'), '**You will** send.')
})

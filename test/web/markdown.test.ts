import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderMarkdown } from '../../web/views/markdown.ts'

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
    /^\/?(p|h[1-6]|ul|ol|li|code|pre|em|strong|del|a|br|hr|blockquote|div|table|thead|tbody|tr|th|td|input|button|span)$/
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

test('a reference to an RFC leads to its section', () => {
  const to = (words: string) =>
    [...renderMarkdown(words).matchAll(/href="https:\/\/www\.rfc-editor\.org\/rfc\/([^"]*)"/g)].map(
      ([, at]) => at,
    )
  assert.deepEqual(to('says who (RFC 9293 §3.5, §3.6).'), ['rfc9293#section-3.5', 'rfc9293#section-3.6'])
  assert.deepEqual(to('a scale (RFC\n7323 §2).'), ['rfc7323#section-2'])
  assert.deepEqual(to('RFC 9293 §3.4 and §3.5, and RFC 1350.'), [
    'rfc9293#section-3.4',
    'rfc9293#section-3.5',
    'rfc1350',
  ])
  assert.deepEqual(to('RFC 5681 §B.2'), ['rfc5681#appendix-B.2'])
  assert.deepEqual(to('`RFC 9293 §3.5`'), [])
  assert.match(
    renderMarkdown('*RFC 768*'),
    /<em><a [^>]*target="_blank" rel="noopener noreferrer">RFC 768<\/a>/,
  )
  assert.equal(renderMarkdown('[RFC 768](https://example.org/)').match(/<a /g)?.length, 1)
})

test('lines of code have a button that copies them', () => {
  assert.match(
    renderMarkdown('```sh\nnc $TCP\n```'),
    /<pre tabindex="0">.*<button type="button"[^>]*data-copy/s,
  )
})

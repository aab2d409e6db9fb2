/**
 * A lab's Markdown as HTML. Labs are files of this repository, but a teacher may drop in another's: HTML in them is
 * shown as text, pictures are left out, and links go to the web or nowhere.
 */
import { Marked } from 'marked'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

const marked = new Marked({
  async: false,
  gfm: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens)
      if (!/^https?:\/\//i.test(href)) return words
      return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${words}</a>`
    },
    // The drawer has the page's headings: a lab's own go below them.
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 1)
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`
    },
    table({ header, rows }) {
      const cell = (name: 'th' | 'td') => (inner: (typeof header)[number]) =>
        `<${name}>${this.parser.parseInline(inner.tokens)}</${name}>`
      const head = `<tr>${header.map(cell('th')).join('')}</tr>`
      const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('')
      return `<div class="prose__table"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>`
    },
  },
})

/** Markdown as HTML that is safe to put into the page: no tags of the text's own, no scripts, no `javascript:`. */
export function renderMarkdown(text: string): string {
  return marked.parse(text, { async: false })
}

/** The text without its first heading, where that only repeats a title that stands above it. */
export function withoutTitle(text: string): string {
  return text.replace(/^\s*# .*\n+/, '')
}

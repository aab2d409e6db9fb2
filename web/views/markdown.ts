/**
 * A lab's Markdown as HTML. Labs are files of this repository, but a teacher may drop in another's: HTML in them is
 * shown as text, pictures are left out, and links go to the web or nowhere.
 */
import { Marked, type Tokens } from 'marked'

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

/** `RFC 9293 §3.5, §3.6`: the document, its first section, and others of the same. */
const RFC = /\bRFC\s+(\d{3,5})(?:\s+§([\dA-Z][\d.]*\d|[\dA-Z]))?((?:,?\s+(?:and\s+)?§[\dA-Z][\d.]*)*)/g

/** References to RFCs in text that is HTML already, as links to the RFC Editor. */
function linkRfcs(html: string): string {
  return html.replace(RFC, (whole, number: string, section: string | undefined, more: string) => {
    const first = rfcLink(number, section, whole.slice(0, whole.length - more.length))
    return (
      first +
      more.replace(/§([\dA-Z](?:[\d.]*\d)?)/g, (words, other: string) => rfcLink(number, other, words))
    )
  })
}

function rfcLink(number: string, section: string | undefined, words: string): string {
  const kind = section !== undefined && /^[A-Z]/.test(section) ? 'appendix' : 'section'
  const place = section === undefined ? '' : `#${kind}-${section}`
  return `<a href="https://www.rfc-editor.org/rfc/rfc${number}${place}" ${ELSEWHERE}>${words}</a>`
}

const ELSEWHERE = 'target="_blank" rel="noopener noreferrer"'
let inLink = false

const marked = new Marked({
  async: false,
  gfm: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const toTheWeb = /^https?:\/\//i.test(href)
      inLink = toTheWeb
      const words = this.parser.parseInline(tokens)
      inLink = false
      return toTheWeb ? `<a href="${escapeHtml(href)}" ${ELSEWHERE}>${words}</a>` : words
    },
    text(token) {
      if ('tokens' in token && token.tokens !== undefined) return this.parser.parseInline(token.tokens)
      const html = isEscaped(token) ? token.text : escapeHtml(token.text)
      return inLink ? html : linkRfcs(html)
    },
    // Longer than the drawer is wide it scrolls, also by key.
    code({ text, lang }) {
      const language = lang === undefined ? '' : ` class="language-${escapeHtml(lang)}"`
      const pre = `<pre tabindex="0"><code${language}>${escapeHtml(text)}\n</code></pre>`
      return `<div class="prose__code">${pre}<button type="button" class="prose__copy" data-copy aria-label="Copy these lines"><span role="status">Copy</span></button></div>\n`
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

const isEscaped = (token: Tokens.Text | Tokens.Escape) => 'escaped' in token && token.escaped === true

/** Markdown as HTML that is safe to put into the page: no tags of the text's own, no scripts, no `javascript:`. */
export function renderMarkdown(text: string): string {
  return marked.parse(text, { async: false })
}

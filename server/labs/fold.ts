/** Prose in a terminal: filled to its width, so that no word is cut in two. */
import { stripVTControlCharacters } from 'node:util'

/** A line's end within a paragraph; not one before an item of a list, a row of a table, or what is indented. */
const SOFT_BREAK = /(?<=[^\n])\n(?!\n|$| {4}|- |\d+\. |\|) */g

/** Markdown's own line ends say nothing: a paragraph is one line. */
export function joinLines(markdown: string): string {
  return markdown.replace(SOFT_BREAK, ' ')
}

/** Of a terminal, and it may change at any time; undefined for a file or a pipe. */
export function columnsOf(stdout: NodeJS.WritableStream): number | undefined {
  return 'columns' in stdout && typeof stdout.columns === 'number' ? stdout.columns : undefined
}

/** Lines of at most `columns`, broken at spaces; colours take no room. Without a width, as it is. */
export function fold(text: string, columns: number | undefined): string {
  if (columns === undefined) return text
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= columns || /^ {4}|^\|/.test(line) ? line : foldLine(line, columns)))
    .join('\n')
}

function foldLine(line: string, columns: number): string {
  const lines: string[] = []
  const text = line.trimStart()
  const [first = '', ...words] = text.split(' ')
  let last = line.slice(0, -text.length) + first
  for (const word of words) {
    if (last !== '' && widthOf(last) + 1 + widthOf(word) > columns) {
      lines.push(last)
      last = word
    } else last = last === '' ? word : `${last} ${word}`
  }
  return [...lines, last].join('\n')
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}

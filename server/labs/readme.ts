/** A lab's README is the only place where its words stand: this takes it apart for the steps. */

export interface LabText {
  /** All but the steps, Markdown. */
  readonly text: string
  /** The sections `### 1 · Title` below `## Steps`, in order. */
  readonly steps: readonly { readonly title: string; readonly text: string }[]
}

const STEPS = /^## Steps\s*$/m
const NEXT_SECTION = /^## /m
const STEP = /^### \d+ · (.+)$/m

export function readLabText(markdown: string): LabText {
  const start = STEPS.exec(markdown)
  if (start === null) return { text: markdown, steps: [] }
  const behind = markdown.slice(start.index + start[0].length)
  const end = NEXT_SECTION.exec(behind)?.index ?? behind.length
  // Split with a capturing group: text before the first heading, then title and body in turn.
  const parts = behind.slice(0, end).split(STEP)
  const steps: { title: string; text: string }[] = []
  for (let i = 1; i + 1 < parts.length; i += 2) {
    steps.push({ title: (parts[i] ?? '').trim(), text: (parts[i + 1] ?? '').trim() })
  }
  return { text: `${markdown.slice(0, start.index).trim()}\n\n${behind.slice(end).trim()}\n`, steps }
}

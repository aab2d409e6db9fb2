/** A command as one can type it, with a button that copies it; and a button that copies where one is. */
import { copyText } from '../lib/clipboard.ts'
import { useBriefly } from './briefly.ts'
import { Icon } from './icons.tsx'

export function Command({ text, label = 'Copy the command' }: { text: string; label?: string }) {
  return (
    <div class="command">
      <code class="command__text">{text}</code>
      <CopyButton class="command__copy" text={text} label={label} words="Copy" />
    </div>
  )
}

interface CopyProps {
  class: string
  text: string
  label: string
  words: string
}

export function CopyButton({ class: name, text, label, words }: CopyProps) {
  const [said, say] = useBriefly()
  return (
    <button
      type="button"
      class={name}
      aria-label={`${label}: ${text}`}
      title={label}
      onClick={async () => say(await copied(text))}
    >
      <Icon name={said === COPIED ? 'check' : 'copy'} />
      <span role="status">{said === '' ? words : said}</span>
    </button>
  )
}

/** Copies what the page's address is just then. */
export function CopyLink({ text, label }: { text: () => string; label: string }) {
  const [said, say] = useBriefly()
  return (
    <button
      type="button"
      class="copy-link"
      aria-label={label}
      title={label}
      onClick={async () => say(await copied(text()))}
    >
      <Icon name={said === COPIED ? 'check' : 'link'} />
      <span role="status">{said}</span>
    </button>
  )
}

const COPIED = 'Copied'

async function copied(text: string): Promise<string> {
  return (await copyText(text)) ? COPIED : 'Not copied'
}

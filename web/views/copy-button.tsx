/** A command as one can type it, with a button that copies it. */
import { useEffect, useState } from 'preact/hooks'
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

/** Stands beside the `code` that it copies. */
export function CopyButton({ class: name, text, label, words }: CopyProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      class={name}
      aria-label={`${label}: ${text}`}
      title={label}
      onClick={async (event) => setCopied(await copyText(text, event.currentTarget))}
    >
      <Icon name={copied ? 'check' : 'copy'} />
      <span role="status">{copied ? 'Copied' : words}</span>
    </button>
  )
}

/** Away from localhost a page without TLS has no clipboard: the text is then selected, for the keyboard to copy. */
async function copyText(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const code = button.parentElement?.querySelector('code')
    if (code) getSelection()?.selectAllChildren(code)
    return false
  }
}

/** Text that is read, out of Markdown; its lines of code can be copied. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { copyText } from '../lib/clipboard.ts'
import { renderMarkdown } from './markdown.ts'

const SAID_MS = 2000

export function Prose({ text }: { text: string }) {
  const html = useMemo(() => ({ __html: renderMarkdown(text) }), [text])
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const copy = ({ target }: Event) => void copyFrom(target)
    box.current?.addEventListener('click', copy)
    return () => box.current?.removeEventListener('click', copy)
  }, [])
  // renderMarkdown lets none of the text's own HTML through.
  return <div class="prose" ref={box} dangerouslySetInnerHTML={html} />
}

async function copyFrom(target: EventTarget | null): Promise<void> {
  const button = target instanceof Element ? target.closest('[data-copy]') : null
  const words = button?.querySelector('[role="status"]')
  const code = button?.parentElement?.querySelector('pre')?.textContent
  if (!words || code == null) return
  words.textContent = (await copyText(code.replace(/\n$/, ''))) ? 'Copied' : 'Not copied'
  setTimeout(() => {
    words.textContent = 'Copy'
  }, SAID_MS)
}

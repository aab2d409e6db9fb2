/** While the page shows a file: which and from where, the way back, and the place where another is let go. */
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import { originWords, shortName } from '../lib/capture-words.ts'
import { plural } from '../lib/format.ts'

export interface OpenedBannerProps {
  capture: CaptureNode
  /** Where the page is small only what must be said is. */
  folded: boolean
  onSave: () => void
  onBack: () => void
}

export function OpenedBanner({ capture, folded, onSave, onBack }: OpenedBannerProps) {
  const { session, notes, name, packets, evicted } = capture
  const remarks = [...new Set(notes)]
  if (evicted > 0) remarks.unshift(`${plural(evicted, 'older packet')} made room for the rest`)
  return (
    <section class="banner banner--file" aria-label="Opened file">
      <span class="state-mark state-mark--solid" aria-hidden="true" />
      <div class="banner__words">
        <p class="banner__title" title={name}>
          {shortName(name)} <span class="banner__count">{plural(packets, 'packet')}</span>
        </p>
        {!folded && <p class="banner__text">{originWords(session)}</p>}
        {remarks.length > 0 && (
          <details class="banner__notes">
            <summary>
              {remarks.length === 1 ? 'One remark' : `${remarks.length} remarks`} on how it was read
            </summary>
            <ul>
              {remarks.map((note) => (
                <li key={note}>{`${note.charAt(0).toUpperCase()}${note.slice(1)}.`}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <div class="banner__ways">
        <button type="button" class="banner__quiet" onClick={onSave}>
          Save a copy
        </button>
        <button type="button" class="banner__button" onClick={onBack}>
          Back to live
        </button>
      </div>
    </section>
  )
}

/** Over the whole page while a file is held above it. */
export function DropPlace({ busy, file }: { busy: boolean; file: boolean }) {
  const words = file
    ? 'Let go: a capture is opened, a key log opens what is sealed in this one'
    : 'Let go to open it'
  return (
    <div class="drop-place" aria-hidden="true">
      <p>{busy ? 'Another file is just being opened' : words}</p>
    </div>
  )
}

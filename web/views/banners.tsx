/** Said above the panes: no packet can be seen, the lab is gone or began anew, a part of the page is missing. */
import type { CaptureStatus } from '../../server/dashboard/api.ts'
import { Command } from './copy-button.tsx'

/** No packet can be seen, though one should. */
export function isLacking(capture: CaptureStatus): boolean {
  return capture.state === 'unavailable' || capture.state === 'failed'
}

/** Above the page when no packet can be seen: what is the matter, and what to type. */
export function CaptureBanner({
  capture,
  folded = false,
  onRetry,
}: {
  capture: CaptureStatus
  /** Where the page is small its commands wait to be asked for. */
  folded?: boolean
  onRetry: () => void
}) {
  if (!isLacking(capture) && capture.state !== 'off') return null
  return (
    <section class="banner" aria-label="Capture">
      <span class="state-mark state-mark--broken" aria-hidden="true" />
      <div class="banner__words">
        <p class="banner__title">
          {capture.state === 'off'
            ? 'Capture is off: the services run, but no packet is seen.'
            : 'The services run, but no packet can be seen.'}
        </p>
        <p class="banner__text">{capture.message}</p>
        {capture.remedy.length > 0 && (
          <details class="banner__remedy" open={!folded}>
            <summary>
              {capture.remedy.length === 1
                ? 'This command mends it'
                : 'These commands mend it, in this order'}
            </summary>
            <ol>
              {capture.remedy.map((command) => (
                <li key={command}>
                  <Command text={command} />
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
      {isLacking(capture) && (
        <button type="button" class="banner__button" onClick={onRetry}>
          Try again
        </button>
      )}
    </section>
  )
}

const LOST = {
  gone: {
    title: 'The lab does not answer.',
    text: 'It goes on by itself when the lab is back; is it still running in its terminal?',
  },
  silent: {
    title: 'Nothing comes from the lab any more.',
    text: 'The way to it is broken or very slow, or this computer slept. It goes on by itself as soon as something comes through.',
  },
} as const

/** When the page has lost the lab: what it shows is the past. `since`: epoch milliseconds. */
export function LostBanner({ since, why }: { since: number; why: keyof typeof LOST }) {
  return (
    <LinkBanner
      title={LOST[why].title}
      message={`What stands here was seen until ${new Date(since).toLocaleTimeString()}. ${LOST[why].text}`}
    />
  )
}

export function RefusedBanner({ message }: { message: string }) {
  return <LinkBanner title="The lab does not let this page in." message={message} />
}

/** Read aloud once, when it comes: nothing in it changes with time. */
function LinkBanner({ title, message }: { title: string; message: string }) {
  return (
    <section class="banner banner--link" role="alert">
      <span class="state-mark state-mark--broken" aria-hidden="true" />
      <div class="banner__words">
        <p class="banner__title">{title}</p>
        <p class="banner__text">{message}</p>
      </div>
    </section>
  )
}

/** The observer, or the whole lab, was started again: why the page is empty all at once. */
export function AnewBanner({ onClose }: { onClose: () => void }) {
  return (
    <section class="banner" role="status">
      <span class="state-mark state-mark--ringed" aria-hidden="true" />
      <div class="banner__words">
        <p class="banner__title">The lab began anew.</p>
        <p class="banner__text">What stood here belonged to the run before and is gone with it.</p>
      </div>
      <button type="button" class="banner__button" onClick={onClose}>
        Good
      </button>
    </section>
  )
}

/** What was opened could not be loaded, as when the lab was built anew under this page. */
export function MissingBanner({ onRetry, onReload }: { onRetry: () => void; onReload: () => void }) {
  return (
    <section class="banner" role="alert">
      <span class="state-mark state-mark--broken" aria-hidden="true" />
      <div class="banner__words">
        <p class="banner__title">This part of the page could not be loaded.</p>
        <p class="banner__text">
          Either the lab does not answer, or it was built anew since this page was opened: then reload the
          page.
        </p>
      </div>
      <button type="button" class="banner__button" onClick={onRetry}>
        Try again
      </button>
      <button type="button" class="banner__button" onClick={onReload}>
        Reload the page
      </button>
    </section>
  )
}

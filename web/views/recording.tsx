/** What is seen, to a file: the panel's part about it, and the sign in the bar while it runs. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RecordingNode } from '../../server/dashboard/api-captures.ts'
import { recordedWords, runningFor } from '../lib/capture-words.ts'
import { formatBytes, formatCount, plural } from '../lib/format.ts'
import { CopyButton } from './copy-button.tsx'
import { Problem } from './problem.tsx'

export interface RecordingProps {
  recording: RecordingNode
  /** Why it did not begin. */
  problem: string | null
  /** A file is just being opened: another has to wait. */
  busy: boolean
  onRecord: () => void
  /** Looks into the file that was recorded last. */
  onOpen: () => void
}

export function Recording({ recording, problem, busy, onRecord, onOpen }: RecordingProps) {
  const { state, folder } = recording
  const running = state === 'running' || state === 'stopping'
  const { problem: why } = recording
  const ended = why === null ? null : `The recording ended. ${why.charAt(0).toUpperCase()}${why.slice(1)}`
  return (
    <section class="captures-panel__part" aria-label="Record">
      <h3>Record</h3>
      <p class="captures-panel__quiet">
        All that is seen goes to a file on the lab’s computer, with what only the lab knows: each packet’s
        fate, events, the cable’s settings.
      </p>
      {running && <Running recording={recording} />}
      <button
        type="button"
        class={running ? 'captures-panel__record is-running' : 'captures-panel__record'}
        disabled={state === 'stopping'}
        onClick={onRecord}
      >
        <span class="record-mark" aria-hidden="true" />
        {running ? 'Stop recording' : 'Start recording'}
      </button>
      <Problem message={problem ?? ended} />
      {!running && recording.file !== null && (
        <div class="captures-panel__recorded">
          <p>
            <b>Recorded</b> {recordedWords(recording)}
          </p>
          <code>{`${folder}/${recording.file}`}</code>
          <button type="button" class="captures-panel__underlined" disabled={busy} onClick={onOpen}>
            {recording.files > 1 ? 'Look into its last file' : 'Look into it'}
          </button>
          <CopyButton
            class="captures-panel__copy"
            text={`${folder}/${recording.file}`}
            label="Copy the path"
            words="Copy its path"
          />
        </div>
      )}
    </section>
  )
}

function Running({ recording }: { recording: RecordingNode }) {
  const { packets, bytes, files, missed, file, folder } = recording
  return (
    <dl class="status-panel__facts">
      <Fact name="File">
        <code title={`${folder}/${file}`}>{file}</code>
      </Fact>
      <Fact name="Running for">
        <Elapsed recording={recording} />
      </Fact>
      <Fact name="Written">
        {plural(packets, 'packet')}, {formatBytes(bytes)}
        {files > 1 && ` in ${files} files`}
      </Fact>
      {missed > 0 && (
        <Fact name="Missed">
          {formatCount(missed)} <span class="status-panel__note">the disk was too slow</span>
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="status-panel__fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Counts by the second. The lab runs on this computer, so its clock is ours. */
function Elapsed({ recording: { startedAt } }: { recording: RecordingNode }) {
  const [, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return <>{startedAt === null ? '' : runningFor(startedAt, Date.now() / 1000)}</>
}

/** In the bar while it runs: for how long, and how much; and when it ended by itself, that it did. */
export function RecordingButton({
  recording,
  open,
  onOpen,
}: {
  recording: RecordingNode | undefined
  open: boolean
  onOpen: () => void
}) {
  if (recording === undefined || recording.state === 'off' || recording.state === 'stopping') return null
  const failed = recording.state === 'failed'
  return (
    <button
      type="button"
      class={failed ? 'top-bar__recording is-failed' : 'top-bar__recording'}
      aria-expanded={open}
      aria-controls="captures-panel"
      title={failed ? (recording.problem ?? '') : `Recording to ${recording.file}`}
      onClick={onOpen}
    >
      {failed ? (
        <>
          <span class="state-mark state-mark--broken" aria-hidden="true" />
          <span>Recording ended</span>
        </>
      ) : (
        <>
          <span class="record-mark is-running" aria-hidden="true" />
          <span class="visually-hidden">Recording </span>
          <span>
            <Elapsed recording={recording} />
          </span>
          <span class="top-bar__recorded">{formatBytes(recording.bytes)}</span>
        </>
      )}
    </button>
  )
}

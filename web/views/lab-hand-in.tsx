/** Handing a lab in: a run under the learner's name, in which nothing earlier counts, and its packets as a file. */
import { useId, useState } from 'preact/hooks'
import type { LabArticleProps } from './lab-article.tsx'

export function LabHandIn(props: LabArticleProps) {
  const { lab } = props
  if (lab.unfit !== null) return null
  const { run } = lab
  return run === null || run.submission === null ? (
    <Begin {...props} />
  ) : (
    <Save key={run.id} {...props} {...run.submission} />
  )
}

function Begin({ lab, busy, learner, onStart }: LabArticleProps) {
  const [name, setName] = useState(learner)
  const field = useId()
  return (
    <details class="lab__fold lab-hand-in">
      <summary>Hand in</summary>
      <p class="lab__note">
        What is handed in is one run under your name: what was done before does not count in it, answers do.
        {lab.run === null ? '' : ' The run that is going on ends.'}
      </p>
      <form
        class="lab-hand-in__line"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') onStart(lab.id, name.trim())
        }}
      >
        <label for={field}>Your name</label>
        <input
          id={field}
          class="lab-hand-in__name"
          type="text"
          required
          maxLength={80}
          autocomplete="name"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="lab-hand-in__go" disabled={busy}>
          Begin a run to hand in
        </button>
      </form>
    </details>
  )
}

interface SaveProps extends LabArticleProps {
  learner: string
  file: string
}

function Save({ lab, busy, learner, file, onHandIn }: SaveProps) {
  const [saved, setSaved] = useState(false)
  const { stepList: steps } = lab
  const done = steps.filter(({ state }) => state === 'done').length
  return (
    <section class="lab-hand-in" aria-label="Hand in">
      <h3>Hand in</h3>
      <p class="lab__note">
        This run is of <b>{learner}</b>, and only what is done in it counts.{' '}
        {done === steps.length ? 'Solved.' : `${done} of ${steps.length} steps are done.`}
      </p>
      <button
        type="button"
        class={done === steps.length ? 'lab__go' : 'lab__way'}
        disabled={busy}
        onClick={() => void onHandIn(lab.id, file).then(setSaved)}
      >
        Hand in
      </button>
      <p class="lab__note" role="status">
        {saved && (
          <>
            Saved: <b>{file}</b>, this run’s packets and your answers. Give it to your teacher;{' '}
            <code>wirelab grade</code> judges every step of it again.
          </>
        )}
      </p>
    </section>
  )
}

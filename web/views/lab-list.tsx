/** All labs as a path: what is done, what comes next, and what a lab takes for granted. */
import { useState } from 'preact/hooks'
import type { LabSummary } from '../../server/dashboard/api-labs.ts'
import { duration, EVENING, listed, missingFor, nextLab, stationOf, twoDigits } from '../lib/lab-path.ts'
import { Icon } from './icons.tsx'

export interface LabListProps {
  /** Undefined while they are on their way. */
  labs: readonly LabSummary[] | undefined
  onOpen: (id: string) => void
}

export function LabList({ labs, onOpen }: LabListProps) {
  const [evening, setEvening] = useState(false)
  if (labs === undefined) return <p class="lab-list__note">The labs are on their way.</p>
  if (labs.length === 0) return <p class="lab-list__note">No labs were found beside this Wirelab.</p>
  const four = labs.filter(({ number }) => EVENING.includes(number))
  const path = evening ? four : labs
  const next = nextLab(path)
  return (
    <div class="lab-list">
      {next === undefined ? (
        <p class="lab-list__note">All of them are solved. Each can be walked again, or gone further.</p>
      ) : (
        <Next lab={next} onOpen={onOpen} />
      )}
      {four.length > 1 && four.length < labs.length && (
        <div class="lab-list__ways" role="group" aria-label="Which labs are shown">
          <button type="button" aria-pressed={!evening} onClick={() => setEvening(false)}>
            All {labs.length}
          </button>
          <button type="button" aria-pressed={evening} onClick={() => setEvening(true)}>
            <Icon name="moon" />
            One evening: {listed(four.map(({ number }) => number))}
          </button>
        </div>
      )}
      {evening && (
        <p class="lab-list__about">
          From a frame to a server of your own,{' '}
          {duration(four.reduce((sum, { minutes }) => sum + minutes, 0))}. Other labs that these assume are a
          help, not a must.
        </p>
      )}
      <ol class="lab-list__path">
        {path.map((lab) => (
          <Stop key={lab.id} lab={lab} labs={labs} next={lab === next} onOpen={onOpen} />
        ))}
      </ol>
    </div>
  )
}

function Next({ lab, onOpen }: { lab: LabSummary; onOpen: (id: string) => void }) {
  const begun = stationOf(lab) === 'begun'
  return (
    <section class="lab-list__next" aria-label={begun ? 'Where you are' : 'What comes next'}>
      <p class="lab-list__what">
        {begun
          ? `You are in lab ${twoDigits(lab.number)}, ${lab.done} of ${lab.steps} steps.`
          : `Next is lab ${twoDigits(lab.number)}, about ${lab.minutes} minutes.`}
      </p>
      <button type="button" class="lab-list__go" onClick={() => onOpen(lab.id)}>
        {begun ? 'Continue' : 'Begin'}: {lab.title}
      </button>
    </section>
  )
}

interface StopProps {
  lab: LabSummary
  labs: readonly LabSummary[]
  next: boolean
  onOpen: (id: string) => void
}

function Stop({ lab, labs, next, onOpen }: StopProps) {
  const station = stationOf(lab)
  const missing = station === 'new' ? missingFor(lab, labs) : []
  return (
    <li
      class="lab-list__stop"
      data-station={station}
      data-next={next || undefined}
      data-far={(missing.length > 0 && !next) || lab.unfit !== null || undefined}
    >
      <button type="button" class="lab-list__lab" onClick={() => onOpen(lab.id)}>
        <span class="lab-list__mark">
          {station === 'solved' ? <Icon name="check" /> : twoDigits(lab.number)}
        </span>
        <span class="lab-list__name">
          {station === 'solved' && <span class="lab-list__number">{twoDigits(lab.number)} </span>}
          {lab.title}
          {EVENING.includes(lab.number) && (
            <span class="lab-list__evening" title="One of the four for an evening">
              <Icon name="moon" />
              <span class="visually-hidden">, one of the four for an evening</span>
            </span>
          )}
        </span>
        <span class="lab-list__summary">{lab.summary}</span>
        <span class="lab-list__facts">
          {station !== 'new' && <Progress done={lab.done} steps={lab.steps} />}
          <span>{lab.minutes} min</span>
          {missing.length > 0 && <span>better after {listed(missing)}</span>}
        </span>
        {lab.unfit !== null && (
          <span class="lab-list__unfit">
            <Unfit words={lab.unfit} />
          </span>
        )}
      </button>
    </li>
  )
}

/** The sentence with its flags set as what one types. */
export function Unfit({ words }: { words: string }) {
  return words
    .split(/(--[a-z-]+(?: [a-z]+)?)/)
    .map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))
}

/** A mark a step: solid when done. */
export function Progress({ done, steps }: { done: number; steps: number }) {
  return (
    <span class="lab-progress" role="img" aria-label={`${done} of ${steps} steps done`}>
      {Array.from({ length: Math.min(steps, 30) }, (_, i) => (
        <i key={i} class={i < done ? 'is-done' : ''} />
      ))}
    </span>
  )
}

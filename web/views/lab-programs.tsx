/** The programs of a lab that the page can start: the learner's own, the solution, and those that go wrong to show it. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { LabDetail, LabProgramNode, RunProgramNode } from '../../server/dashboard/api-labs.ts'
import { Asking } from './asking.tsx'
import { CopyButton } from './copy-button.tsx'
import type { LabArticleProps } from './lab-article.tsx'
import { PacketWords } from './packet-words.tsx'

const OWN = 'exercise'
const SOLUTION = 'solution'

export function LabPrograms(props: LabArticleProps) {
  const { lab, busy, onRun, onStart, onStep, onSelectPacket } = props
  const { programs, run } = lab
  const started = run?.program ?? null
  const begin = (program: string) => onRun(lab.id, program)
  const own = programs.find(({ program }) => program === OWN)
  const broken = programs.filter(({ lesson }) => lesson !== null)
  const at = started === null ? undefined : programs.find(({ program }) => program === started.program)
  if (programs.length === 0) return null
  return (
    <section class="lab-programs" aria-label="Programs">
      <div class="lab-programs__line">
        {own !== undefined && (
          <button
            type="button"
            class="lab-programs__run"
            title={own.title}
            disabled={busy}
            onClick={() => begin(OWN)}
          >
            Run my program
          </button>
        )}
        {programs.some(({ program }) => program === SOLUTION) &&
          (lab.solved ? (
            <button type="button" class="lab-programs__run" disabled={busy} onClick={() => begin(SOLUTION)}>
              Run the solution
            </button>
          ) : (
            <Asking
              class="lab-programs__run"
              label="Run the solution"
              disabled={busy}
              yes="Show me the answer"
              no="I try first"
              onYes={() => begin(SOLUTION)}
            >
              You have not solved this lab yet. The solution’s packets show how it goes; they do not count as
              yours.
              {run !== null && started === null ? ' The run that is going on ends.' : ''}
            </Asking>
          ))}
      </div>
      {started !== null && at !== undefined && (
        <Started
          lab={lab}
          started={started}
          at={at}
          busy={busy}
          onStart={onStart}
          onStep={onStep}
          onSelectPacket={onSelectPacket}
        />
      )}
      {broken.length > 0 && (
        <details class="lab-programs__broken">
          <summary>Break it: see what goes wrong, and how it looks</summary>
          <ul>
            {broken.map(({ program, title, lesson }) => (
              <li key={program} aria-current={program === started?.program ? 'true' : undefined}>
                <p>{lesson}</p>
                <button
                  type="button"
                  class="lab-programs__break"
                  aria-label={`Break it: ${title}`}
                  disabled={busy}
                  onClick={() => begin(program)}
                >
                  Break it
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

interface StartedProps extends Pick<LabArticleProps, 'busy' | 'onStart' | 'onStep' | 'onSelectPacket'> {
  lab: LabDetail
  started: RunProgramNode
  at: LabProgramNode
}

function Started({ lab, started, at, busy, onStart, onStep, onSelectPacket }: StartedProps) {
  const ended = started.state === 'ended'
  const open = lab.stepList.filter(({ kind, state, seen }) => kind === 'wire' && state === 'open' && seen)
  // One that goes wrong is told by the step it goes wrong in: the others only wait for what it leaves out.
  const told = ended ? (open.find(({ id }) => id === at.step) ?? open[0]) : undefined
  // Its step is further down, and what happens to the cable is soon over.
  const cable = ended ? undefined : lab.stepList.find((step) => step.cable !== null)
  return (
    <div class="lab-programs__started" data-state={started.state}>
      <p class="lab-programs__state" role="status">
        <b>{at.lesson ?? at.title}</b>{' '}
        {at.lesson === null
          ? ended
            ? 'has ended.'
            : 'is running.'
          : ended
            ? 'It has ended.'
            : 'It is running.'}
      </p>
      {cable !== undefined && (
        <p class="lab-programs__told">
          <button type="button" class="lab-programs__step" onClick={() => onStep(cable.id)}>
            The cable
          </button>
          : {cable.cable}
        </p>
      )}
      {told !== undefined && (
        <p class="lab-programs__told">
          <button type="button" class="lab-programs__step" onClick={() => onStep(told.id)}>
            Step {told.number}
          </button>{' '}
          says: <PacketWords words={told.seen ?? ''} onSelect={onSelectPacket} />
        </p>
      )}
      <Output lines={started.output} />
      {at.program !== OWN && (
        <p class="lab-programs__own">
          Nothing in this run counts as yours.{' '}
          <button type="button" class="lab-programs__step" disabled={busy} onClick={() => onStart(lab.id)}>
            Go on with a run of my own
          </button>
        </p>
      )}
    </div>
  )
}

/** What it printed; the newest line is in sight unless one has scrolled up to read. */
function Output({ lines }: { lines: readonly string[] }) {
  const box = useRef<HTMLPreElement>(null)
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    if (atEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [lines])
  if (lines.length === 0) return null
  const text = lines.join('\n')
  return (
    <div class="lab-programs__output">
      <CopyButton class="lab-programs__copy" text={text} label="Copy what it printed" words="Copy" />
      <pre
        ref={box}
        tabIndex={0}
        role="log"
        aria-label="What it printed"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollTop + clientHeight > scrollHeight - 8
        }}
      >
        {text}
      </pre>
    </div>
  )
}

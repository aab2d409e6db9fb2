/** One lab: what to read first, its run, its steps as the wire ticks them, and what comes after. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { LabDetail, LabStepNode, LabSummary } from '../../server/dashboard/api-labs.ts'
import { listed, missingFor, nextLab, opened, twoDigits } from '../lib/lab-path.ts'
import { labText, withPorts } from '../lib/lab-words.ts'
import { Asking } from './asking.tsx'
import { LabHandIn } from './lab-hand-in.tsx'
import { Progress, Unfit } from './lab-list.tsx'
import { isOwn, LabRun } from './lab-run.tsx'
import { isNoted, LabStep } from './lab-step.tsx'
import { Prose } from './prose.tsx'
import type { SendOutcome, SendTarget } from './send-box.tsx'

export interface LabArticleProps {
  lab: LabDetail
  /** All of them: what it assumes, and where it leads. */
  labs: readonly LabSummary[]
  /** The step that a link means, or that was opened last; null for none. */
  step: string | null
  /** Host to write in commands. */
  host: string
  /** True while a run is being started or ended. */
  busy: boolean
  /** The step that the page was pointed at, and what that came to. */
  shown: { readonly lab: string; readonly step: string; readonly words: string } | null
  onOpen: (id: string | null) => void
  onStep: (step: string) => void
  /** The name under which a run was last handed in from here; empty if none was. */
  learner: string
  /** With a learner's name a run to hand in. */
  onStart: (id: string, learner?: string) => void
  /** Saves the run that is going on as a file of that name; whether it was. */
  onHandIn: (id: string, file: string) => Promise<boolean>
  onStop: (id: string, run: string) => void
  onRun: (id: string, program: string) => void
  onForget: (id: string) => void
  onAnswer: (id: string, step: string, answer: string) => void
  onShow: (lab: LabDetail, step: LabStepNode) => void
  onShowBack: () => void
  onFilter: (filter: string) => void
  onSelectPacket: (number: number) => void
  onSend: (target: SendTarget, message: string) => Promise<SendOutcome>
}

export function LabArticle(props: LabArticleProps) {
  const { lab, labs, busy, onStart, onForget, onOpen } = props
  const { stepList: steps, run } = lab
  const done = steps.filter(({ state }) => state === 'done').length
  const missing = lab.solved ? [] : missingFor(lab, labs)
  const ports = run?.ports
  const text = useMemo(
    () => labText(ports === undefined ? lab.text : withPorts(lab.text, ports)),
    [lab.text, ports],
  )
  const demo = !isOwn(run)
  const untouched = run === null && done === 0
  return (
    <article class="lab" aria-labelledby="lab-title">
      <h2 class="lab__headline" id="lab-title">
        <span class="lab__number">{twoDigits(lab.number)}</span>
        {lab.title}
      </h2>
      <p class="lab__facts">
        <Progress done={done} steps={steps.length} />
        {done} of {steps.length}
        {demo ? ', in a run that is not yours' : ''} · {lab.minutes} min
        {lab.solved ? ' · solved' : ''}
      </p>
      {missing.length > 0 && (
        <p class="lab__note">
          It takes {missing.length === 1 ? 'lab' : 'labs'} {listed(missing)} for granted; nothing keeps you
          from beginning here.
        </p>
      )}
      <details class="lab__fold" open={untouched}>
        <summary>Read first</summary>
        <Prose text={text.before} />
      </details>
      {text.aside.map(({ title, text: words }) => (
        <details class="lab__fold" key={title}>
          <summary>{title}</summary>
          <Prose text={words} />
        </details>
      ))}
      {lab.unfit !== null ? (
        <p class="lab__unfit">
          <Unfit words={lab.unfit} />
        </p>
      ) : run === null ? (
        <div class="lab__start">
          <p>A run opens ports of its own, so that only your packets count.</p>
          <button type="button" class="lab__go" disabled={busy} onClick={() => onStart(lab.id)}>
            {lab.solved ? 'Start the lab again' : done > 0 ? 'Start where you were' : 'Start the lab'}
          </button>
        </div>
      ) : null}
      <LabRun {...props} />
      <Steps {...props} />
      {done === steps.length && done > 0 && <Done lab={lab} labs={labs} demo={demo} onOpen={onOpen} />}
      <LabHandIn {...props} />
      {text.after !== '' && (
        <details class="lab__fold lab__fold--after" open={lab.solved}>
          <summary>Questions, and going further</summary>
          <Prose text={text.after} />
        </details>
      )}
      {done > 0 && !demo && (
        <footer class="lab__foot">
          <Asking
            class="lab__forget"
            label="Forget my progress in this lab"
            disabled={busy}
            yes="Forget it"
            no="Keep it"
            onYes={() => onForget(lab.id)}
          >
            This forgets the ticks and answers of lab {twoDigits(lab.number)}, and ends its run. Your own
            program is kept as it is, and so are the other labs.
          </Asking>
        </footer>
      )}
    </article>
  )
}

function Steps(props: LabArticleProps) {
  const { lab, step: meant, shown, onAnswer, onFilter, onSelectPacket, onShow, onShowBack, onStep } = props
  const { stepList: steps, run } = lab
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [said, setSaid] = useState('')
  const states = useRef<ReadonlyMap<string, string>>(new Map())
  const ticked = useRef(new Set<string>())
  const list = useRef<HTMLOListElement>(null)
  const linked = useRef(meant)
  const current = steps.find((step) => step.state === 'open' && !isNoted(step))
  // What has just been ticked stays open: its reply is worth reading.
  const justNow = steps.filter(({ id, state }) => state === 'done' && states.current.get(id) === 'open')
  for (const { id } of justNow) ticked.current.add(id)
  useEffect(() => {
    states.current = new Map(steps.map((step) => [step.id, step.state]))
    if (justNow.length === 0) return
    const done = steps.filter(({ state }) => state === 'done').length
    setSaid(`Done: ${justNow.map(({ title }) => title).join('; ')}. ${done} of ${steps.length} steps.`)
  }, [steps])
  useEffect(() => {
    if (meant === null || !steps.some(({ id }) => id === meant)) return
    setToggled((known) => new Map(known).set(meant, true))
    // Where a link leads to is at the top; what was opened here stays where it is, if it can be seen.
    const block = linked.current === meant ? 'start' : 'nearest'
    requestAnimationFrame(() => headOf(list.current, meant)?.scrollIntoView({ block }))
  }, [meant])
  // Whose turn it is with the cable is open too, though a guess may come before it.
  const isOpen = (step: LabStepNode) =>
    toggled.get(step.id) ?? (step.id === current?.id || step.cable !== null || ticked.current.has(step.id))
  return (
    <>
      <p class="visually-hidden" role="status">
        {said}
      </p>
      <ol class="lab__steps" ref={list} aria-label="Steps">
        {steps.map((step) => (
          <LabStep
            key={step.id}
            step={step}
            open={isOpen(step)}
            running={run !== null}
            shown={shown?.lab === lab.id && shown.step === step.id ? shown.words : null}
            onToggle={() => {
              setToggled(new Map(toggled).set(step.id, !isOpen(step)))
              if (!isOpen(step)) onStep(step.id)
            }}
            onAnswer={(answer) => {
              // It stays where it is, whichever step comes next.
              setToggled(new Map(toggled).set(step.id, true))
              onAnswer(lab.id, step.id, answer)
            }}
            onShow={() => onShow(lab, step)}
            onShowBack={onShowBack}
            onFilter={onFilter}
            onSelectPacket={onSelectPacket}
          />
        ))}
      </ol>
    </>
  )
}

const headOf = (list: Element | null, step: string) =>
  list?.querySelector(`[aria-controls="lab-step-${CSS.escape(step)}"]`)

interface DoneProps {
  lab: LabDetail
  labs: readonly LabSummary[]
  demo: boolean
  onOpen: (id: string) => void
}

function Done({ lab, labs, demo, onOpen }: DoneProps) {
  if (demo) return <p class="lab__done">That is all of it, done by a program of the lab’s own. Now yours.</p>
  const ways = opened(lab, labs)
  const next = nextLab(labs, lab.number)
  const shown = ways.length > 0 || next === undefined ? ways : [next]
  return (
    <section class="lab__done" aria-label="Solved">
      <p>Solved: the wire has shown every step of it.</p>
      {shown.length > 0 && (
        <>
          <p class="lab__note">{ways.length > 0 ? 'It opens the way to' : 'Next is'}</p>
          <ul class="lab__ways">
            {shown.map((way, i) => (
              <li key={way.id}>
                <button type="button" class={i === 0 ? 'lab__go' : 'lab__way'} onClick={() => onOpen(way.id)}>
                  {twoDigits(way.number)} {way.title}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

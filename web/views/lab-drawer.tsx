/** The labs beside any view: the list, or one lab with its steps, ticked as the wire shows them. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LabDetail, LabStepNode, LabSummary } from '../../server/dashboard/api-labs.ts'
import { Command } from './copy-button.tsx'
import { Icon } from './icons.tsx'
import { isNoted, LabStep, Prose } from './lab-step.tsx'
import { withoutTitle } from './markdown.ts'
import { SendBox, type SendOutcome, type SendTarget } from './send-box.tsx'

export interface LabDrawerProps {
  /** Undefined while they are on their way. */
  labs: readonly LabSummary[] | undefined
  /** The lab that is open; null shows the list. */
  lab: LabDetail | null
  /** Host to write in commands. */
  host?: string
  /** True while a run is being started or ended. */
  busy?: boolean
  /** What went wrong with the last request; null if nothing. */
  error?: string | null
  onOpen: (id: string | null) => void
  onClose: () => void
  onStart: (id: string) => void
  onStop: (id: string) => void
  onAnswer: (id: string, step: string, answer: string) => void
  onFilter: (filter: string) => void
  onSelectPacket: (number: number) => void
  /** Left out where messages can't be sent to a run's own ports. */
  onSend?: (target: SendTarget, message: string) => Promise<SendOutcome>
}

export function LabDrawer(props: LabDrawerProps) {
  const { labs, lab, error = null, onOpen, onClose } = props
  return (
    <aside class="lab-drawer" aria-label="Labs">
      <header class="lab-drawer__head">
        {lab === null ? (
          <h2 class="lab-drawer__title">Labs</h2>
        ) : (
          <button type="button" class="lab-drawer__back" onClick={() => onOpen(null)}>
            <Icon name="right" />
            All labs
          </button>
        )}
        <button type="button" class="lab-drawer__close" aria-label="Close the labs" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="lab-drawer__scroll">
        {error !== null && (
          <p class="lab-drawer__error" role="alert">
            {error}
          </p>
        )}
        {lab === null ? <List labs={labs} onOpen={onOpen} /> : <Lab key={lab.id} {...props} lab={lab} />}
      </div>
    </aside>
  )
}

function List({ labs, onOpen }: { labs: readonly LabSummary[] | undefined; onOpen: (id: string) => void }) {
  if (labs === undefined) return <p class="lab-drawer__note">The labs are on their way.</p>
  if (labs.length === 0) return <p class="lab-drawer__note">No labs were found beside this Wirelab.</p>
  return (
    <ul class="lab-drawer__list">
      {labs.map((lab) => (
        <li key={lab.id}>
          <button type="button" class="lab-drawer__lab" onClick={() => onOpen(lab.id)}>
            <span class="lab-drawer__number">{twoDigits(lab.number)}</span>
            <span class="lab-drawer__name">{lab.title}</span>
            <span class="lab-drawer__summary">{lab.summary}</span>
            <span class="lab-drawer__facts">
              <Progress done={lab.done} steps={lab.steps} />
              {lab.minutes} min
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/** A mark a step: solid when done. */
function Progress({ done, steps }: { done: number; steps: number }) {
  return (
    <span class="lab-drawer__progress" role="img" aria-label={`${done} of ${steps} steps done`}>
      {Array.from({ length: Math.min(steps, 30) }, (_, i) => (
        <i key={i} class={i < done ? 'is-done' : ''} />
      ))}
    </span>
  )
}

function Lab(props: LabDrawerProps & { lab: LabDetail }) {
  const {
    lab,
    busy = false,
    onStart,
    onStop,
    onAnswer,
    onFilter,
    onSelectPacket,
    onSend,
    host = '127.0.0.1',
  } = props
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const states = useRef<ReadonlyMap<string, string>>(new Map())
  const current = lab.stepList.find((step) => step.state === 'open' && !isNoted(step))
  // What has just been ticked stays open: its reply is worth reading.
  useEffect(() => {
    const ticked = lab.stepList.filter(
      ({ id, state }) => state === 'done' && states.current.get(id) === 'open',
    )
    states.current = new Map(lab.stepList.map((step) => [step.id, step.state]))
    if (ticked.length > 0)
      setToggled((known) => new Map([...known, ...ticked.map(({ id }) => [id, true] as const)]))
  }, [lab.stepList])
  // Whose turn it is with the cable is open too, though a guess may come before it.
  const isOpen = (step: LabStepNode) =>
    toggled.get(step.id) ?? (step.id === current?.id || step.cable !== null)
  const done = lab.stepList.filter((step) => step.state === 'done').length
  return (
    <article class="lab-drawer__article">
      <h2 class="lab-drawer__headline">
        <span class="lab-drawer__number">{twoDigits(lab.number)}</span>
        {lab.title}
      </h2>
      <p class="lab-drawer__facts">
        <Progress done={done} steps={lab.stepList.length} />
        {done} of {lab.stepList.length} · {lab.minutes} min
      </p>
      <details class="lab-drawer__idea" open={lab.run === null && done === 0}>
        <summary>Read first</summary>
        <Prose text={withoutTitle(lab.text)} />
      </details>
      {lab.run === null ? (
        <div class="lab-drawer__start">
          <p>A run opens ports of its own, so that only your packets count.</p>
          <button type="button" class="lab-drawer__go" disabled={busy} onClick={() => onStart(lab.id)}>
            Start the lab
          </button>
        </div>
      ) : (
        <Run
          lab={lab}
          run={lab.run}
          host={host}
          busy={busy}
          onStop={onStop}
          {...(onSend ? { onSend } : {})}
        />
      )}
      <ol class="lab-drawer__steps">
        {lab.stepList.map((step, i) => (
          <LabStep
            key={step.id}
            step={step}
            place={i + 1}
            open={isOpen(step)}
            running={lab.run !== null}
            onToggle={() => setToggled(new Map(toggled).set(step.id, !isOpen(step)))}
            onAnswer={(answer) => onAnswer(lab.id, step.id, answer)}
            onFilter={onFilter}
            onSelectPacket={onSelectPacket}
          />
        ))}
      </ol>
      {done === lab.stepList.length && done > 0 && (
        <p class="lab-drawer__done">Done: the wire has shown every step of it.</p>
      )}
    </article>
  )
}

interface RunProps {
  lab: LabDetail
  run: NonNullable<LabDetail['run']>
  host: string
  busy: boolean
  onStop: (id: string) => void
  onSend?: (target: SendTarget, message: string) => Promise<SendOutcome>
}

function Run({ lab, run, host, busy, onStop, onSend }: RunProps) {
  const ports = Object.entries(run.ports).flatMap(([name, port]) => {
    const known = PORTS[name]
    return known === undefined ? [] : [{ name, port, ...known }]
  })
  const targets = ports.flatMap(({ service, title }) =>
    service === null ? [] : [{ service, title, run: run.id }],
  )
  return (
    <section class="lab-drawer__run" aria-label="Your run">
      <header class="lab-drawer__run-head">
        <h3>Your run</h3>
        <button type="button" class="lab-drawer__stop" disabled={busy} onClick={() => onStop(lab.id)}>
          Stop
        </button>
      </header>
      <p class="lab-drawer__note">Your own file, in a terminal; or by hand, with the commands below.</p>
      <Command text={`npm run lab -- ${lab.number}`} />
      <details class="lab-drawer__ports">
        <summary>Ports of this run: {ports.map(({ name, port }) => `${name} ${port}`).join(', ')}</summary>
        <dl>
          {ports.map(({ name, port, title, command }) => (
            <div key={name}>
              <dt>
                <b>{port}</b> {title}
              </dt>
              <dd>{command !== null && <Command text={command(host, port)} />}</dd>
            </div>
          ))}
        </dl>
      </details>
      {onSend !== undefined && targets.length > 0 && (
        <details class="lab-drawer__ports">
          <summary>Send without a terminal</summary>
          <SendBox targets={targets} onSend={onSend} />
        </details>
      )}
    </section>
  )
}

interface PortWords {
  readonly title: string
  readonly service: string | null
  readonly command: ((host: string, port: number) => string) | null
}

/** The ports of a run, by the names that labs use for them. */
const PORTS: Readonly<Record<string, PortWords>> = {
  TCP: { title: 'TCP echo', service: 'tcp-echo', command: (host, port) => `nc ${host} ${port}` },
  UDP: { title: 'UDP echo', service: 'udp-echo', command: (host, port) => `nc -u ${host} ${port}` },
  WS: {
    title: 'WebSocket echo',
    service: 'websocket-echo',
    command: (host, port) =>
      `node -e "const w=new(require('ws'))('ws://${host}:${port}');w.on('open',()=>w.send('hello'));w.on('message',(m)=>{console.log(String(m));w.close()})"`,
  },
  HUB: { title: 'Socket.IO hub', service: 'hub', command: (host, port) => `curl http://${host}:${port}/` },
  LISTEN: { title: 'for your own server', service: null, command: null },
  DOOR: {
    title: 'the way to your own server',
    service: null,
    command: (host, port) => `curl http://${host}:${port}/`,
  },
  CLOSED: { title: 'nobody listens here', service: null, command: (host, port) => `nc -v ${host} ${port}` },
}

/** A lab's run: its ports, the ways to send something there, and the programs that the page can start. */
import { useEffect, useRef } from 'preact/hooks'
import type { LabDetail, LabRunNode } from '../../server/dashboard/api-labs.ts'
import { portWords } from '../lib/lab-ports.ts'
import { Command } from './copy-button.tsx'
import type { LabArticleProps } from './lab-article.tsx'
import { LabPrograms } from './lab-programs.tsx'
import { SendBox } from './send-box.tsx'

export function LabRun(props: LabArticleProps) {
  const { lab, busy, onStop } = props
  const { run } = lab
  const heading = useRef<HTMLHeadingElement>(null)
  const id = run?.id
  const before = useRef(id)
  // What was pressed is gone, and the text above it is folded: here it goes on.
  useEffect(() => {
    if (id !== undefined && before.current !== id && run?.program === null) {
      heading.current?.focus({ preventScroll: true })
      heading.current?.scrollIntoView({ block: 'start' })
    }
    before.current = id
  }, [id])
  if (run === null) return lab.unfit === null ? <LabPrograms {...props} /> : null
  return (
    <section class="lab-run" aria-label={isOwn(run) ? 'Your run' : 'A run to look at'}>
      <header class="lab-run__head">
        <h3 ref={heading} tabIndex={-1}>
          {isOwn(run) ? 'Your run' : 'A run to look at'}
        </h3>
        <button type="button" class="lab-run__stop" disabled={busy} onClick={() => onStop(lab.id, run.id)}>
          Stop
        </button>
      </header>
      <LabPrograms {...props} />
      <InTerminal lab={lab} />
      <Ports {...props} run={run} />
    </section>
  )
}

/** Not one of the lab's own programs. */
export const isOwn = (run: LabRunNode | null): boolean =>
  run === null || run.program === null || run.program.program === 'exercise'

function InTerminal({ lab }: { lab: LabDetail }) {
  const { run } = lab
  if (run?.submission != null)
    return (
      <details class="lab-run__fold">
        <summary>In a terminal, with a file of your own</summary>
        <Command text={`npm run lab ${lab.number} -- --submit`} />
        <p class="lab-run__note">
          It begins such a run itself, runs your file once in it, and writes the file.
        </p>
      </details>
    )
  return (
    <details class="lab-run__fold" open={run?.program === null}>
      <summary>In a terminal, with a file of your own</summary>
      <Command text={`npm run lab ${lab.number}`} />
      <p class="lab-run__note">
        It makes <code>wirelab-labs/{lab.id}/exercise.ts</code>, which is yours, and runs it again whenever
        you save it. The steps here tick as well.
      </p>
    </details>
  )
}

function Ports({ lab, run, host, onSend }: LabArticleProps & { run: LabRunNode }) {
  const ports = Object.entries(run.ports).map(([name, port]) => ({
    name,
    port,
    ...portWords(name, lab.door),
  }))
  const targets = ports.flatMap(({ service, title }) =>
    service === null ? [] : [{ service, title, run: run.id }],
  )
  return (
    <>
      <details class="lab-run__fold">
        <summary>By hand: the ports of this run</summary>
        <dl>
          {ports.map(({ name, port, title, command }) => (
            <div key={name}>
              <dt>
                <b>{name}</b> <b>{port}</b> {title}
              </dt>
              <dd>{command !== null && <Command text={command(host, port)} />}</dd>
            </div>
          ))}
        </dl>
      </details>
      {targets.length > 0 && (
        <details class="lab-run__fold">
          <summary>Send without a terminal</summary>
          <SendBox targets={targets} onSend={onSend} />
        </details>
      )}
    </>
  )
}

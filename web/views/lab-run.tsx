/** A lab's run: its ports, the ways to send something there, and the programs that the page can start. */
import { useEffect, useRef } from 'preact/hooks'
import type { LabDetail, LabRunNode } from '../../server/dashboard/api-labs.ts'
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
        <button type="button" class="lab-run__stop" disabled={busy} onClick={() => onStop(lab.id)}>
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
  return (
    <details class="lab-run__fold" open={lab.run?.program === null}>
      <summary>In a terminal, with a file of your own</summary>
      <Command text={`npm run lab ${lab.number}`} />
      <p class="lab-run__note">
        It makes <code>wirelab-labs/{lab.id}/exercise.ts</code>, which is yours, and runs it again whenever
        you save it. The steps here tick as well.
      </p>
    </details>
  )
}

function Ports({ run, host, onSend }: LabArticleProps & { run: LabRunNode }) {
  const ports = Object.entries(run.ports).map(([name, port]) => ({ name, port, ...wordsOf(name) }))
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

interface PortWords {
  readonly title: string
  readonly service: string | null
  readonly command: ((host: string, port: number) => string) | null
}

const LISTEN: PortWords = { title: 'for the server of this lab', service: null, command: null }
const DOOR: PortWords = {
  title: 'the way to the server of this lab',
  service: null,
  command: (host, port) => `curl http://${host}:${port}/`,
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
  TLS: {
    title: 'the hub over TLS',
    service: null,
    command: (host, port) => `curl -k https://${host}:${port}/`,
  },
  CLOSED: { title: 'nobody listens here', service: null, command: (host, port) => `nc -v ${host} ${port}` },
}

/** Of several places the later ones have a number: `LISTEN2`. */
function wordsOf(name: string): PortWords {
  const known = PORTS[name]
  if (known !== undefined) return known
  if (name.startsWith('LISTEN')) return LISTEN
  return name.startsWith('DOOR') ? DOOR : { title: '', service: null, command: null }
}

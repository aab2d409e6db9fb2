/** Services and capture: what listens where, whether packets are seen, and the command that mends it if not. */
import type { ServiceNode, Status } from '../../server/dashboard/api.ts'
import { formatBytes, formatCount, formatInterval, plural } from '../lib/format.ts'
import { isLacking } from './banners.tsx'
import { Command } from './copy-button.tsx'
import { Icon } from './icons.tsx'

export interface StatusPanelProps {
  status: Status
  onClose: () => void
  onRetry: () => void
  onCaptures: () => void
}

export function StatusPanel({ status, onClose, onRetry, onCaptures }: StatusPanelProps) {
  const { capture, trace, lag } = status
  return (
    <aside class="status-panel" id="status-panel" aria-label="Services and capture">
      <header class="status-panel__head">
        <h2>Services</h2>
        <button type="button" class="status-panel__close" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <button type="button" class="status-panel__captures" onClick={onCaptures}>
        Captures: record, or open a file…
      </button>
      <ul class="status-panel__services">
        {status.services.map((service) => (
          <Service key={service.name} service={service} />
        ))}
      </ul>
      <h2>Capture</h2>
      <p class="status-panel__message">{capture.message}</p>
      {capture.remedy.map((command) => (
        <Command key={command} text={command} />
      ))}
      {isLacking(capture) && (
        <button type="button" class="status-panel__retry" onClick={onRetry}>
          Try again
        </button>
      )}
      <dl class="status-panel__facts">
        <Fact name="Packets seen" value={formatCount(trace.total)} />
        <Fact
          name="Held"
          value={`${formatBytes(trace.bytes)} of ${formatBytes(trace.limitBytes)}`}
          note={trace.evicted > 0 ? `${plural(trace.evicted, 'older packet')} made room` : undefined}
        />
        <Fact
          name="Lost by the kernel"
          value={formatCount(capture.droppedByKernel)}
          note={capture.droppedByKernel > 0 ? 'its buffer was full' : undefined}
        />
        <Fact
          name="Lost by Wirelab"
          value={formatCount(capture.droppedByUs)}
          note={capture.droppedByUs > 0 ? 'more came than could be read' : undefined}
        />
        <Fact
          name="Services’ delay"
          value={formatInterval(lag.last / 1000)}
          note={`worst ${formatInterval(lag.worst / 1000)}`}
        />
        <Fact
          name="Heartbeat"
          value={`every ${formatInterval(status.heartbeat.pingInterval / 1000)}`}
          note={`given up after ${formatInterval(status.heartbeat.pingTimeout / 1000)}`}
        />
        {status.eventsDropped > 0 && <Fact name="Events lost" value={formatCount(status.eventsDropped)} />}
      </dl>
      <p class="status-panel__foot">
        Wirelab {status.version} · run {status.run.slice(0, 8)}
      </p>
    </aside>
  )
}

function Service({ service }: { service: ServiceNode }) {
  const failed = service.state === 'failed'
  return (
    <li class={failed ? 'status-panel__service is-failed' : 'status-panel__service'}>
      <span class={`state-mark state-mark--${failed ? 'broken' : 'solid'}`} aria-hidden="true" />
      <span class="status-panel__title">{service.title}</span>
      <code class="status-panel__port">{failed ? 'not listening' : `${service.host}:${service.port}`}</code>
      {service.note !== null && <span class="status-panel__note">{service.note}</span>}
      {service.tryIt !== '' && !failed && <Command text={service.tryIt} />}
    </li>
  )
}

function Fact({ name, value, note }: { name: string; value: string; note?: string | undefined }) {
  return (
    <div class="status-panel__fact">
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== undefined && <span class="status-panel__note"> {note}</span>}
      </dd>
    </div>
  )
}

/** How a capture is written: which interfaces, what the file says of itself, and all that is told beside the packets. */
import os from 'node:os'
import { labWriter, PcapngWriter, type SectionAbout } from '../capture/pcapng-writer.ts'
import type { SessionItem } from '../capture/session-item.ts'
import { epochNow } from '../services/application-events.ts'
import type { Trace } from '../trace/trace.ts'
import type { End } from '../trace/vantage.ts'
import type { Dependencies } from './app.ts'
import { SessionExport } from './session-export.ts'
import { aboutWords } from './session-words.ts'

export interface CaptureExportOptions {
  readonly trace: Trace
  readonly deps: Pick<Dependencies, 'captures' | 'status' | 'session'>
  /** The live capture, at either end; else a file that was opened. */
  readonly live: boolean
  readonly at: End
  readonly filtered: boolean
  /** Told beside what the session log tells. */
  readonly items?: readonly SessionItem[]
}

/** It tells of changes, but not of how many connections there are. */
export async function lookAtNetwork(deps: Pick<Dependencies, 'bench' | 'session' | 'status'>): Promise<void> {
  if (deps.session === undefined || deps.status().network !== 'lab') return
  await deps.bench.network({}).then(
    (network) => deps.session?.setNetwork(network),
    () => undefined,
  )
}

/** What a file begins with, and what writes its packets. */
export function captureExport(options: CaptureExportOptions): { head: Uint8Array; session: SessionExport } {
  const { trace, deps, live, at, filtered, items: more = [] } = options
  const log = live ? deps.session : undefined
  const lab = live ? deps.captures.otherEnd !== undefined : trace.transit(trace.last) !== undefined
  const about = log?.about(lab ? at : null, filtered)
  const first = trace.frame(trace.first)
  const standing = log?.standing(first?.time ?? epochNow())
  const items: SessionItem[] = [...(about === undefined ? [] : [about, ...(standing?.items ?? [])]), ...more]
  const [cpu] = os.cpus()
  const section: SectionAbout = {
    application: about === undefined ? 'Wirelab' : `Wirelab ${about.version}`,
    ...(live && { hardware: cpu?.model.trim() || os.arch(), os: `${os.type()} ${os.release()}` }),
    ...(about !== undefined && { comments: [aboutWords(about, log?.services ?? [])] }),
    items,
  }
  const captured = live ? deps.status().capture.interface : null
  const writer = lab
    ? labWriter(at, section)
    : new PcapngWriter(
        ({ record }) => ({
          name: record?.interface.name ?? captured ?? undefined,
          description: record?.interface.description,
        }),
        undefined,
        section,
      )
  return {
    head: writer.begin(first?.linkType),
    session: new SessionExport({ trace, writer, log, filtered, change: standing?.change ?? 0 }),
  }
}

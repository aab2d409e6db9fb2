/** What becomes of a sealed record: its content is taken in, or it stays shut. */
import { type Carrier, release, takeContent } from './tls-content.ts'
import type { RecordFound } from './tls-found.ts'
import type { SealedRecord } from './tls-keys.ts'
import type { Opened } from './tls-opener.ts'
import type { TlsSide, TlsState } from './tls-state.ts'
import { CONTENT } from './tls-values.ts'

/** Notes what an opened record holds. */
export function takeOpened(
  carrier: Carrier,
  state: TlsState,
  side: TlsSide,
  found: RecordFound,
  opened: Opened,
): void {
  const { plain, content, label } = opened
  // Of what was missed nobody knows how long it was.
  if (opened.missed > 0) {
    lose(state, side, UNKNOWN_LENGTH)
    release(carrier, side)
  }
  side.complained = false
  found.sealed = false
  found.content = content
  found.plain = plain
  found.label = label
  found.parts = takeContent(carrier, state, side, content, plain)
  takeInner(carrier, state, side, found)
  found.protocol = state.protocol
}

/** A record that nothing opens. */
export function takeShut(
  state: TlsState,
  side: TlsSide,
  found: RecordFound,
  { body }: SealedRecord,
  whole = true,
): void {
  lose(state, side, body.length)
  if (whole) found.note = complaint(side)
}

/** Longer than anything that waits for its end. */
const UNKNOWN_LENGTH = 2 ** 40

/** A record that can't be read: what it carries, and what it may have been the rest of, is missing from here on. */
function lose(state: TlsState, side: TlsSide, length: number): void {
  state.inner?.push(side.fromClient, { number: 0, offset: 0, length: Math.max(1, length) })
}

/** Hands on what the record has of the stream inside. */
function takeInner(
  { number, flow, conversations }: Carrier,
  state: TlsState,
  side: TlsSide,
  found: RecordFound,
): void {
  const { content, plain } = found
  if (plain === undefined) return
  const isData = content === CONTENT.applicationData && plain.length > 0
  const closes = content === CONTENT.alert && plain[1] === 0
  if (isData) {
    state.inner ??= conversations.inner?.(flow)
    state.inner?.push(side.fromClient, { number, offset: 0, length: plain.length, bytes: plain })
  } else if (closes) state.inner?.end(side.fromClient)
  else return
  if (state.inner !== undefined) found.inner = { stream: state.inner, messages: [], memory: [] }
}

/** Why a sealed record stays shut, said at the first of a row: where no key log is, that is how it must be. */
function complaint(side: TlsSide): string | undefined {
  if (side.complained || side.opener === undefined || !side.opener.hopeful) return undefined
  side.complained = true
  return 'No secret of the key log opens this record: records before it are missing, it was changed on the way, or the log is wrong'
}

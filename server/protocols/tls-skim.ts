/** TLS without recording: application data that stays shut, as nearly all records are where there is no key log. */
import { at8, at16 } from './big-endian.ts'
import type { Skim } from './skim.ts'
import { HEADER, isRecord, takeIn } from './tls-record.ts'
import { tlsState } from './tls-state.ts'
import { CONTENT, protocolColumn } from './tls-values.ts'
import { APPLICATION_DATA } from './tls-words.ts'

export function skimTls(s: Skim): boolean {
  const { bytes, at: start, end, flow, surroundings } = s
  const contentAt = start + HEADER
  if (flow === undefined || s.wireEnd !== end || contentAt >= end || !isRecord(bytes, start)) return false
  const type = at8(bytes, start)
  const length = at16(bytes, start + 3)
  if (type !== CONTENT.applicationData || contentAt + length !== end) return false
  const state = tlsState(flow, surroundings.secrets, surroundings.ciphers)
  if (state.mayOpen(state.side(s.fromClient === true))) return false
  const header = { type, version: at16(bytes, start + 1), length, start: contentAt, end }
  const found = s.remember(takeIn(s, bytes, header))
  s.column = protocolColumn(found.version)
  if (s.speak()) s.info.ascii(APPLICATION_DATA)
  return true
}

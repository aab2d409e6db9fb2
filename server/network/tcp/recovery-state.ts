/** Which losses are being repaired, and what it would take to undo it. */

export type RecoveryPhase = 'open' | 'fast recovery' | 'rto recovery'

/** What was before a loss was believed, in case it was none. */
export interface Undo {
  readonly cwnd: number
  readonly ssthresh: number
  /** SND.UNA when the loss was believed: the position first sent again. */
  readonly una: number
}

export class Recovery {
  phase: RecoveryPhase = 'open'
  /** Acknowledged up to here, it is over (RFC 6675's RecoveryPoint, RFC 6582's recover). */
  point = 0
  /** Duplicate acknowledgments in a row, where there is no SACK. */
  duplicates = 0
  /** By how much duplicate acknowledgments have inflated cwnd (RFC 5681 §3.2): each says that a segment has left. */
  inflation = 0
  undo: Undo | undefined
  /** Acknowledged up to here, a D-SACK can't mean this recovery any more. */
  undoUntil = 0
  /** When the first segment of this recovery was sent again; -1 before. */
  firstSentAgainAt = -1
  /** Segments sent again in this recovery that no D-SACK has told to be superfluous. */
  justified = 0
  /** RFC 8985 §7: SND.NXT when the tail loss probe was sent; -1 if none is out. */
  probeEnd = -1
  /** It carried old data, not new. */
  probeSentAgain = false
  /** The next segment that is missing goes out whatever cwnd says: it is what the recovery begins with (RFC 6675 §5). */
  force = false
  /** The first acknowledgment after sending again has come: whether that was superfluous is decided (RFC 3522). */
  judged = false
}

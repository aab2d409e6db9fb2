/** One transfer of a file: what was asked for, and how far it has come. Changed only on the first pass. */

export interface Transfer {
  /** The request; 0 when it was not seen. */
  readonly request: number
  readonly file: string
  readonly reading: boolean
  /** The client asked how long the file is. */
  readonly asksSize: boolean
  blockSize: number
  /** Counts on beyond 16 bits. */
  nextBlock: number
  lastOpcode: number
}

const DEFAULT_BLOCK_SIZE = 512

export function newTransfer(asked?: Pick<Transfer, 'request' | 'file' | 'reading' | 'asksSize'>): Transfer {
  const unknown = { request: 0, file: '', reading: false, asksSize: false }
  return { ...unknown, ...asked, blockSize: DEFAULT_BLOCK_SIZE, nextBlock: 1, lastOpcode: -1 }
}

/** The block's number beyond 16 bits: the nearest to the one that is expected, but not before the first. */
export function fullBlock(transfer: Transfer, block: number): number {
  const behind = ((transfer.nextBlock - block) << 16) >> 16
  return behind > transfer.nextBlock ? block : transfer.nextBlock - behind
}

/** The block is here: the one behind it is expected, unless an earlier one came again. */
export function advance(transfer: Transfer, full: number): void {
  if (full >= transfer.nextBlock) transfer.nextBlock = full + 1
}

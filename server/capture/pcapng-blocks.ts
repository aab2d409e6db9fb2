/** The numbers of pcapng (draft-ietf-opsawg-pcapng §4, §3.5) that its reader and its writers share. */
export const SECTION_HEADER = 0x0a0d0d0a
export const INTERFACE_DESCRIPTION = 1
/** The obsolete packet block (appendix A). */
export const PACKET = 2
export const SIMPLE_PACKET = 3
export const NAME_RESOLUTION = 4
export const INTERFACE_STATISTICS = 5
export const ENHANCED_PACKET = 6
export const DECRYPTION_SECRETS = 10
/** To be copied by programs that don't know it. */
export const CUSTOM = 0x00000bad

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** Type, length, and length again. */
export const ENVELOPE = 12

const OPT_END = 0
export const OPT_COMMENT = 1
/** A custom option of text, to be copied by programs that don't know it: enterprise number, then UTF-8. */
export const OPT_CUSTOM_TEXT = 2988
export const SHB_HARDWARE = 2
export const SHB_OS = 3
export const SHB_USERAPPL = 4
export const IF_NAME = 2
export const IF_DESCRIPTION = 3
export const IF_TSRESOL = 9
export const IF_TSOFFSET = 14
export const ISB_IFDROP = 5
export const ISB_OSDROP = 7

/** Bytes to the next multiple of 4. */
export function padding(length: number): number {
  return (4 - (length % 4)) % 4
}

/** Calls back for each option between two places, until the one that ends them; answers with one that does not fit. */
export function eachOption(
  view: DataView,
  littleEndian: boolean,
  from: number,
  end: number,
  use: (code: number, start: number, length: number) => void,
): { code: number; length: number; left: number } | undefined {
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, littleEndian)
    const length = view.getUint16(at + 2, littleEndian)
    if (code === OPT_END) return undefined
    if (at + 4 + length > end) return { code, length, left: end - at - 4 }
    use(code, at + 4, length)
    at += 4 + length + padding(length)
  }
  return undefined
}

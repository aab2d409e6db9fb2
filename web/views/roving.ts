/** Arrow keys within a list or a picture: one tab stop for the whole, the keys move inside it. */

/** The index that a key leads to; undefined when the key moves nothing. `count` is at least 1. */
export function nextIndex(key: string, index: number, count: number): number | undefined {
  const last = count - 1
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, index + 1)
    case 'ArrowUp':
      return Math.max(0, index - 1)
    case 'PageDown':
      return Math.min(last, index + 10)
    case 'PageUp':
      return Math.max(0, index - 10)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

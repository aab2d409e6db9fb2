/** Text from the network, fit for a terminal. */

/** It must not write on the reader's terminal, nor begin a line of its own. */
export function oneLine(text: string): string {
  return text.replaceAll(CONTROLS, escaped)
}

/** The same for text that has lines. */
export function printable(text: string): string {
  return text.replaceAll(CONTROLS, (found) => (found === '\n' || found === '\t' ? found : escaped(found)))
}

/** The same for JSON: only within its strings do such characters stand, and there they may be written as escapes. */
export function jsonLine(json: string): string {
  return json.replaceAll(CONTROLS, unicodeEscape)
}

function escaped(found: string): string {
  if (found === '\n') return '\\n'
  if (found === '\r') return '\\r'
  if (found === '\t') return '\\t'
  const code = found.charCodeAt(0)
  return code > 0xff ? unicodeEscape(found) : `\\x${code.toString(16).padStart(2, '0')}`
}

function unicodeEscape(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// C0, DEL and C1: among them the escape that starts a terminal's commands. And those that end a line or turn its
// direction (Unicode UAX #9 §2): with them what is shown is not what is there.
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** What the page remembers in this browser. A browser that forbids it costs the memory, not the page. */

const PREFIX = 'wirelab.'

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, value)
  } catch {
    // Storage is full or forbidden: nothing that the page can't do without.
  }
}

const TOKEN = `${PREFIX}token`

/** The token of the URL's fragment, kept for this tab, so that a reload is let in as well. */
export function tokenForTab(given: string | null): string | null {
  try {
    if (given !== null) sessionStorage.setItem(TOKEN, given)
    return given ?? sessionStorage.getItem(TOKEN)
  } catch {
    return given
  }
}

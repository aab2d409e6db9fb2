/** What is looked at, as a URL: it can be sent to somebody. */

export interface Address {
  filter: string
  packet: number | null
  page: 'live' | 'compare'
  lab: string | null
  /** The end of the cable that packets are seen from. */
  at: 'client' | 'server'
  /** An opened file, by its id; null for what is live. */
  capture: string | null
  /** From `#token=`: kept out of the address once read. */
  token: string | null
}

export function readAddress(url: URL): Address {
  const packet = Number(url.searchParams.get('packet'))
  const lab = url.searchParams.get('lab')
  return {
    filter: url.searchParams.get('filter') ?? '',
    packet: Number.isSafeInteger(packet) && packet > 0 ? packet : null,
    page: url.searchParams.get('view') === 'compare' ? 'compare' : 'live',
    lab,
    at: url.searchParams.get('at') === 'server' ? 'server' : 'client',
    capture: url.searchParams.get('capture'),
    token: new URLSearchParams(url.hash.slice(1)).get('token'),
  }
}

export function writeAddress(address: Omit<Address, 'token'>): string {
  const text = new URLSearchParams()
  if (address.page !== 'live') text.set('view', address.page)
  if (address.capture !== null) text.set('capture', address.capture)
  if (address.filter !== '') text.set('filter', address.filter)
  if (address.packet !== null) text.set('packet', String(address.packet))
  if (address.at !== 'client') text.set('at', address.at)
  if (address.lab !== null) text.set('lab', address.lab)
  const query = text.toString()
  return query === '' ? '/' : `/?${query}`
}

/** What is looked at, as a URL: it can be sent to somebody. */

export interface Address {
  filter: string
  packet: number | null
  page: 'live' | 'compare'
  lab: string | null
  /** The step of that lab that is read, by its id. */
  step: string | null
  /** The end of the cable that packets are seen from. */
  at: 'client' | 'server'
  /** An opened file, by its id; null for what is live. */
  capture: string | null
  /** The conversation that is looked at by itself, such as `tcp.3`. */
  flow: string | null
  /** The field of that packet that was picked, by its name: `tcp.srcport`; with `#2` the second of that name. */
  field: string | null
  /** What the lower pane shows. */
  lower: 'packets' | 'events' | 'who-heard'
  /** Where in time the page stands: epoch seconds with nine decimals, as the API has them; null for what is live. */
  time: string | null
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
    step: lab === null ? null : (/^[\w-]{1,60}$/.exec(url.searchParams.get('step') ?? '')?.[0] ?? null),
    at: url.searchParams.get('at') === 'server' ? 'server' : 'client',
    capture: url.searchParams.get('capture'),
    flow: /^(tcp|udp)\.\d{1,15}$/.exec(url.searchParams.get('flow') ?? '')?.[0] ?? null,
    field: /^[\w.-]{1,100}(#\d{1,4})?$/.exec(url.searchParams.get('field') ?? '')?.[0] ?? null,
    lower: lowerOf(url.searchParams.get('lower')),
    time: /^\d{1,12}\.\d{9}$/.exec(url.searchParams.get('time') ?? '')?.[0] ?? null,
    token: new URLSearchParams(url.hash.slice(1)).get('token'),
  }
}

const lowerOf = (text: string | null): Address['lower'] =>
  text === 'events' || text === 'who-heard' ? text : 'packets'

export function writeAddress(address: Omit<Address, 'token'>): string {
  const text = new URLSearchParams()
  if (address.page !== 'live') text.set('view', address.page)
  if (address.capture !== null) text.set('capture', address.capture)
  if (address.filter !== '') text.set('filter', address.filter)
  if (address.flow !== null) text.set('flow', address.flow)
  if (address.packet !== null) text.set('packet', String(address.packet))
  if (address.packet !== null && address.field !== null) text.set('field', address.field)
  if (address.time !== null) text.set('time', address.time)
  if (address.at !== 'client') text.set('at', address.at)
  if (address.lower !== 'packets') text.set('lower', address.lower)
  if (address.lab !== null) text.set('lab', address.lab)
  if (address.lab !== null && address.step !== null) text.set('step', address.step)
  const query = text.toString()
  return query === '' ? '/' : `/?${query}`
}

/** What both ends of a TCP connection know of themselves: none of it but what a header carries is ever on the wire. */
import type { SampleNode } from '../../server/dashboard/api-network.ts'
import { formatBytes, formatCount, formatInterval } from '../lib/format.ts'

export interface Ends {
  readonly flow: string
  readonly client: SampleNode | null
  readonly server: SampleNode | null
}

const milliseconds = (value: number | null) => (value === null ? '–' : formatInterval(value / 1000))

/** RFC's name, what it is in a sentence, and its value. */
const TERMS: readonly (readonly [string, string, (sample: SampleNode) => string])[] = [
  ['state', 'Where the connection is in its life (RFC 9293 §3.3.2).', ({ state }) => state],
  ['cwnd', 'Congestion window: how much this end dares to have on the way.', ({ cwnd }) => formatBytes(cwnd)],
  ['in flight', 'Sent and neither acknowledged nor believed lost.', ({ inFlight }) => formatBytes(inFlight)],
  ['srtt', 'Smoothed round-trip time, as this end measured it.', ({ srtt }) => milliseconds(srtt)],
  ['rto', 'How long it waits for an ACK before it sends again (RFC 6298).', ({ rto }) => milliseconds(rto)],
  [
    'sent again',
    'Segments retransmitted since the connection began.',
    ({ retransmissions }) => formatCount(retransmissions),
  ],
]

export function TcpEnds({ client, server }: Ends) {
  return (
    <div class="tcp-ends">
      <table>
        <caption class="visually-hidden">What each end knows of itself</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">client</th>
            <th scope="col">server</th>
          </tr>
        </thead>
        <tbody>
          {TERMS.map(([term, about, value]) => (
            <tr key={term}>
              <th scope="row" title={about}>
                {term}
              </th>
              {[client, server].map((sample, i) => (
                <td key={i === 0 ? 'client' : 'server'}>{sample === null ? '–' : value(sample)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <details>
        <summary>What these are</summary>
        <dl>
          {TERMS.map(([term, about]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{about}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  )
}

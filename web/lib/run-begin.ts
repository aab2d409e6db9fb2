/** Where a lab's run begins among the packets. */
import type { Row, Time } from '../../server/dashboard/api.ts'

/** The number behind which its packets are, by the packet that lies nearest to its start, on either side. */
export function numberBefore({ number, time }: Pick<Row, 'number' | 'time'>, startedAt: Time): number {
  return time < startedAt ? number : number - 1
}

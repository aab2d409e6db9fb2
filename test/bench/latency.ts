/** From the moment a client sends to the moment its packet's row is in the page's hands. */
import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { LAB_PORTS } from '../../server/bench.ts'
import type { RowsMessage } from '../../server/dashboard/api-live.ts'
import { startLab } from './hub-load.ts'
import { median } from './processes.ts'

const DATAGRAMS = 60
const LIMIT_MS = 2000

export async function packetToPage(flags: readonly string[], name: string): Promise<string[]> {
  const lab = await startLab(flags)
  const page = io(`${lab.url}/live`, { transports: ['websocket'] })
  const udp = createSocket('udp4')
  const times: number[] = []
  try {
    const port = lab.ports['udp-echo'] ?? 0
    // At the door, or behind it on the cable.
    const filter = `udp.dstport==${port} || udp.dstport==${LAB_PORTS.udp}`
    await page.emitWithAck('watch', { limit: 10, follow: true, filter })
    for (let n = 0; n < DATAGRAMS; n++) {
      const seen = new Promise<number | undefined>((resolve) => {
        const limit = setTimeout(() => resolve(undefined), LIMIT_MS)
        page.on('rows', function arrived(message: RowsMessage) {
          if (!message.rows.some((row) => row.info.includes(`"latency ${n}"`))) return
          page.off('rows', arrived)
          clearTimeout(limit)
          resolve(performance.now())
        })
      })
      const sent = performance.now()
      udp.send(`latency ${n}`, port, '127.0.0.1')
      const at = await seen
      if (at !== undefined) times.push(at - sent)
      // Not in step with the capture's own rhythm.
      await pause(20 + (n % 7) * 11)
    }
  } finally {
    udp.close()
    page.disconnect()
    await lab.end()
  }
  times.sort((a, b) => a - b)
  const p95 = times[Math.floor(times.length * 0.95)] ?? Number.NaN
  return [
    `packet to page (${name}): median ${median(times).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, ${DATAGRAMS - times.length} of ${DATAGRAMS} not seen`,
  ]
}

import { LARGE_BUFFERS, MSS, mathis, measure, pftk } from '../network/theory.ts'

/** What TCP makes of random losses, beside the formulas: simulated time, so the same numbers everywhere. */
export async function theory(): Promise<string[]> {
  const rtt = 0.1
  const way = { delay: rtt / 2 }
  const lines = [`100 ms, segments of ${MSS} bytes; kB/s, mean of 3 seeds`]
  for (const loss of [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]) {
    const runs = [1, 2, 3].map((seed) =>
      measure({ seed, up: way, down: { ...way, loss }, from: 20, to: 520 }),
    )
    const mean = (of: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length
    const goodput = mean((run) => run.goodput)
    const [m, p] = [
      mathis(loss, rtt),
      pftk(
        loss,
        rtt,
        mean((run) => run.rto),
      ),
    ]
    lines.push(
      `${(loss * 100).toFixed(2).padStart(5)} % lost: ${kilo(goodput)}, Mathis ${kilo(m)} (${(goodput / m).toFixed(2)}), PFTK ${kilo(p)} (${(goodput / p).toFixed(2)})`,
    )
  }
  for (const rate of [2e6, 20e6, 100e6]) {
    const limit = Math.ceil((rate * rtt) / 8 / 1538)
    const { goodput } = measure({
      seed: 1,
      up: way,
      down: { ...way, rate, limit },
      from: 10,
      to: 70,
      tcp: LARGE_BUFFERS,
    })
    lines.push(
      `clean, ${rate / 1e6} Mbit/s, queue of ${limit}: ${((goodput * 800) / rate).toFixed(1)} % of the rate`,
    )
  }
  return lines
}

const kilo = (bytes: number): string => (bytes / 1000).toFixed(0).padStart(5)

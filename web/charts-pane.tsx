/** The charts of the conversation that is looked at by itself, wired to the state. */
import { select } from './actions.ts'
import { chartsProblem, detail, lookAt, samples, series } from './charts-feed.ts'
import * as state from './state.ts'
import { FlowCharts } from './views/flow-charts.tsx'
import { Problem } from './views/problem.tsx'

export function ChartsPane() {
  const network = state.labNetwork.value
  return (
    <>
      <Problem message={chartsProblem.value} />
      <FlowCharts
        series={series.value}
        detail={detail.value}
        samples={samples.value}
        rates={network === null ? null : { client: network.up.rate, server: network.down.rate }}
        at={network === null ? null : state.at.value}
        pointed={state.pointed.value}
        onPoint={(packet) => {
          state.pointed.value = packet
        }}
        selected={state.selected.value?.number ?? null}
        onSelect={(packet) => void select(packet)}
        cursor={state.cursor.value?.number ?? null}
        onLook={lookAt}
      />
    </>
  )
}

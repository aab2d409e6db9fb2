/** The labs, wired to the state. */
import '../styles/labs.scss'
import * as act from './lab-actions.ts'
import { backFromShown, lowered, showFilter, shown, showPacket, showStep } from './lab-look.ts'
import { openLab, toggleLabs } from './lab-place.ts'
import { sendTo } from './live-panes.tsx'
import * as state from './state.ts'
import { LabDrawer } from './views/lab-drawer.tsx'

export function LabPane() {
  const lab = state.lab.value
  return (
    <LabDrawer
      labs={state.labs.value}
      lab={lab}
      opening={state.labId.value !== null}
      step={state.labStep.value}
      host={location.hostname}
      busy={state.labBusy.value}
      error={state.labError.value}
      shown={shown.value}
      lowered={state.narrow.value && lowered.value}
      onRaise={() => (lowered.value = false)}
      onOpen={openLab}
      onClose={toggleLabs}
      onStep={(step) => (state.labStep.value = step)}
      learner={act.learner()}
      onStart={(id, learner) => void act.start(id, learner)}
      onHandIn={act.handIn}
      onStop={(id, run) => void act.stop(id, run)}
      onRun={(id, program) => void act.runProgram(id, program)}
      onForget={(id) => void act.forget(id)}
      onAnswer={(id, step, answer) => void act.answer(id, step, answer)}
      onSend={sendTo}
      onShow={(of, step) => void showStep(of, step)}
      onShowBack={backFromShown}
      onFilter={showFilter}
      onSelectPacket={showPacket}
    />
  )
}

/** The cable's settings: presets, cut and plug in, a slider and an exact field for each impairment, and chosen fates. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { ApiError } from '../../server/dashboard/api.ts'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import {
  alike,
  type Direction,
  formatImpairment,
  type ImpairmentName,
  impairmentWords,
  isCut,
  KNOBS,
  type Knob,
  presetOf,
  stepOf,
  typedValue,
} from '../lib/impairments.ts'
import { Icon } from './icons.tsx'

export interface CablePanelProps {
  network: LabNetworkNode
  error: ApiError | null
  onSet: (ways: readonly Direction[], name: ImpairmentName, value: number | string) => void
  /** Copies the settings of one direction to the other. */
  onAlike: () => void
  onPreset: (id: string) => void
  onCut: () => void
  onUndo: () => void
  onClose: () => void
  /** Chosen fates. */
  children: ComponentChildren
}

const WAYS: readonly (readonly [Direction, string])[] = [
  ['up', 'to the server'],
  ['down', 'to the client'],
]

export function CablePanel(props: CablePanelProps) {
  const { network, error, onSet, onAlike, onPreset, onCut, onUndo, onClose } = props
  const same = alike(network.up, network.down)
  const [parted, setParted] = useState(false)
  const cut = isCut(network)
  const preset = presetOf(network)
  return (
    <aside class="cable-panel" id="cable-panel" aria-label="Cable">
      <header class="cable-panel__head">
        <h2>The server’s cable</h2>
        <button type="button" class="cable-panel__close" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <fieldset class="cable-panel__presets">
        <legend>Make it like</legend>
        <div class="cable-panel__chips">
          {network.presets.map((one) => (
            <button
              key={one.id}
              type="button"
              aria-pressed={one.id === preset?.id}
              onClick={() => onPreset(one.id)}
            >
              {one.name}
            </button>
          ))}
        </div>
        <p class="cable-panel__about">
          {preset?.about ?? `Your own setting: ${impairmentWords(network.up)}.`}
        </p>
      </fieldset>
      <div class="cable-panel__acts">
        <button type="button" class="cable-panel__cut" aria-pressed={cut} onClick={onCut}>
          {cut ? 'Plug it in' : 'Cut the cable'}
        </button>
        <button
          type="button"
          class="cable-panel__undo"
          disabled={network.undo === null}
          title="Ctrl+Z"
          onClick={onUndo}
        >
          <span>Undo{network.undo !== null && `: ${network.undo}`}</span>
        </button>
      </div>
      <label class="cable-panel__both">
        <input
          type="checkbox"
          checked={!parted && same}
          onChange={(event) => {
            setParted(!event.currentTarget.checked)
            if (event.currentTarget.checked && !same) onAlike()
          }}
        />
        Both directions alike
      </label>
      <div class="cable-panel__knobs">
        {KNOBS.map((knob) => {
          // Where only one thing differs, that alone needs two sliders.
          const apart = parted || network.up[knob.name] !== network.down[knob.name]
          return (
            <section key={knob.name} class="knob" aria-label={knob.label}>
              <h3 class="knob__name">{knob.label}</h3>
              <p class="knob__about">{knob.about}</p>
              {(apart ? WAYS : WAYS.slice(0, 1)).map(([way, words]) => (
                <Setting
                  key={way}
                  knob={knob}
                  value={network[way][knob.name]}
                  way={apart ? words : ''}
                  error={errorOf(error, knob.name, apart ? way : null)}
                  onSet={(value) => onSet(apart ? [way] : ['up', 'down'], knob.name, value)}
                />
              ))}
            </section>
          )
        })}
      </div>
      {error !== null && !isOfKnob(error) && (
        <p class="cable-panel__error" role="alert">
          {error.message}
        </p>
      )}
      {props.children}
    </aside>
  )
}

/** `up.loss` in the lab's answer; with both directions alike it stands beside the one field there is. */
function errorOf(error: ApiError | null, name: ImpairmentName, way: Direction | null): string | null {
  const parts = error?.field?.split('.') ?? []
  if (error === null || parts.at(-1) !== name) return null
  return way === null || parts.length < 2 || parts.at(-2) === way ? (error.expected ?? error.message) : null
}

function isOfKnob({ field }: ApiError): boolean {
  return KNOBS.some(({ name }) => field?.split('.').at(-1) === name)
}

interface SettingProps {
  knob: Knob
  value: number
  /** The direction, where the two differ. */
  way: string
  error: string | null
  onSet: (value: number | string) => void
}

/** A slider for the hand, a field for the exact number; what is typed is the reader's until Enter or the focus leaves. */
function Setting({ knob, value, way, error, onSet }: SettingProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const text = formatImpairment(knob.name, value)
  const label = way === '' ? knob.label : `${knob.label} ${way}`
  const id = `knob-${knob.name}-${way.replaceAll(' ', '-')}`
  const commit = () => {
    if (typed === null) return
    setTyped(null)
    if (typed.trim() !== text) onSet(typedValue(knob, typed))
  }
  return (
    <div class={error === null ? 'knob__setting' : 'knob__setting is-wrong'}>
      {way !== '' && <span class="knob__way">{way}</span>}
      <input
        type="range"
        class="knob__slider"
        aria-label={label}
        aria-valuetext={text}
        min={0}
        max={knob.steps.length - 1}
        step={1}
        value={stepOf(knob, value)}
        style={`--part: ${(100 * stepOf(knob, value)) / (knob.steps.length - 1)}%`}
        onInput={(event) => {
          const step = knob.steps[event.currentTarget.valueAsNumber]
          if (step !== undefined) onSet(step)
        }}
      />
      <input
        class="knob__exact"
        aria-label={`${label}, exactly`}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `${id}-error`}
        value={typed ?? text}
        maxLength={24}
        spellcheck={false}
        autocomplete="off"
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key !== 'Escape' || typed === null) return
          setTyped(null)
          event.stopPropagation()
        }}
      />
      {error !== null && (
        <p class="knob__error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

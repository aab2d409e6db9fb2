/** From which end of the cable one looks, and the way to take what is seen from there to Wireshark. */
import type { Vantage } from '../requests.ts'

export interface VantageSwitchProps {
  at: Vantage
  onAt: (at: Vantage) => void
}

const ENDS: readonly Vantage[] = ['client', 'server']

export function VantageSwitch({ at, onAt }: VantageSwitchProps) {
  return (
    <div class="vantage" role="group" aria-label="Seen from">
      <span class="vantage__word" aria-hidden="true">
        seen from
      </span>
      {ENDS.map((end) => (
        <button
          key={end}
          type="button"
          aria-pressed={end === at}
          title={`As a capture at the ${end} would have it: its times, and nothing that never got there`}
          onClick={() => onAt(end)}
        >
          {end}
        </button>
      ))}
    </div>
  )
}

export interface ExportMenuProps {
  filter: string
  /** Whether there are two ends to choose from. */
  ends: boolean
  at: Vantage
  onSave: (filter: string, at: Vantage) => void
}

export function ExportMenu({ filter, ends, at, onSave }: ExportMenuProps) {
  const from: readonly Vantage[] = ends ? [at, at === 'client' ? 'server' : 'client'] : ['client']
  return (
    <details
      class="export-menu"
      onFocusOut={(event) => {
        const to = event.relatedTarget
        if (!(to instanceof Node) || !event.currentTarget.contains(to)) event.currentTarget.open = false
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !event.currentTarget.open) return
        event.currentTarget.open = false
        event.currentTarget.querySelector('summary')?.focus()
        event.stopPropagation()
      }}
    >
      <summary>Save</summary>
      <div class="export-menu__list">
        <p>As pcapng, for Wireshark{filter !== '' && ', what the filter lets through'}:</p>
        {from.map((end) => (
          <button
            key={end}
            type="button"
            onClick={(event) => {
              onSave(filter, end)
              const menu = event.currentTarget.closest('details')
              if (menu !== null) menu.open = false
            }}
          >
            {ends ? `seen from the ${end}` : 'what was captured'}
          </button>
        ))}
      </div>
    </details>
  )
}

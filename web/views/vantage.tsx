/** From which end of the cable one looks, and the way to take what is seen from there to Wireshark. */
import { copyText } from '../lib/clipboard.ts'
import { formatCount, plural } from '../lib/format.ts'
import type { Vantage } from '../requests.ts'
import { useBriefly } from './briefly.ts'
import { Icon } from './icons.tsx'
import { MenuButton, type MenuItem } from './menu.tsx'

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
  /** How many packets are shown. */
  matches: number
  /** Whether there are two ends to choose from. */
  ends: boolean
  at: Vantage
  onSave: (filter: string, at: Vantage) => void
  onJson: (filter: string) => void
  /** What is looked at, as one can send it. */
  link: () => string
}

/** As many packets with all their fields as the lab hands out at once. */
const MOST_JSON = 5000

export function ExportMenu({ filter, matches, ends, at, onSave, onJson, link }: ExportMenuProps) {
  const [said, say] = useBriefly()
  const from: readonly Vantage[] = ends ? [at, at === 'client' ? 'server' : 'client'] : ['client']
  const items: MenuItem[] = [
    ...from.map(
      (end): MenuItem => ({
        label: ends ? `pcapng, seen from the ${end}` : 'pcapng',
        about: 'for Wireshark',
        onPick: () => onSave(filter, end),
      }),
    ),
    {
      label: 'JSON, with all fields',
      about: matches > MOST_JSON ? `the newest ${formatCount(MOST_JSON)}` : 'for programs',
      onPick: () => onJson(filter),
    },
    {
      label: 'Copy a link',
      about: 'to what is shown',
      apart: true,
      onPick: async () => say((await copyText(link())) ? 'Copied' : 'Not copied'),
    },
  ]
  return (
    <>
      <span class="export-menu__said" role="status">
        {said}
      </span>
      <MenuButton
        class="picture-tools__tool"
        words={<Icon name="save" />}
        label="Save packets"
        title="Save packets"
        heading={`${plural(matches, 'packet')}${filter === '' ? '' : ' that the filter lets through'}`}
        items={items}
      />
    </>
  )
}

/** The keys that work wherever one is, in one table: what listens to them and what lists them both read it. */

export interface Keys {
  filter(): void
  help(): void
  next(): void
  previous(): void
  newest(): void
  oldest(): void
  pause(): void
  /** One packet back in time, or on. */
  earlier(): void
  later(): void
  /** Plays again what is stored. */
  play(): void
  pane(number: number): void
  theme(): void
  /** Larger, and only what matters. */
  projector(): void
  labs(): void
  compare(): void
  /** The ladder's newest conversation by itself. */
  flow(): void
  /** One step back: whatever was opened last. */
  back(): void
}

export type Command = Exclude<keyof Keys, 'pane'>
export type KeyGroup = 'Packets' | 'Time' | 'Panes' | 'Page'

export interface KeyEntry {
  readonly group: KeyGroup
  /** As `KeyboardEvent.key` has them, with `Shift+` before those that want it. */
  readonly keys: readonly string[]
  readonly does: string
}

/** The type makes sure that no command is without its key and its words. */
export const COMMAND_KEYS: Readonly<Record<Command, KeyEntry>> = {
  next: {
    group: 'Packets',
    keys: ['j', 'ArrowDown'],
    does: 'the next packet; at first the newest, or where the list stands still the first in sight',
  },
  previous: { group: 'Packets', keys: ['k', 'ArrowUp'], does: 'the one before' },
  oldest: { group: 'Packets', keys: ['Home'], does: 'the oldest' },
  newest: { group: 'Packets', keys: ['End'], does: 'the newest, and what comes' },
  filter: { group: 'Packets', keys: ['/'], does: 'filter' },
  pause: { group: 'Time', keys: [' '], does: 'stand still, go on with what comes' },
  earlier: { group: 'Time', keys: [',', '['], does: 'one packet back' },
  later: { group: 'Time', keys: ['.', ']'], does: 'one packet on' },
  play: { group: 'Time', keys: ['Shift+ '], does: 'play again what is stored' },
  flow: { group: 'Panes', keys: ['f'], does: 'the ladder’s newest conversation by itself' },
  back: { group: 'Panes', keys: ['Escape'], does: 'back, one step at a time' },
  theme: { group: 'Page', keys: ['t'], does: 'dark or light' },
  projector: { group: 'Page', keys: ['p'], does: 'for a projector: larger, and only what matters' },
  labs: { group: 'Page', keys: ['l'], does: 'labs' },
  compare: { group: 'Page', keys: ['c'], does: 'compare' },
  help: { group: 'Page', keys: ['?'], does: 'these keys' },
}

/** Keys that belong to what has the focus, said beside the others. */
export const LOCAL_KEYS: readonly KeyEntry[] = [
  { group: 'Packets', keys: ['Enter'], does: 'from the list into the inspector' },
  { group: 'Packets', keys: ['Shift+F10', 'ContextMenu'], does: 'filter on what has the focus' },
  { group: 'Packets', keys: ['ArrowUp'], does: 'in the empty filter: those that were in force' },
  { group: 'Panes', keys: ['Enter'], does: 'on a connection: look at it by itself' },
  { group: 'Page', keys: ['Ctrl+z'], does: 'take back the last change of the cable' },
  { group: 'Page', keys: ['Tab'], does: 'from one thing to the next; arrows go on inside it' },
]

const GROUPS: readonly KeyGroup[] = ['Packets', 'Time', 'Panes', 'Page']

/** The command of a key that was pressed. */
export function commandOf(key: string, shift: boolean): Command | undefined {
  return (shift ? BY_KEY.get(`Shift+${key}`) : undefined) ?? BY_KEY.get(key)
}

const BY_KEY = new Map(
  Object.entries(COMMAND_KEYS).flatMap(([command, { keys }]) =>
    keys.map((key): [string, Command] => [key, command as Command]),
  ),
)

/** All keys by group; `panes` are those that digits show, in their order. */
export function keyGroups(panes: readonly string[]): { title: KeyGroup; entries: KeyEntry[] }[] {
  const digits = panes.map(
    (pane, index): KeyEntry => ({ group: 'Panes', keys: [String(index + 1)], does: pane }),
  )
  const all = [...digits, ...Object.values(COMMAND_KEYS), ...LOCAL_KEYS]
  return GROUPS.map((title) => ({ title, entries: all.filter(({ group }) => group === title) }))
}

/** What stands on the key: `Shift+ ` is Shift and Space. */
export function keyWords(key: string): string[] {
  return key.split('+').map((part) => ON_KEYS[part] ?? part)
}

const ON_KEYS: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
  ContextMenu: 'Menu',
  z: 'Z',
}

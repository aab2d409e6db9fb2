/** What opens above the panes, as one piece to load. */
export { CablePanel } from './views/cable-panel.tsx'
export { CapturesPanel } from './views/captures-panel.tsx'
export { ChosenFates } from './views/chosen-fates.tsx'
export { KeysDialog } from './views/keys-dialog.tsx'
export { StatusPanel } from './views/status-panel.tsx'

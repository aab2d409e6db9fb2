/** The page's few signs, drawn in the line of the text they stand in. Each is decoration: the name is beside it or on its button. */

const PATHS = {
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8z',
  stepBack: 'M4 3.5v9M12.5 3.2v9.6L6.5 8z',
  stepOn: 'M12 3.5v9M3.5 3.2v9.6L9.5 8z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6z',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3L8 4.3M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l1-1',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M8 3v10M4 9l4 4 4-4',
  caret: 'M4.5 6.5 8 10l3.5-3.5',
  more: 'M3 4.5h10M3 8h10M3 11.5h10',
  back: 'M10 3.5 5.5 8 10 12.5',
  raise: 'M3.5 10 8 5.5 12.5 10',
  right: 'M6 3.5 10.5 8 6 12.5',
  heart: 'M8 13.4C4.6 10.9 2 8.7 2 6a3 3 0 0 1 6-.9A3 3 0 0 1 14 6c0 2.7-2.6 4.9-6 7.4z',
  expand: 'M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5 7 9',
  help: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M6.2 6.3a1.8 1.8 0 1 1 2.7 1.6c-.6.3-.9.7-.9 1.4M8 11.4v.2',
  save: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.8 11.2v2.3h10.4v-2.3',
  alone: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 13.5 13.5',
  shrink: 'M13.5 6.5h-4v-4M9.5 6.5l4-4M2.5 9.5h4v4M6.5 9.5l-4 4',
} as const

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** Two lanes and two arrows: a ladder's first two rungs. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
      <path class="mark__lane" d="M2.5 1.5v17M17.5 1.5v17" />
      <path class="mark__rung" d="M2.5 7h13.2M12.6 3.8 15.9 7l-3.3 3.2M17.5 13.5H6.2" />
    </svg>
  )
}

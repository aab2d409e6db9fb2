/** The page's few signs, drawn in the line of the text they stand in. Each is decoration: the name is beside it or on its button. */

const PATHS = {
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6z',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M8 3v10M4 9l4 4 4-4',
  caret: 'M4.5 6.5 8 10l3.5-3.5',
  right: 'M6 3.5 10.5 8 6 12.5',
  heart: 'M8 13.4C4.6 10.9 2 8.7 2 6a3 3 0 0 1 6-.9A3 3 0 0 1 14 6c0 2.7-2.6 4.9-6 7.4z',
  expand: 'M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5 7 9',
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

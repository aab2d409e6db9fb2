/** What of a stream is shown: one of a few, as buttons in a row. */

export interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="follow-stream__choice">
      <legend class="visually-hidden">{label}</legend>
      {options.map(([id, name]) => (
        <button type="button" key={id} aria-pressed={id === value} onClick={() => onChange(id)}>
          {name}
        </button>
      ))}
    </fieldset>
  )
}

/** What went wrong, beside what was asked for; read aloud. */
export function Problem({ message }: { message: string | null }) {
  if (message === null) return null
  return (
    <p class="problem" role="alert">
      <span class="state-mark state-mark--broken" aria-hidden="true" />
      <span>{message}</span>
    </p>
  )
}

/** Packets in each second of the last minute, as a row of bars. */
export function Pace({ pace }: { pace: readonly number[] }) {
  const most = Math.max(1, ...pace)
  const now = pace.at(-1) ?? 0
  return (
    <svg
      class="pace"
      viewBox="0 0 120 16"
      role="img"
      aria-label={`${now} packets in the last second, at most ${most} in the last minute`}
    >
      <title>Packets a second, the last minute</title>
      {pace.map((count, at) => {
        const height = count === 0 ? 1 : 2 + (13 * count) / most
        return <rect key={at} x={2 * (at + 60 - pace.length)} y={15 - height} width="1.4" height={height} />
      })}
    </svg>
  )
}

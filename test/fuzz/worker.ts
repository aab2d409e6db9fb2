/** Judges the capture files that its parent names: in a process of its own, since a hang can only be ended from outside. */
import { readFileSync } from 'node:fs'
import { judge } from './judge.ts'

process.on('message', async (path: string) => {
  const file = readFileSync(path)
  const began = performance.now()
  const { packets, faults } = await judge(file)
  process.send?.({ packets, faults, bytes: file.length, ms: performance.now() - began })
})

/** A word that is said for two seconds, such as "Copied". */
import { useEffect, useState } from 'preact/hooks'

const BRIEFLY_MS = 2000

export function useBriefly(): [said: string, say: (words: string) => void] {
  const [said, say] = useState('')
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => say(''), BRIEFLY_MS)
    return () => clearTimeout(timer)
  }, [said])
  return [said, say]
}

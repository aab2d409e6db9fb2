/** Words in which the packets that they name are links to them. */
import type { ComponentChildren } from 'preact'
import { packetsIn } from '../lib/lab-words.ts'

export interface PacketWordsProps {
  words: string
  /** A packet that is linked behind the words, unless they name it. */
  packet?: number | null
  onSelect: (number: number) => void
}

export function PacketWords({ words, packet = null, onSelect }: PacketWordsProps) {
  const parts = packetsIn(words)
  const named = packet === null || parts.some((part) => part.packet === packet)
  return (
    <>
      {parts.map((part, i) =>
        part.packet === null ? (
          part.words
        ) : (
          <PacketLink key={`${i} ${part.packet}`} number={part.packet} onSelect={onSelect}>
            {part.words}
          </PacketLink>
        ),
      )}
      {!named && (
        <>
          {' '}
          <PacketLink number={packet} onSelect={onSelect}>
            packet {packet}
          </PacketLink>
        </>
      )}
    </>
  )
}

interface LinkProps {
  number: number
  onSelect: (number: number) => void
  children: ComponentChildren
}

function PacketLink({ number, onSelect, children }: LinkProps) {
  return (
    <button type="button" class="packet-link" data-packet={number} onClick={() => onSelect(number)}>
      {children}
    </button>
  )
}

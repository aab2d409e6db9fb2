/** What every picture has: how it is read, and the way to take it along. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { saveFile } from '../lib/save-file.ts'
import { Icon } from './icons.tsx'
import { MenuButton } from './menu.tsx'
import { Popover, useOpener } from './popover.tsx'

export interface PictureToolsProps {
  /** Names the file: `time-sequence`. */
  name: string
  /** Over the saved picture; without it the name in words. */
  title?: string
  /** Under that, in the saved picture. */
  description?: string
  /** The picture as it stands: the element on the page, or one drawn for this. Null while there is none. */
  draw: () => SVGSVGElement | null
  /** How to read it: a few short paragraphs or a list. */
  children: ComponentChildren
}

export function PictureTools({
  name,
  title = inWords(name),
  description = '',
  draw,
  children,
}: PictureToolsProps) {
  const root = useRef<HTMLDivElement>(null)
  const [said, setSaid] = useState('')
  const save = async (format: 'svg' | 'png') => {
    const [picture, place] = [draw(), root.current]
    if (picture === null || place === null) return setSaid('There is nothing to save yet.')
    try {
      const { asPng, standalone } = await import('../lib/picture-export.ts')
      const file = await standalone(picture, { title, description }, place)
      const content = format === 'svg' ? new Blob([file.text], { type: 'image/svg+xml' }) : await asPng(file)
      saveFile(content, `wirelab-${name}.${format}`)
      setSaid(`${title} is saved as ${format.toUpperCase()}.`)
    } catch {
      setSaid('The picture could not be saved.')
    }
  }
  return (
    <div class="picture-tools" ref={root}>
      <HowToRead title={title}>{children}</HowToRead>
      <MenuButton
        class="picture-tools__tool"
        words={<Icon name="save" />}
        label={`Save ${title}`}
        title={`Save ${title}`}
        heading="This picture as a file"
        items={[
          { label: 'SVG', about: 'sharp at any size', onPick: () => void save('svg') },
          { label: 'PNG', about: 'two pixels a point', onPick: () => void save('png') },
        ]}
      />
      <span class="visually-hidden" role="status">
        {said}
      </span>
    </div>
  )
}

function HowToRead({ title, children }: { title: string; children: ComponentChildren }) {
  const { open, button, popover } = useOpener()
  return (
    <>
      <button
        {...button}
        type="button"
        class="picture-tools__tool picture-tools__read"
        aria-label={`How to read this: ${title}`}
        title="How to read this"
      >
        <Icon name="help" />
      </button>
      {open && (
        <Popover {...popover} align="end" class="how-to-read" role="region" label={`How to read ${title}`}>
          <h3>{title}: how to read this</h3>
          {children}
        </Popover>
      )}
    </>
  )
}

function inWords(name: string): string {
  const words = name.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The labs beside any view: the list, or one lab. */
import { useEffect, useRef } from 'preact/hooks'
import type { LabDetail, LabSummary } from '../../server/dashboard/api-labs.ts'
import { twoDigits } from '../lib/lab-path.ts'
import { Icon } from './icons.tsx'
import { LabArticle, type LabArticleProps } from './lab-article.tsx'
import { LabList } from './lab-list.tsx'

export interface LabDrawerProps extends Omit<LabArticleProps, 'lab' | 'labs'> {
  /** Undefined while they are on their way. */
  labs: readonly LabSummary[] | undefined
  /** The lab that is open; null shows the list. */
  lab: LabDetail | null
  /** A lab is meant, and may be on its way. */
  opening: boolean
  /** What went wrong with the last request; null if nothing. */
  error: string | null
  /** Only a bar of it is in sight, and the rest of the screen is the page's. */
  lowered: boolean
  onRaise: () => void
  onClose: () => void
}

export function LabDrawer(props: LabDrawerProps) {
  const { labs, lab, opening, error, lowered, onRaise, onOpen, onClose } = props
  const scroll = useRef<HTMLDivElement>(null)
  const place = lab?.id ?? ''
  useEffect(() => {
    if (place !== '' || !opening) scroll.current?.scrollTo(0, 0)
  }, [place])
  if (lowered)
    return (
      <aside class="lab-drawer lab-drawer--lowered" aria-label="Labs">
        <button type="button" class="lab-drawer__raise" onClick={onRaise}>
          <Icon name="raise" />
          {lab === null ? 'Labs' : `Lab ${twoDigits(lab.number)}: ${lab.title}`}
        </button>
      </aside>
    )
  const solved = labs?.filter((one) => one.solved).length ?? 0
  return (
    <aside class="lab-drawer" aria-label="Labs">
      <header class="lab-drawer__head">
        {opening ? (
          <button type="button" class="lab-drawer__back" onClick={() => onOpen(null)}>
            <Icon name="back" />
            All labs
          </button>
        ) : (
          <h2 class="lab-drawer__title">
            Labs
            {labs !== undefined && labs.length > 0 && (
              <span class="lab-drawer__solved">
                {solved} of {labs.length} solved
              </span>
            )}
          </h2>
        )}
        <button type="button" class="lab-drawer__close" aria-label="Close the labs" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="lab-drawer__scroll" ref={scroll}>
        {error !== null && (
          <p class="lab-drawer__error" role="alert">
            {error}
          </p>
        )}
        {!opening ? (
          <LabList labs={labs} onOpen={onOpen} />
        ) : (
          lab !== null && <LabArticle key={lab.id} {...props} lab={lab} labs={labs ?? []} />
        )}
      </div>
    </aside>
  )
}

/**
 * What both ends said, line by line: only the lines in sight exist, and only they are asked for, however long the
 * conversation was.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type {
  StreamContent,
  StreamMatch,
  StreamMatches,
  StreamPage,
  StreamSide,
} from '../../server/dashboard/api-stream.ts'
import { formatBytes, formatCount, plural } from '../lib/format.ts'
import { asHex } from '../lib/stream-text.ts'
import { atTail, fromBar, listWindow, tail, toBar } from '../lib/virtual-list.ts'
import { Icon } from './icons.tsx'
import { MenuButton } from './menu.tsx'
import { Choice } from './stream-choice.tsx'
import { Line } from './stream-line.tsx'

export interface StreamChoice {
  readonly content: StreamContent
  readonly direction: StreamSide | undefined
  readonly view: 'text' | 'hex'
}

export interface FollowStreamProps {
  /** Changes when it is another conversation, or the same seen anew. */
  subject: string
  transport: 'tcp' | 'udp'
  /** Changes when there may be more of it. */
  packets: number
  selected: number | null
  /** Packets later than this have not come yet; null for none. */
  until: number | null
  read: (
    choice: StreamChoice,
    line: number | undefined,
    limit: number,
    signal: AbortSignal,
  ) => Promise<StreamPage | string>
  find: (
    choice: StreamChoice,
    wanted: { text: string } | { hex: string },
    signal: AbortSignal,
  ) => Promise<StreamMatches | string>
  onSave: (content: StreamContent, direction: StreamSide | undefined) => void
  onSelect: (number: number) => void
}

const LINE_HEIGHT = 20
/** Asked for beyond either edge of what is in sight. */
const MARGIN = 60
const FIRST = 120
/** At least so long between two requests for what is new. */
const REST_MS = 250

const CONTENTS: Readonly<Record<StreamContent, readonly [name: string, about: string]>> = {
  tcp: ['as sent', 'the bytes of the connection itself'],
  tls: ['decrypted', 'what TLS carries, opened with its secrets'],
  websocket: ['WebSocket payloads', 'unmasked, and inflated where they were deflated'],
  udp: ['datagrams', 'one after the other'],
}

/** The best to read first. */
const READABLE: readonly StreamContent[] = ['websocket', 'tls', 'tcp', 'udp']

export function FollowStream(props: FollowStreamProps) {
  const { subject, transport, packets, selected, until, read, onSave, onSelect } = props
  /** Null while the reader leaves it to us. */
  const [chosen, setContent] = useState<StreamContent | null>(null)
  const [direction, setDirection] = useState<StreamSide | undefined>(undefined)
  const [view, setView] = useState<'text' | 'hex'>('text')
  const [page, setPage] = useState<StreamPage | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [search, setSearch] = useState<Search>(NO_SEARCH)
  const [viewport, setViewport] = useState(0)
  const [top, setTop] = useState(0)
  const [following, setFollowing] = useState(true)
  /** What of it one can read best. */
  const readable = useRef<StreamContent>(transport)
  const scroller = useRef<HTMLDivElement>(null)
  const content = chosen ?? readable.current
  const choice = { content, direction, view }
  const key = `${subject} ${content} ${direction ?? ''} ${view}`

  // Another conversation, or the same in another view, is read from its newest lines on.
  const shownKey = useRef(key)
  const again = useRef(false)
  if (shownKey.current !== key) {
    shownKey.current = key
    setPage(null)
    setTop(0)
    setFollowing(true)
    setSearch((known) => ({ ...known, matches: null, at: -1 }))
    again.current = search.looked !== '' && search.looked === search.wanted
  }
  const subjects = useRef(subject)
  if (subjects.current !== subject) {
    subjects.current = subject
    setContent(null)
    readable.current = transport
    setDirection(undefined)
  }

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const observer = new ResizeObserver(() => setViewport(element.clientHeight))
    observer.observe(element)
    setViewport(element.clientHeight)
    return () => observer.disconnect()
  }, [])

  const first = page?.first ?? 0
  const total = Math.max(0, (page?.total ?? 0) - first)
  const shape = { total, rowHeight: LINE_HEIGHT, viewport }
  const position = following ? tail(shape) : top
  const window = listWindow(shape, position)
  const from = window.first + first
  const covered = page !== null && from >= page.line && from + window.count <= page.line + page.lines.length

  // What is in sight and not here is asked for; and while it grows, its newest.
  const line = following ? undefined : Math.max(0, from - MARGIN)
  const limit = Math.min(500, following ? Math.max(FIRST, window.count + MARGIN) : window.count + 2 * MARGIN)
  const asked = useRef(0)
  const news = following || page === null ? packets : covered ? -1 : 0
  useEffect(() => {
    if (!following && covered) return
    const wanted = new AbortController()
    const ask = async () => {
      asked.current = performance.now()
      const answer = await read(choice, line, limit, wanted.signal)
      if (wanted.signal.aborted) return
      if (typeof answer === 'string') setProblem(answer)
      else {
        setProblem(null)
        readable.current = READABLE.find((one) => answer.contents.includes(one)) ?? transport
        setPage(answer)
        if (!answer.complete) timer = setTimeout(() => void ask(), REST_MS)
      }
    }
    let timer = setTimeout(
      () => void ask(),
      page === null ? 0 : Math.max(0, REST_MS * Number(following) - (performance.now() - asked.current)),
    )
    return () => {
      clearTimeout(timer)
      wanted.abort()
    }
  }, [key, following, line, limit, covered, news])

  const place = toBar(shape, position)
  useLayoutEffect(() => {
    const element = scroller.current
    if (element !== null && Math.abs(element.scrollTop - place) > 1) element.scrollTop = place
  }, [place])

  const go = (wanted: number) => {
    const next = Math.min(tail(shape), Math.max(0, wanted))
    setFollowing(atTail(shape, next))
    setTop(next)
  }
  const goToLine = (line: number) => {
    setFollowing(false)
    setTop(Math.min(tail(shape), Math.max(0, (line - first) * LINE_HEIGHT - viewport / 3)))
  }

  const finder = useRef<AbortController | null>(null)
  const look = async () => {
    finder.current?.abort()
    const wanted = search.wanted
    if (wanted === '') return setSearch(NO_SEARCH)
    const signal = new AbortController()
    finder.current = signal
    const hex = view === 'hex' ? asHex(wanted) : null
    setSearch((known) => ({ ...known, busy: true }))
    const answer = await props.find(choice, hex === null ? { text: wanted } : { hex }, signal.signal)
    if (signal.signal.aborted) return
    if (typeof answer === 'string') {
      setProblem(answer)
      setSearch((known) => ({ ...known, busy: false }))
      return
    }
    const { matches, more } = answer
    setSearch({ wanted, looked: wanted, matches, more, at: matches.length === 0 ? -1 : 0, busy: false })
    const [match] = matches
    if (match !== undefined) goToLine(match.line)
  }
  // In another view the same stands elsewhere.
  useEffect(() => {
    if (!again.current) return
    again.current = false
    void look()
  }, [key])
  const step = (by: number) => {
    const { matches, at, wanted, looked } = search
    if (matches === null || wanted !== looked) return void look()
    if (matches.length === 0) return
    const next = (at + by + matches.length) % matches.length
    setSearch((known) => ({ ...known, at: next }))
    const match = matches[next]
    if (match !== undefined) goToLine(match.line)
  }

  const lines = []
  let stop = true
  for (let at = from; at < from + window.count; at++) {
    const one = page?.lines[at - page.line]
    if (one === undefined) {
      lines.push(<div class="follow-stream__line is-awaited" key={at} />)
      continue
    }
    lines.push(
      <Line
        key={at}
        line={one}
        view={view}
        matches={search.matches ?? NONE}
        current={search.matches?.[search.at] ?? null}
        selected={one.number !== null && one.number === selected}
        stop={stop && one.begins}
        later={until !== null && one.number !== null && one.number > until}
        onSelect={onSelect}
      />,
    )
    if (one.begins) stop = false
  }
  const contents = page?.contents ?? [transport]
  return (
    <div class="follow-stream">
      <div class="follow-stream__tools">
        <Choice
          label="Direction"
          value={direction ?? 'both'}
          options={[
            ['both', 'Both'],
            ['client', 'Client'],
            ['server', 'Server'],
          ]}
          onChange={(value) => setDirection(value === 'both' ? undefined : value)}
        />
        <Choice
          label="Shown as"
          value={view}
          options={[
            ['text', 'Text'],
            ['hex', 'Hex'],
          ]}
          onChange={setView}
        />
        {contents.length > 1 && (
          <label class="follow-stream__content">
            <span class="visually-hidden">What is followed</span>
            <select
              value={content}
              onChange={(event) => setContent(event.currentTarget.value as StreamContent)}
            >
              {contents.map((one) => (
                <option key={one} value={one} title={CONTENTS[one][1]}>
                  {CONTENTS[one][0]}
                </option>
              ))}
            </select>
          </label>
        )}
        <form
          class="follow-stream__find"
          role="search"
          onSubmit={(event) => {
            event.preventDefault()
            step(1)
          }}
        >
          <input
            type="search"
            aria-label="Find in the stream"
            placeholder={view === 'hex' ? 'find: text or 0d 0a' : 'find'}
            value={search.wanted}
            maxLength={200}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => {
              const wanted = event.currentTarget.value
              setSearch((known) => (wanted === '' ? NO_SEARCH : { ...known, wanted }))
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !event.shiftKey) return
              event.preventDefault()
              step(-1)
            }}
          />
          <span class="follow-stream__found" role="status">
            {searchWords(search)}
          </span>
        </form>
        <MenuButton
          class="picture-tools__tool"
          words={<Icon name="save" />}
          label="Save the stream"
          title="Save the stream"
          heading="The bytes as they are"
          items={[
            { label: 'Both', about: 'in the order they came', onPick: () => onSave(content, undefined) },
            { label: 'Client', about: 'what the client said', onPick: () => onSave(content, 'client') },
            { label: 'Server', about: 'what the server said', onPick: () => onSave(content, 'server') },
          ]}
        />
      </div>
      {problem !== null && (
        <p class="follow-stream__note" role="alert">
          {problem}
        </p>
      )}
      {page !== null && (page.beheaded || page.first > 0) && (
        <p class="follow-stream__note">
          Its oldest packets made room for newer ones: what was said before is no longer held.
        </p>
      )}
      <section
        ref={scroller}
        class="follow-stream__scroller"
        aria-label="What both ends said"
        tabIndex={0}
        data-scrolls
        onScroll={(event) => {
          const bar = event.currentTarget.scrollTop
          if (Math.abs(bar - place) >= 1.5) go(fromBar(shape, bar))
        }}
        onKeyDown={(event) => {
          if (moveAmongPackets(event)) return
          const by = { ArrowDown: 1, ArrowUp: -1, PageDown: window.count - 8, PageUp: 8 - window.count }[
            event.key
          ]
          if (by !== undefined) go(position + by * LINE_HEIGHT)
          else if (event.key === 'Home') go(0)
          else if (event.key === 'End') go(tail(shape))
          else return
          event.preventDefault()
          event.stopPropagation()
        }}
      >
        <div class="follow-stream__all" style={`height: ${window.height}px`}>
          <div class="follow-stream__window" style={`transform: translateY(${place + window.offset}px)`}>
            {lines}
          </div>
        </div>
      </section>
      <p class="follow-stream__sum">
        {page === null
          ? 'Reading…'
          : total === 0
            ? 'Nothing has been said yet.'
            : `Client ${formatBytes(page.bytes.client)}, server ${formatBytes(page.bytes.server)}, ${plural(page.total, 'line')}${page.complete ? '' : ' so far'}.`}
      </p>
    </div>
  )
}

interface Search {
  readonly wanted: string
  /** What the matches are of. */
  readonly looked: string
  readonly matches: readonly StreamMatch[] | null
  readonly more: boolean
  readonly at: number
  readonly busy: boolean
}

const NO_SEARCH: Search = { wanted: '', looked: '', matches: null, more: false, at: -1, busy: false }
const NONE: readonly StreamMatch[] = []

/** Up and down go from packet to packet once one of them has the focus; Tab leads to the first in sight. */
function moveAmongPackets(event: KeyboardEvent & { currentTarget: HTMLElement }): boolean {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')]
  const at = event.target instanceof HTMLElement ? buttons.indexOf(event.target) : -1
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key]
  const next = at < 0 || to === undefined ? undefined : buttons[to]
  if (next === undefined) return false
  next.focus()
  event.preventDefault()
  event.stopPropagation()
  return true
}

function searchWords({ matches, more, at, busy, wanted, looked }: Search): string {
  if (busy) return 'looking'
  if (matches === null || wanted !== looked) return ''
  if (matches.length === 0) return 'not found'
  return `${formatCount(at + 1)} of ${formatCount(matches.length)}${more ? '+' : ''}`
}

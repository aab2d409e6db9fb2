/** The first five minutes: an empty page that asks a question, and what it says as the wire answers. */
import { useState } from 'preact/hooks'
import type { ServiceNode } from '../../server/dashboard/api.ts'
import {
  type Chat,
  type Count,
  countSentence,
  type Pull,
  replyToGuess,
  type Step,
} from '../lib/first-minutes.ts'
import { inWords } from '../lib/format.ts'
import { Command } from './copy-button.tsx'
import { Icon } from './icons.tsx'

export interface WelcomeProps {
  services: readonly ServiceNode[]
  sending: boolean
  error: string | null
  /** The message came back. */
  answered: boolean
  /** Whether packets can be seen at all: without, the question can't be answered. */
  captured: boolean
  /** How much the services have said of what they did. */
  events: number
  onEvents: () => void
  onSend: (guess: number | null) => void
}

export function Welcome(props: WelcomeProps) {
  const { services, sending, error, answered, captured, onSend } = props
  const [guess, setGuess] = useState('')
  const echo = services.find((service) => service.name === 'tcp-echo')
  const own = services.filter((service) => service.tryIt !== '' && service.state === 'listening')
  return (
    <section class="welcome" aria-labelledby="welcome-question">
      <p class="welcome__end welcome__end--you">
        <strong>you</strong>
      </p>
      <p class="welcome__end welcome__end--lab">
        <strong>the lab</strong>
        {echo !== undefined && (
          <code>
            {echo.host}:{echo.port}
          </code>
        )}
      </p>
      <div class="welcome__words">
        <h2 class="welcome__question" id="welcome-question">
          Nothing has crossed yet.
          <strong>
            How many packets will <code>hello</code> need?
          </strong>
        </h2>
        <form
          class="welcome__form"
          onSubmit={(event) => {
            event.preventDefault()
            const number = Number.parseInt(guess, 10)
            onSend(Number.isNaN(number) ? null : number)
          }}
        >
          <label class="welcome__label" for="guess">
            Your guess
          </label>
          <input
            id="guess"
            class="welcome__guess"
            type="text"
            inputMode="numeric"
            pattern="[0-9]*"
            maxLength={4}
            autocomplete="off"
            value={guess}
            onInput={(event) => setGuess(event.currentTarget.value.replace(/\D/g, ''))}
          />
          <button type="submit" class="welcome__send" disabled={sending}>
            {sending ? 'Sending…' : 'Send'}
          </button>
        </form>
        <p class="welcome__explain">
          Send opens a TCP connection to the echo service, writes <code>hello</code>, reads it back and
          closes. {captured && 'Every packet of that will stand here.'}
        </p>
        {error !== null && (
          <p class="welcome__error" role="alert">
            {error}
          </p>
        )}
        {!captured && <Blind answered={answered} events={props.events} onEvents={props.onEvents} />}
        {echo !== undefined && echo.tryIt !== '' && (
          <section class="welcome__own" aria-label="From your own terminal">
            <h3>Or from your own terminal</h3>
            <TryIt services={[echo]} captured={captured} />
            {own.length > 1 && (
              <details>
                <summary>Other services to talk to</summary>
                <TryIt services={own.filter((service) => service !== echo)} captured={captured} />
              </details>
            )}
          </section>
        )}
      </div>
    </section>
  )
}

/** Without a capture the question can't be answered; what the programs say of themselves still can be read. */
function Blind({ answered, events, onEvents }: { answered: boolean; events: number; onEvents: () => void }) {
  return (
    <div class="welcome__blind">
      <p>
        {answered ? (
          <>
            <code>hello</code> came back, but nobody watched the wire meanwhile.
          </>
        ) : (
          'The message will arrive and come back, but nobody is watching the wire.'
        )}{' '}
        The note above says why, and what mends it.
      </p>
      {events > 0 && (
        <button type="button" class="welcome__events" onClick={onEvents}>
          Read what the services say they did
        </button>
      )}
    </div>
  )
}

function TryIt({ services, captured }: { services: readonly ServiceNode[]; captured: boolean }) {
  return (
    <ul class="try-it">
      {services.map((service) => (
        <li key={service.name} class="try-it__service">
          <span class="try-it__title">{service.title}</span>
          <span class="try-it__see">
            {captured
              ? (WILL_SEE[service.name] ?? 'You will see its packets here as they cross.')
              : 'It answers, though its packets can’t be seen yet.'}
          </span>
          <Command text={service.tryIt} />
        </li>
      ))}
    </ul>
  )
}

/** What will be seen when the command is typed. */
const WILL_SEE: Readonly<Record<string, string>> = {
  'tcp-echo': 'You will see three packets at once, and two more for each line you type.',
  'udp-echo': 'You will see no greeting: one packet out, one back.',
  'websocket-echo': 'You will see an HTTP request turn into a WebSocket.',
  hub: 'You will see a session open, move to a WebSocket, and its heartbeat begin.',
  'hub-tls': 'You will see a handshake, and then what is sealed behind it, opened.',
}

export interface GuideProps {
  step: Step
  guess: number | null
  count: Count | null
  services: readonly ServiceNode[]
  /** The lab network has a cable to pull. */
  lab: boolean
  pull: Pull | null
  chat: Chat
  /** A packet is open, and it is not the one with the message. */
  openedOther: boolean
  /** Where this page is served from: the hub is there as well. */
  host: string
  sending: boolean
  onWho: () => void
  onLab: () => void
  onOpenMessage: () => void
  onCut: () => void
  onSend: () => void
  onPacket: (number: number) => void
  onClose: () => void
}

/** The strip above the ladder that goes on from the question, one sentence a step. */
export function Guide(props: GuideProps) {
  const { step, guess, count, services, lab, pull, chat, onOpenMessage, onClose } = props
  const terminal = services.find((service) => service.name === 'tcp-echo')
  const hub = services.find((service) => service.name === 'hub')
  return (
    <section class="guide" aria-label="The first five minutes">
      <div class="guide__words" aria-live="polite">
        {step === 'sent' && (
          <p class="guide__loud">
            {count === null || count.total === 0 ? 'On its way…' : `${count.total} so far…`}
          </p>
        )}
        {count !== null && count.total > 0 && step === 'counted' && (
          <>
            <p class="guide__loud">{countSentence(count)}</p>
            <p class="guide__quiet">
              {props.openedOther
                ? 'There is nothing of yours in that one: it only keeps the conversation going.'
                : replyToGuess(guess ?? undefined, count.total)}
            </p>
          </>
        )}
        {step === 'terminal' && terminal !== undefined && (
          <>
            <p class="guide__loud">Now from your own terminal.</p>
            <p class="guide__quiet">Type a line after it and press Enter. Your packets will be ringed.</p>
            <Command text={terminal.tryIt} />
          </>
        )}
        {step === 'yours' && (
          <>
            <p class="guide__loud">Yours.</p>
            <p class="guide__quiet">
              The ringed packets came from a program of yours.{' '}
              {lab ? 'Now break something: pull the cable between it and the server.' : CHAT_NEXT}
            </p>
          </>
        )}
        {step === 'cut' && (
          <>
            <p class="guide__loud">The cable is cut. Send into it.</p>
            <p class="guide__quiet">From here, or type another line in your terminal. Watch the map.</p>
          </>
        )}
        {step === 'plug' && pull?.lost != null && (
          <>
            <p class="guide__loud">Packet {pull.lost} is gone, and nobody was told.</p>
            <p class="guide__quiet">TCP knows only that no answer comes. Plug the cable in.</p>
          </>
        )}
        {step === 'waiting' && (
          <>
            <p class="guide__loud">Plugged in. TCP does not know that.</p>
            <p class="guide__quiet">
              It waits for its timer, twice as long after each try (RFC 6298), and then sends the same again.
            </p>
          </>
        )}
        {step === 'again' && pull?.again != null && (
          <>
            <p class="guide__loud">TCP sent it again: packet {pull.again}.</p>
            <p class="guide__quiet">Your program never noticed. {CHAT_NEXT}</p>
          </>
        )}
        {step === 'chat' && (
          <>
            <p class="guide__loud">
              {chat.here === 1 ? 'One is there. Now a second tab.' : 'Now say something in one of them.'}
            </p>
            <Beating chat={chat} onPacket={props.onPacket} />
          </>
        )}
        {step === 'heard' && chat.spoke !== null && (
          <>
            <p class="guide__loud">
              Who heard?{' '}
              {chat.spoke.others === 1 ? 'The other one' : `The ${inWords(chat.spoke.others)} others`}, and
              not {chat.spoke.by}, who spoke.
            </p>
            <p class="guide__quiet">
              <code>socket.broadcast</code> leaves the speaker out.
            </p>
            <Beating chat={chat} onPacket={props.onPacket} />
          </>
        )}
      </div>
      {step === 'counted' && (
        <button type="button" class="guide__next" onClick={onOpenMessage}>
          Open the one with your word
        </button>
      )}
      <GuideButton {...props} />
      <ChatLinks {...props} {...(hub !== undefined && { url: `http://${props.host}:${hub.port}/` })} />
      <button type="button" class="guide__close" aria-label="Close the guide" onClick={onClose}>
        <Icon name="close" />
      </button>
    </section>
  )
}

const CHAT_NEXT = 'Next, a conversation of three: the hub, and two tabs of its chat.'

/** The first heartbeat, as soon as there is one. */
function Beating({ chat, onPacket }: Pick<GuideProps, 'chat' | 'onPacket'>) {
  const { beat } = chat
  if (beat === null || beat.pong === null) return null
  const { ping, pong } = beat
  return (
    <p class="guide__quiet">
      While nobody speaks, the server asks: are you still there?{' '}
      <button type="button" class="guide__packet" onClick={() => onPacket(ping)}>
        packet {ping}
      </button>{' '}
      asks,{' '}
      <button type="button" class="guide__packet" onClick={() => onPacket(pong)}>
        packet {pong}
      </button>{' '}
      answers.
    </p>
  )
}

/** The chat, and what comes after it. */
function ChatLinks({ step, lab, chat, url, onWho, onLab }: GuideProps & { url?: string }) {
  const next = step === 'again' || (step === 'yours' && !lab) || (step === 'chat' && chat.here < 2)
  return (
    <>
      {next && url !== undefined && (
        <a class="guide__next" href={url} target="_blank" rel="noreferrer">
          {chat.here === 0 ? 'Open the chat' : 'Open it once more'}
        </a>
      )}
      {step === 'heard' && (
        <>
          <button type="button" class="guide__next" onClick={onWho}>
            See who heard
          </button>
          <button type="button" class="guide__next guide__next--quiet" onClick={onLab}>
            Go on with lab 01
          </button>
        </>
      )}
    </>
  )
}

/** What pulling the cable wants done next. */
function GuideButton({ step, lab, pull, sending, onCut, onSend, onPacket }: GuideProps) {
  const [words, act] =
    step === 'yours' && lab
      ? ['Pull the cable', onCut]
      : step === 'cut'
        ? [sending ? 'On its way…' : 'Send hello', onSend]
        : step === 'plug'
          ? ['Plug it in', onCut]
          : step === 'again' && pull?.again != null
            ? ['Open that packet', () => onPacket(pull.again ?? 0)]
            : ['', onCut]
  if (words === '') return null
  return (
    <button type="button" class="guide__next" disabled={step === 'cut' && sending} onClick={act}>
      {words}
    </button>
  )
}

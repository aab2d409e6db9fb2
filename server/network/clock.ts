/**
 * Time, as the lab network knows it: the wall's, or a simulated one in which an hour passes at once and every
 * run is the same. All of `server/network/` takes its time from a Clock and nothing else.
 */
import { Heap } from './heap.ts'

export interface Timer {
  /** May be called again, and after it has fired. */
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the clock's start, with fractions; never goes back. */
  now(): number
  /** Milliseconds from 1970 to this clock's start: `epochStart + now()` is the time of day, exact to about 1 µs. */
  readonly epochStart: number
  /** Calls back when `now()` has reached `time`, as soon as it can and never before. */
  at(time: number, callback: () => void): Timer
}

class Entry implements Timer {
  readonly time: number
  /** Entries of the same time are called in the order in which they came. */
  readonly order: number
  callback: (() => void) | undefined
  readonly #agenda: Agenda

  constructor(time: number, order: number, callback: () => void, agenda: Agenda) {
    this.time = time
    this.order = order
    this.callback = callback
    this.#agenda = agenda
  }

  cancel(): void {
    if (this.callback === undefined) return
    this.callback = undefined
    this.#agenda.cancelled()
  }
}

/** Below this many entries it isn't worth sweeping the cancelled ones out. */
const SWEEP_FROM = 64

/**
 * Callbacks by time. Cancelled ones are dropped when they reach the top, or swept out when they
 * outnumber the others: a connection sets and cancels a far timer with every segment.
 */
class Agenda {
  readonly #heap = new Heap<Entry>(before)
  #order = 0
  #waiting = 0
  readonly #emptied: () => void

  /** `emptied` is called when the last one that waited is cancelled. */
  constructor(emptied: () => void = () => undefined) {
    this.#emptied = emptied
  }

  /** Callbacks that are neither called nor cancelled. */
  get size(): number {
    return this.#waiting
  }

  add(time: number, callback: () => void): Timer {
    const entry = new Entry(time, this.#order++, callback, this)
    this.#waiting++
    this.#heap.push(entry)
    return entry
  }

  cancelled(): void {
    this.#waiting--
    if (this.#heap.length >= SWEEP_FROM && this.#heap.length > 2 * this.#waiting) {
      this.#heap.keep((entry) => entry.callback !== undefined)
    }
    if (this.#waiting === 0) this.#emptied()
  }

  /** When the next is due; undefined when there is none. */
  next(): number | undefined {
    for (let top = this.#heap.first; top !== undefined; top = this.#heap.first) {
      if (top.callback !== undefined) return top.time
      this.#heap.pop()
    }
    return undefined
  }

  /** Takes the next callback out if it is due at `now`. */
  take(now: number): (() => void) | undefined {
    const time = this.next()
    if (time === undefined || time > now) return undefined
    const entry = this.#heap.pop()
    const callback = entry?.callback
    if (entry !== undefined && callback !== undefined) {
      entry.callback = undefined
      this.#waiting--
    }
    return callback
  }
}

const before = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

/** Node's `setTimeout` counts whole milliseconds: with less than this to go, the event loop is asked each turn. */
const FINE_MS = 1
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
/** Callbacks of one turn, so that sockets get theirs. */
const CALLS_A_TURN = 4096

/** The wall's time. Nothing runs while nothing is due: one timer for the next entry, none when there is none. */
export class WallClock implements Clock {
  readonly epochStart: number
  readonly #agenda = new Agenda(() => this.#disarm())
  #timeout: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  /** What the timer is set for. */
  #setFor = Number.POSITIVE_INFINITY

  readonly #holdsProcess: boolean

  /**
   * `epochStart` is told where other clocks of the program must agree with this one. `holdsProcess: false`: a
   * program that has nothing else to do ends, whatever is still to come here.
   */
  constructor(epochStart: number = performance.timeOrigin, { holdsProcess = true } = {}) {
    this.epochStart = epochStart
    this.#holdsProcess = holdsProcess
  }

  now(): number {
    return performance.now()
  }

  at(time: number, callback: () => void): Timer {
    const timer = this.#agenda.add(time, callback)
    if (time < this.#setFor) this.#arm()
    return timer
  }

  #arm(): void {
    const next = this.#agenda.next()
    if (next === undefined || this.#immediate !== undefined) return
    clearTimeout(this.#timeout)
    this.#setFor = next
    const left = next - performance.now()
    if (left < FINE_MS) this.#immediate = setImmediate(this.#run)
    // One early, since a timeout may come 0.9 ms too soon or a whole one too late.
    else {
      this.#timeout = setTimeout(this.#run, Math.min(left - FINE_MS, LONGEST_TIMEOUT_MS))
      if (!this.#holdsProcess) this.#timeout.unref()
    }
  }

  /** A timer for what was cancelled would keep the program from ending. */
  #disarm(): void {
    clearTimeout(this.#timeout)
    clearImmediate(this.#immediate)
    this.#immediate = undefined
    this.#setFor = Number.POSITIVE_INFINITY
  }

  readonly #run = () => {
    this.#immediate = undefined
    // What the callbacks ask for is looked at once, when they are done.
    this.#setFor = Number.NEGATIVE_INFINITY
    const now = performance.now()
    try {
      for (let calls = 0; calls < CALLS_A_TURN; calls++) {
        const callback = this.#agenda.take(now)
        if (callback === undefined) break
        callback()
      }
    } finally {
      // One that throws must not take the others' time away.
      this.#setFor = Number.POSITIVE_INFINITY
      this.#arm()
    }
  }
}

/** 2026-01-01T00:00Z, so that simulated captures carry a plausible time of day. */
const SIMULATED_START = Date.UTC(2026, 0, 1)

/** Time that passes only when told to; the same calls give the same run. */
export class SimulatedClock implements Clock {
  readonly epochStart = SIMULATED_START
  readonly #agenda = new Agenda()
  #now = 0

  now(): number {
    return this.#now
  }

  at(time: number, callback: () => void): Timer {
    return this.#agenda.add(Math.max(time, this.#now), callback)
  }

  /** Callbacks still to come: 0 when everything has come to its end. */
  get pending(): number {
    return this.#agenda.size
  }

  /**
   * Lets time pass up to `until`, calling what falls due in order; `calls` bounds a run that never ends. Returns
   * the number of callbacks called.
   */
  run(until: number = Number.POSITIVE_INFINITY, calls: number = 50_000_000): number {
    let called = 0
    while (called < calls) {
      const next = this.#agenda.next()
      if (next === undefined || next > until) break
      this.#now = Math.max(this.#now, next)
      this.#agenda.take(this.#now)?.()
      called++
    }
    if (until !== Number.POSITIVE_INFINITY && called < calls) this.#now = Math.max(this.#now, until)
    return called
  }
}

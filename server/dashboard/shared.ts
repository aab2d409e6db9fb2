/** Values that every live client is sent: made once for all, with versions that grow where they differ. */
import type { ListChange } from './api-live.ts'

/** One object, of which the fields that changed can be told. */
export class Shared<T extends object> {
  readonly #fields = new Map<keyof T & string, { json: string; version: number }>()
  #value: T | undefined
  #version = 0

  /** 0 until there is a value. */
  get version(): number {
    return this.#version
  }

  get value(): T | undefined {
    return this.#value
  }

  refresh(value: T): void {
    const next = this.#version + 1
    for (const [name, field] of entries(value)) {
      const json = JSON.stringify(field) ?? ''
      if (this.#fields.get(name)?.json === json) continue
      this.#fields.set(name, { json, version: next })
      this.#version = next
    }
    if (this.#version === next) this.#value = value
  }

  /** The fields that changed behind a version. */
  since(version: number): Partial<T> {
    const changed: Partial<T> = {}
    for (const [name, field] of this.#fields)
      if (field.version > version && this.#value !== undefined) changed[name] = this.#value[name]
    return changed
  }
}

export interface SharedListOptions<T> {
  /** The field that tells one item from another. */
  readonly id: keyof T & string
  /** Fields that change without end, sent by themselves to who knows the rest. */
  readonly counters?: readonly (keyof T & string)[]
  /** A field that is a list of its own, which grows: only what is new of it, or changed, goes again. */
  readonly grows?: keyof T & string
}

interface Item<T> {
  node: T
  /** The version with which it came. */
  bornAt: number
  /** All but the counters and what grows. */
  steady: string
  steadyAt: number
  counters: string
  countersAt: number
  parts: ReadonlyMap<string, number>
  partsAt: number
}

/** The ids of so many items that are gone are remembered; who has not been told of more gets the whole list. */
const GONE_KEPT = 1000

/** A list, of which each client is sent what changed since it was sent something last. */
export class SharedList<T extends object> {
  readonly #options: SharedListOptions<T>
  readonly #counters: ReadonlySet<string>
  #items = new Map<string, Item<T>>()
  #gone: { id: string; version: number }[] = []
  /** Who was told up to a version before this one does not know of all that are gone. */
  #goneFrom = 0
  #value: T[] | undefined
  #version = 0

  constructor(options: SharedListOptions<T>) {
    this.#options = options
    this.#counters = new Set(options.counters)
  }

  /** 0 until there is a value. */
  get version(): number {
    return this.#version
  }

  get value(): T[] | undefined {
    return this.#value
  }

  refresh(list: T[]): void {
    const next = this.#version + 1
    let changed = this.#value === undefined
    const items = new Map<string, Item<T>>()
    for (const node of list) {
      const id = String(node[this.#options.id])
      const item = this.#renewed(node, this.#items.get(id), next)
      items.set(id, item)
      changed ||= Math.max(item.steadyAt, item.countersAt, item.partsAt) === next
    }
    for (const id of this.#items.keys()) {
      if (items.has(id)) continue
      this.#gone.push({ id, version: next })
      changed = true
    }
    const excess = this.#gone.splice(0, Math.max(0, this.#gone.length - GONE_KEPT))
    this.#goneFrom = excess.at(-1)?.version ?? this.#goneFrom
    this.#items = items
    if (!changed) return
    this.#value = list
    this.#version = next
  }

  /** What changed behind a version; undefined where only the whole list will do. */
  since(version: number): ListChange<T> | undefined {
    if (version === 0 || version < this.#goneFrom) return undefined
    const gone = this.#gone.filter((one) => one.version > version && !this.#items.has(one.id))
    const changed: Partial<T>[] = []
    for (const item of this.#items.values()) {
      const change = this.#changeOf(item, version)
      if (change !== undefined) changed.push(change)
    }
    return { changed, gone: gone.map(({ id }) => id) }
  }

  #renewed(node: T, before: Item<T> | undefined, version: number): Item<T> {
    const { grows } = this.#options
    const steady: unknown[] = []
    const counters: unknown[] = []
    for (const [name, value] of entries(node)) {
      if (name !== grows) (this.#counters.has(name) ? counters : steady).push(name, value)
    }
    const item: Item<T> = {
      node,
      bornAt: before?.bornAt ?? version,
      steady: JSON.stringify(steady),
      steadyAt: version,
      counters: JSON.stringify(counters),
      countersAt: version,
      parts: new Map(),
      partsAt: 0,
    }
    if (before?.steady === item.steady) item.steadyAt = before.steadyAt
    if (before?.counters === item.counters) item.countersAt = before.countersAt
    if (grows !== undefined) {
      item.parts = new Map(partsOf(node[grows]).map((part) => [part, before?.parts.get(part) ?? version]))
      item.partsAt = Math.max(0, ...item.parts.values())
    }
    return item
  }

  #changeOf(item: Item<T>, version: number): Partial<T> | undefined {
    const { id, grows } = this.#options
    const { node } = item
    if (item.bornAt > version) return node
    if (Math.max(item.steadyAt, item.countersAt, item.partsAt) <= version) return undefined
    const steady = item.steadyAt > version
    const change: Partial<T> = { [id]: node[id] } as Partial<T>
    for (const [name, value] of entries(node)) {
      if (name === grows) continue
      if (this.#counters.has(name) ? item.countersAt > version : steady) change[name] = value
    }
    if (grows !== undefined && item.partsAt > version) {
      const versions = [...item.parts.values()]
      change[grows] = (node[grows] as unknown[]).filter(
        (_, at) => (versions[at] ?? 0) > version,
      ) as T[typeof grows]
    }
    return change
  }
}

function partsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map((part) => JSON.stringify(part)) : []
}

function entries<T extends object>(value: T): [keyof T & string, T[keyof T & string]][] {
  return Object.entries(value) as [keyof T & string, T[keyof T & string]][]
}

/** A value that every live client is sent: made once for all, with a version that grows when it differs. */
export class Shared<T> {
  #json = ''
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
    const json = JSON.stringify(value)
    if (json === this.#json) return
    this.#json = json
    this.#value = value
    this.#version++
  }
}

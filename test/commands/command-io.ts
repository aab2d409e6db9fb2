/** The world as a command under test sees it, and what it said there. */
import { Readable, Writable } from 'node:stream'

export class TestIo {
  stdin: Readable = Readable.from([])
  env: NodeJS.ProcessEnv = {}
  cwd = '/'
  readonly colour = false
  readonly ending = new AbortController()
  readonly signal = this.ending.signal
  out = ''
  talk = ''
  readonly stdout: Writable = new Writable({
    write: (chunk, _, done) => {
      this.out += chunk
      done()
    },
  })
  readonly stderr: Writable = new Writable({
    write: (chunk, _, done) => {
      this.talk += chunk
      this.onTalk(this.talk)
      done()
    },
  })
  /** Called with all that was said so far, whenever something is. */
  onTalk: (talk: string) => void = () => {}

  get lines(): string[] {
    return this.out.split('\n').slice(0, -1)
  }
}

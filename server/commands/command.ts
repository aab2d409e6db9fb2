/** What every command is: a word of the command line, run by `main.ts`. */

/** The world as a command sees it, so that tests can hand it another one. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadStream
  /** Data goes here, and nothing else. */
  readonly stdout: NodeJS.WritableStream
  /** Talk goes here. */
  readonly stderr: NodeJS.WritableStream
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** Whether standard output takes colours. */
  readonly colour: boolean
  /** Whether somebody sits at the terminal. */
  readonly interactive: boolean
  /** Aborted when the user wants it to end: Ctrl-C, SIGTERM, SIGHUP. */
  readonly signal: AbortSignal
}

/** A module in this folder. `run` answers with the exit code: 0 done, 1 failed, 2 bad usage. */
export interface Command {
  /** For the list that `wirelab --help` prints. */
  readonly summary: string
  run(argv: string[], io: CommandIo): Promise<number>
}

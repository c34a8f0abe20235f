/** A group of measurements that are run together: `bun run bench <name>`. */
export interface Suite {
  readonly summary: string
  /** Its own flags, one a line. */
  readonly usage: string
  /**
   * Runs it and returns an exit code: a slow machine is no failure, a wrong answer is.
   * Throws `MisuseError` for arguments that it does not understand.
   */
  run(args: readonly string[]): Promise<number>
}

/** The bench was called with an unknown argument. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError'
}

/** Logs the progress of a run on standard error, with the time since its start. */
export function logProgress(progress: string): void {
  process.stderr.write(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s  ${progress}\n`)
}

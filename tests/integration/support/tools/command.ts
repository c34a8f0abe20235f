import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How a command is run, and what to do for someone who does not have it. */
export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Longest run (ms). */
  readonly timeout: number
  /** Said when there is no such command. */
  readonly missing: string
}

/**
 * Runs a command to its end and returns what it printed.
 *
 * @throws Error in words for a person: that it is missing, or what it said when it failed
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { environment = {}, timeout, missing }: CommandOptions,
): Promise<string> {
  try {
    const { stdout } = await run(command, [...args], {
      env: { ...process.env, ...environment },
      timeout,
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    if ('code' in thrown && thrown.code === 'ENOENT') throw new Error(missing, { cause: thrown })
    const said = 'stderr' in thrown ? String(thrown.stderr).trim() : ''
    throw new Error(`${[command, ...args].join(' ')} failed: ${said || thrown.message}`, { cause: thrown })
  }
}

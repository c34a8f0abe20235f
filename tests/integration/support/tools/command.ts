import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** In ms. */
  readonly timeout: number
  /** The message when there is no such command. */
  readonly missing: string
}

/**
 * Runs a command to its end and returns what it printed.
 *
 * @throws Error with a message for people: that the command is missing, or its own error output
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
    const output = 'stderr' in thrown ? String(thrown.stderr).trim() : ''
    throw new Error(`${[command, ...args].join(' ')} failed: ${output || thrown.message}`, { cause: thrown })
  }
}

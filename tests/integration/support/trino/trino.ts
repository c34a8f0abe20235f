import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { jarsOf } from '../tools/maven.ts'

const FOLDER = import.meta.dirname
/** Starting Trino, and running all statements (ms). */
const ANSWER_TIMEOUT_MS = 240_000

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
const answers = z.array(z.array(z.array(cell)))
export type TrinoRow = z.output<typeof cell>[]

/**
 * Runs statements one after the other in a Trino in memory, and returns the rows of each. It has no views:
 * a table made from the same query stands for one.
 *
 * @throws Error with Trino's words about the first statement that it does not take
 */
export async function runOnTrino(statements: readonly string[]): Promise<TrinoRow[][]> {
  const jars = await jarsOf(join(FOLDER, 'pom.xml'), 'trino')
  const java = spawn(
    'java',
    [
      '--add-opens=java.base/java.nio=ALL-UNNAMED',
      '-Xmx1g',
      '-classpath',
      join(jars, '*'),
      join(FOLDER, 'Statements.java'),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], timeout: ANSWER_TIMEOUT_MS, killSignal: 'SIGKILL' },
  )
  const ended = new Promise<number | null>((resolve, reject) => {
    java.once('exit', resolve)
    java.once('error', (cause) =>
      reject(
        new Error('These tests run Trino, which needs Java 17 or newer: the command `java`.', { cause }),
      ),
    )
  })
  // It may end before it has read everything; its exit code tells.
  java.stdin.on('error', () => {})
  java.stdin.end(JSON.stringify(statements))
  const [code, printed, said] = await Promise.all([ended, text(java.stdout), text(java.stderr)])
  if (code !== 0) throw new Error(`Trino ended with ${code}: ${said.trim()}`)
  return answers.parse(JSON.parse(printed))
}

import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { runCommand } from './command.ts'
import { progress } from './progress.ts'

/** Longest download (ms). */
const DOWNLOAD_TIMEOUT_MS = 540_000

/**
 * The folder with the jars of a pom.xml, which Maven fetches once. `name` is that of its version property:
 * `kafka` for `<kafka.version>`.
 *
 * @throws Error in words for a person, when Maven is missing or cannot fetch them
 */
export async function jarsOf(pom: string, name: string): Promise<string> {
  const version = new RegExp(`<${name}\\.version>(.+)</${name}\\.version>`).exec(
    await readFile(pom, 'utf8'),
  )?.[1]
  if (!version) throw new Error(`${pom} says no ${name}.version`)
  const folder = resolve('node_modules', '.cache', 'petrel', `${name}-${version}`)
  if (existsSync(folder)) return folder
  progress(`Fetching ${name} ${version} with Maven (once) …`)
  // Under another name until it is whole: whoever breaks it off leaves nothing that looks finished.
  const unfinished = `${folder}.${process.pid}`
  await mkdir(dirname(folder), { recursive: true })
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
  await runCommand('mvn', ['--batch-mode', '--quiet', '--file', pom, ...goal], {
    timeout: DOWNLOAD_TIMEOUT_MS,
    missing: `These tests fetch ${name}, which needs Maven (https://maven.apache.org): the command \`mvn\` was not found.`,
  })
  try {
    await rename(unfinished, folder)
  } catch (error) {
    // Someone else was quicker.
    if (!existsSync(folder)) throw error
    await rm(unfinished, { recursive: true })
  }
  return folder
}

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../tools/command.ts'
import { progress } from '../tools/progress.ts'
import type { TopicRecord } from './kafka-client.ts'

const CACHE = resolve('node_modules', '.cache', 'petrel')
const FOLDER = join(CACHE, 'kcat')
const FETCH_TIMEOUT_MS = 300_000
const READ_TIMEOUT_MS = 60_000
const MISSING =
  'These tests read topics with kcat too: install it (https://github.com/edenhill/kcat), or run them where `apt-get` can fetch it.'

const messageSchema = z.object({
  partition: z.int(),
  offset: z.int(),
  headers: z.array(z.string()).default([]),
  key: z.string(),
  payload: z.string(),
})

/**
 * Every record of a topic, in order per partition, as kcat (librdkafka) reads it: another implementation of
 * the protocol than the one that wrote it.
 *
 * @param settings librdkafka's, such as `bootstrap.servers`
 */
export async function readWithKcat(
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<TopicRecord[]> {
  const { command, environment } = await kcat()
  const options = Object.entries(settings).flatMap(([name, value]) => ['-X', `${name}=${value}`])
  const output = await runCommand(
    command,
    ['-C', '-J', '-e', '-q', '-t', topic, '-o', 'beginning', ...options],
    {
      timeout: READ_TIMEOUT_MS,
      missing: MISSING,
      environment,
    },
  )
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => messageSchema.parse(JSON.parse(line)))
    .map(({ partition, offset, headers, key, payload }) => ({
      partition,
      offset,
      key,
      value: payload,
      headers: Object.fromEntries(pairs(headers)),
    }))
    .sort((one, other) => one.partition - other.partition || one.offset - other.offset)
}

/** The one on the PATH, or else Debian's, unpacked into the cache without being installed. */
async function kcat(): Promise<{ command: string; environment: Readonly<Record<string, string>> }> {
  const found = await runCommand('kcat', ['-V'], { timeout: 10_000, missing: MISSING }).catch(() => null)
  if (found !== null) return { command: 'kcat', environment: {} }
  if (!existsSync(FOLDER)) await fetchKcat()
  const libraries = join(FOLDER, 'usr', 'lib')
  const folders = (await readdir(libraries)).map((name) => join(libraries, name))
  return {
    command: join(FOLDER, 'usr', 'bin', 'kcat'),
    environment: { LD_LIBRARY_PATH: [libraries, ...folders].join(':') },
  }
}

async function fetchKcat(): Promise<void> {
  progress('Fetching kcat from Debian (once) …')
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'kcat-'))
  const options = { timeout: FETCH_TIMEOUT_MS, missing: MISSING }
  try {
    // What installing it would add to this machine, which is only played through.
    const plan = await runCommand(
      'apt-get',
      ['--simulate', '--no-install-recommends', 'install', 'kcat'],
      options,
    )
    const packages = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => (name ? [name] : []))
    await runCommand(
      'sh',
      ['-c', 'cd "$1" && shift && apt-get --quiet download "$@"', 'sh', work, ...packages],
      options,
    )
    const files = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    for (const file of files)
      await runCommand('dpkg', ['--extract', join(work, file), join(work, 'files')], options)
    await rename(join(work, 'files'), FOLDER)
  } catch (cause) {
    throw new Error(MISSING, { cause })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** kcat lists headers as name, value, name, value. */
function* pairs(headers: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < headers.length; index += 2)
    yield [headers[index] ?? '', headers[index + 1] ?? '']
}

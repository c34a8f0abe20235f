import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Registry } from '../shared/registry.ts'
import { flagValue, hasFlag, misused, withoutFlag } from './support/arguments.ts'
import { exampleOf } from './support/example.ts'
import {
  brokenPromises,
  neededSamples,
  newestVersion,
  objection,
  type StoredEventType,
  storedEventTypes,
} from './support/samples.ts'

const USAGE = `Writes the samples of stored events that are missing: contracts/samples/<context>/<type>.v<n>.json.

  npx bun run samples [--from <file>]

  --from <file>  CloudEvents, one JSON a line, as the lake keeps them: what is missing is taken from
                 there if it is there, and made from its schema if not
  --help         this text

Only the newest version of an event can be written: the data of an older one comes from the release that
stored it, and a sample that is there is never touched. Read what was written before you commit it.
`

const BIOME = 'node_modules/@biomejs/biome/bin/biome'

const lineSchema = z.object({ type: z.string(), data: z.unknown() })

const args = process.argv.slice(2).filter((argument) => argument !== '--')
const [unknown] = withoutFlag(args, '--from').filter((argument) => !['--help', '-h'].includes(argument))
if (unknown !== undefined) misused(`What is ${unknown}?`, USAGE)
if (hasFlag(args, '--help', '-h')) process.stdout.write(USAGE)
else process.exitCode = await run(process.cwd(), flagValue(args, '--from'))

/** Writes missing samples and reports all other defects. Returns an exit code. */
async function run(top: string, from: string | undefined): Promise<number> {
  // Relative to the working directory, so that the test can provide its own registry.
  const { registry }: { registry: Registry } = await import(pathToFileURL(`${top}/shared/registry.ts`).href)
  const types = storedEventTypes(registry)
  const happened = from === undefined ? new Map<string, unknown>() : eventsIn(from)
  const written: string[] = []
  for (const { type, version, file } of neededSamples(types)) {
    if (version !== newestVersion(type) || existsSync(`${top}/${file}`)) continue
    const data = dataFor(type, happened)
    mkdirSync(dirname(`${top}/${file}`), { recursive: true })
    writeFileSync(`${top}/${file}`, `${JSON.stringify(data, null, 2)}\n`)
    written.push(file)
    process.stdout.write(`${file} written\n`)
  }
  if (written.length > 0)
    execFileSync(process.execPath, [BIOME, 'format', '--write', ...written], { cwd: top })
  const broken = brokenPromises(top, types)
  for (const promise of broken) process.stderr.write(`${promise}\n`)
  if (broken.length === 0) process.stdout.write('Every version of every stored event has its sample.\n')
  return broken.length === 0 ? 0 : 1
}

function dataFor(type: StoredEventType, happened: ReadonlyMap<string, unknown>): unknown {
  const data = happened.get(`${type.context}.${type.name}`)
  return data !== undefined && objection(type, data) === null ? data : exampleOf(type.data)
}

/** The data of the first event of each type in a file. */
function eventsIn(file: string): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.trim() === '') continue
    const { type, data } = lineSchema.parse(JSON.parse(line))
    if (!found.has(type)) found.set(type, data)
  }
  return found
}

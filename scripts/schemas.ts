import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { eventTypes } from '../workers/api/http/openapi/event-types.ts'
import { hasFlag, misused } from './support/arguments.ts'
import { checkSchemas } from './support/schemas.ts'

const USAGE = `Writes the published JSON Schemas of events: contracts/schemas/<type>.v<n>.json, one for each version.

  npx bun run schemas [--check]

  --check  writes nothing; fails when a file is not what the code would make it
  --help   this text

Only the newest version of an event is written, and only where readers of the file that is there can go on
with it: see contracts/schemas/README.md. For any other change the event needs a new version, with an upcaster.
`

const BIOME = 'node_modules/@biomejs/biome/bin/biome'

const args = process.argv.slice(2).filter((argument) => argument !== '--')
const [unknown] = args.filter((argument) => !['--check', '--help', '-h'].includes(argument))
if (unknown !== undefined) misused(`What is ${unknown}?`, USAGE)
if (hasFlag(args, '--help', '-h')) process.stdout.write(USAGE)
else process.exitCode = run(process.cwd(), hasFlag(args, '--check'))

/** Writes the schemas that may change; with `check` only reports. Returns an exit code. */
function run(top: string, check: boolean): number {
  const { broken, stale } = checkSchemas(top, eventTypes.values())
  for (const promise of broken) process.stderr.write(`${promise}\n`)
  for (const { file, text } of stale) {
    if (check) {
      process.stderr.write(`${file} is not up to date; run: npx bun run schemas\n`)
      continue
    }
    mkdirSync(dirname(`${top}/${file}`), { recursive: true })
    writeFileSync(`${top}/${file}`, text)
    process.stdout.write(`${file} written\n`)
  }
  if (!check && stale.length > 0)
    execFileSync(process.execPath, [BIOME, 'format', '--write', ...stale.map(({ file }) => file)], {
      cwd: top,
    })
  if (broken.length > 0 || (check && stale.length > 0)) return 1
  process.stdout.write('Every version of every event has its schema.\n')
  return 0
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generatedPages } from './docs/generate.ts'
import { hasFlag, misused } from './support/arguments.ts'

const USAGE = `Writes the pages under docs/ that are made from the code.

  npx bun run docs [--check]

  --check  writes nothing; fails when a page is not what the code would make it
  --help   this text
`

const args = process.argv.slice(2).filter((argument) => argument !== '--')
const [unknown] = args.filter((argument) => !['--check', '--help', '-h'].includes(argument))
if (unknown !== undefined) misused(`What is ${unknown}?`, USAGE)
if (hasFlag(args, '--help', '-h')) process.stdout.write(USAGE)
else process.exitCode = run(hasFlag(args, '--check'))

function run(check: boolean): number {
  const { pages, missing } = generatedPages(process.cwd())
  if (missing.length > 0) {
    process.stderr.write(`What was drawn is not complete:\n${missing.map((line) => `  ${line}\n`).join('')}`)
    return 1
  }
  let stale = 0
  for (const { file, text } of pages) {
    const present = existsSync(file) ? readFileSync(file, 'utf8') : null
    if (present === text) continue
    stale += 1
    if (check) {
      process.stderr.write(`${file} is not up to date; run: npx bun run docs\n`)
      continue
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    process.stdout.write(`${file} written\n`)
  }
  if (stale === 0) process.stdout.write('All pages are up to date.\n')
  return check && stale > 0 ? 1 : 0
}

import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Download, downloadLake } from './analytics/lake.ts'
import { reportPage } from './analytics/page.ts'
import { type Question, questions } from './analytics/questions.ts'
import { answer } from './analytics/report.ts'
import { setAsideText } from './analytics/sift.ts'
import { reportText } from './analytics/terminal.ts'
import { EmptyLakeError, ndjsonFilesIn, UnreadableLakeError, Warehouse } from './analytics/warehouse.ts'
import { DemoClient, DemoError, UnreachableError } from './demo/client.ts'
import { flagValue, hasFlag, misused, withoutFlag } from './support/arguments.ts'

const USAGE = `Answers the business's questions from the events in the lake, with the SQL views of analytics/ in DuckDB:
the same files make the views on Athena (see analytics/README.md).

  npx bun run analytics [--url http://localhost:8787] [--lake <folder>] [--html <file>] [question …]

  --url       the running (development) server whose lake is read; start one with: npx bun run dev
  --lake      read NDJSON files (.ndjson, .ndjson.gz) in this folder instead, such as a copy of the bucket
  --html      write one HTML page that needs nothing else, instead of printing tables
  --help      this text
  [question]  ${questions.map(({ name }) => name).join(', ')}; all of them without one

What was read of a server is kept in .wrangler/analytics, so that the next run fetches only what is new.
With another JWT_SECRET than the development key, give it in the environment.
`

/** The maximum of rows of a table by day in the terminal. */
const MAX_DAYS = 31

const args = process.argv.slice(2).filter((argument) => argument !== '--')
if (hasFlag(args, '--help', '-h')) process.stdout.write(USAGE)
else process.exitCode = await run()

async function run(): Promise<number> {
  const [url, lake, html] = ['--url', '--lake', '--html'].map((name) => given(name))
  const words = ['--url', '--lake', '--html'].reduce(withoutFlag, args)
  const asked = words.map((word) => questionOf(word))
  if (url !== undefined && lake !== undefined) misused('Either --url or --lake, not both.', USAGE)
  if (url !== undefined && !URL.canParse(url)) misused(`--url ${url} is no URL.`, USAGE)
  if (lake !== undefined && !(existsSync(lake) && statSync(lake).isDirectory()))
    misused(`--lake ${lake} is no folder.`, USAGE)
  try {
    const source = lake ?? (url ?? 'http://localhost:8787').replace(/\/+$/, '')
    const found =
      lake === undefined ? await filesOfServer(source) : { files: ndjsonFilesIn(lake), setAside: [] }
    await report(source, found, asked.length > 0 ? asked : questions, html)
    return 0
  } catch (fault) {
    process.stderr.write(`${advice(fault)}\n`)
    return 1
  }
}

function given(name: string): string | undefined {
  if (!hasFlag(args, name)) return undefined
  const value = flagValue(args, name)
  return value === undefined || value === '' ? misused(`${name} needs a value.`, USAGE) : value
}

function questionOf(word: string): Question {
  return questions.find(({ name }) => name === word) ?? misused(`There is no question ${word}.`, USAGE)
}

/** Downloads the lake of a running server as files. */
async function filesOfServer(url: string): Promise<Pick<Download, 'files' | 'setAside'>> {
  const client = await DemoClient.connect(url)
  const folder = join('.wrangler', 'analytics', new URL(url).host.replaceAll(/[^\w.-]/g, '_'))
  const download = await downloadLake(client, folder, (done, all) => {
    if (process.stderr.isTTY) process.stderr.write(`\rReading the lake: ${done} of ${all} objects`)
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  return download
}

async function report(
  source: string,
  { files, setAside }: Pick<Download, 'files' | 'setAside'>,
  asked: readonly Question[],
  html: string | undefined,
): Promise<void> {
  const warehouse = await Warehouse.load(files)
  process.stderr.write(setAsideText([...setAside, ...warehouse.setAside]))
  try {
    const answers = await answer(warehouse, asked, source)
    if (html === undefined) {
      const rich = process.stdout.isTTY === true && !process.env.NO_COLOR
      process.stdout.write(reportText(answers, { rich, days: MAX_DAYS }))
    } else {
      writeFileSync(html, reportPage(answers))
      process.stdout.write(`Written: ${html}\n`)
    }
  } finally {
    warehouse.close()
  }
}

/** The advice for a known failure. @throws any other error unchanged */
function advice(fault: unknown): string {
  if (fault instanceof UnreachableError)
    return `${fault.message}.\nStart it in another terminal first: npx bun run dev\nOr read files: --lake <folder>`
  if (fault instanceof EmptyLakeError)
    return 'The lake is empty: there is nothing to tell yet.\nLet somebody buy something first: npx bun run demo'
  if (fault instanceof DemoError) return `The lake could not be read: ${fault.message}`
  if (fault instanceof UnreadableLakeError) return fault.message
  throw fault
}

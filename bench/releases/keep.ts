import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../runtime/report.ts'
import { drawPage } from './page.ts'
import { type Summary, summaryOf, summarySchema } from './summary.ts'

const RESULTS = join('bench', 'results')

/** Keeps the medians of a report under the commit that is checked out, and draws the page anew. Returns the file. */
export function keepRelease(report: Report): string {
  const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim()
  mkdirSync(RESULTS, { recursive: true })
  const file = join(RESULTS, `${report.at.slice(0, 10)}-${commit}.json`)
  writeFileSync(file, `${JSON.stringify(summaryOf(report, commit), null, 2)}\n`)
  writePage()
  return file
}

/** Draws `index.html` of all results that are kept. Returns how many those are. */
export function writePage(): number {
  mkdirSync(RESULTS, { recursive: true })
  const releases = keptReleases()
  writeFileSync(join(RESULTS, 'index.html'), drawPage(releases))
  return releases.length
}

/** What is kept, oldest first. */
function keptReleases(): Summary[] {
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => summarySchema.parse(JSON.parse(readFileSync(join(RESULTS, name), 'utf8'))))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
}

import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { misused } from '../../scripts/support/arguments.ts'
import type { Answers } from './answers.ts'
import { pack } from './databases.ts'
import { liveThrough } from './journey.ts'

const USAGE = `Makes the stored folder that tests/stored-folder.test.ts opens: what a server of an earlier commit left behind.

  node tests/stored-folder/make.ts <commit, or folder of a checkout with node_modules>

It runs that commit's server through a journey, over HTTP, and writes beside itself
  folder.jsonl.gz   its databases and files, as text
  answers.json.gz   what it answered last
It takes two or three minutes. \`zcat\` shows what is in them.

The folder is a fixture and no build output: it stands for the deployments that exist. Make a new one, of the
last commit before it, when a change is about to alter how something is stored, and when the journey has learned
something new. Never make one of the commit under test: it would only show that the code agrees with itself.
`

const [named, ...rest] = process.argv.slice(2)
if (named === undefined || named.startsWith('-') || rest.length > 0) misused('Which commit?', USAGE)
const work = await mkdtemp(join(tmpdir(), 'petrel-stored-'))
const ownCheckout = join(work, 'checkout')
try {
  await make(existsSync(named) ? resolve(named) : checkoutOf(named))
} finally {
  if (existsSync(ownCheckout)) git('.', 'worktree', 'remove', '--force', ownCheckout)
  await rm(work, { recursive: true, force: true })
}

async function make(checkout: string): Promise<void> {
  const storage = join(work, 'storage')
  const left = await liveThrough(checkout, storage)
  const answers: Answers = { commit: git(checkout, 'rev-parse', 'HEAD'), ...left }
  await write('folder.jsonl.gz', await pack(storage))
  await write('answers.json.gz', lineForEach(answers))
}

function write(name: string, text: string): Promise<void> {
  return writeFile(join(import.meta.dirname, name), gzipSync(text, { level: 9 }))
}

/** A checkout of a commit, with the packages that are installed here. */
function checkoutOf(commit: string): string {
  git('.', 'worktree', 'add', '--quiet', '--detach', ownCheckout, commit)
  symlinkSync(resolve('node_modules'), join(ownCheckout, 'node_modules'))
  return ownCheckout
}

/** JSON with a line for each answer, so that they can be compared. */
function lineForEach(answers: Answers): string {
  const reads = Object.entries(answers.reads).map(
    ([path, one]) => `${JSON.stringify(path)}:${JSON.stringify(one)}`,
  )
  const repeats = answers.repeats.map((one) => JSON.stringify(one))
  const { commit, stoppedAt, parts } = answers
  const head = JSON.stringify({ commit, stoppedAt, parts }).slice(0, -1)
  return `${head},\n"reads":{\n${reads.join(',\n')}\n},\n"repeats":[\n${repeats.join(',\n')}\n]}\n`
}

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim()
}

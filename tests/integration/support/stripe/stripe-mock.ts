import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../tools/command.ts'
import { progress } from '../tools/progress.ts'

/** Built from this version, whose OpenAPI description has the version of Stripe's API that Petrel is written for. */
const VERSION = 'v0.203.0'
const MODULE = `github.com/stripe/stripe-mock@${VERSION}`
const FOLDER = resolve('node_modules', '.cache', 'petrel', `stripe-mock-${VERSION}`)
const BINARY = join(FOLDER, 'stripe-mock')
/** How long it may take to be built, and to start (ms). */
const BUILD_TIMEOUT_MS = 300_000
const START_TIMEOUT_MS = 30_000

/** What a resource of stripe-mock's looks like, in place of some of its own fixtures. */
export type Fixtures = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A running stripe-mock: Stripe's API shape, without a memory. */
export interface StripeMock {
  readonly url: string
  /** Starts again at the same address, with other fixtures. */
  restart(fixtures: Fixtures): Promise<void>
  stop(): Promise<void>
}

const goOptions = {
  timeout: BUILD_TIMEOUT_MS,
  missing:
    'These tests build stripe-mock, which needs Go (https://go.dev/dl): the command `go` was not found.',
}

/** Builds stripe-mock unless it is there, and starts one on a free port of this machine alone. */
export async function startStripeMock(fixtures: Fixtures = {}): Promise<StripeMock> {
  await build()
  const files = await mkdtemp(join(tmpdir(), 'petrel-stripe-mock-'))
  let running = await start(files, '127.0.0.1:0', fixtures)
  const { address } = running
  return {
    url: `http://${address}`,
    async restart(others) {
      await end(running.child)
      running = await start(files, address, others)
    },
    async stop() {
      await end(running.child)
      await rm(files, { recursive: true, force: true })
    },
  }
}

async function build(): Promise<void> {
  if (existsSync(BINARY)) return
  progress(`Building stripe-mock ${VERSION} with Go (once) …`)
  await mkdir(FOLDER, { recursive: true })
  await runCommand('go', ['install', MODULE], { ...goOptions, environment: { GOBIN: FOLDER } })
}

/** stripe-mock's own fixtures with some fields of some resources replaced, as a file. */
async function fixturesFile(files: string, fixtures: Fixtures): Promise<string> {
  const downloaded = await runCommand('go', ['mod', 'download', '-json', MODULE], goOptions)
  const { Dir: folder } = z.object({ Dir: z.string() }).parse(JSON.parse(downloaded))
  const original = await readFile(join(folder, 'embedded', 'openapi', 'fixtures3.json'), 'utf8')
  const { resources } = z
    .object({ resources: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(original))
  for (const [name, fields] of Object.entries(fixtures)) resources[name] = { ...resources[name], ...fields }
  const path = join(files, 'fixtures.json')
  await writeFile(path, JSON.stringify({ resources }))
  return path
}

async function start(
  files: string,
  address: string,
  fixtures: Fixtures,
): Promise<{ child: ChildProcess; address: string }> {
  const file = Object.keys(fixtures).length > 0 ? await fixturesFile(files, fixtures) : null
  const child = spawn(
    BINARY,
    // It would take a fixed port for HTTPS if it were not given one of its own.
    [
      '-http-addr',
      address,
      '-https-addr',
      '127.0.0.1:0',
      '-strict-version-check',
      ...(file ? ['-fixtures', file] : []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const goodbye = () => child.kill('SIGKILL')
  process.once('exit', goodbye)
  child.once('exit', () => process.removeListener('exit', goodbye))
  return { child, address: await listening(child) }
}

/** The address that it listens at, once it says so; from then on it may say what it likes. */
async function listening(child: ChildProcess): Promise<string> {
  let output = ''
  const listening = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-5_000)
        const address = /Listening for HTTP at address: (\S+)/.exec(output)?.[1]
        if (address) resolve(address)
      })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`stripe-mock ended with ${code}:\n${output}`)))
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`stripe-mock did not start:\n${output}`)), START_TIMEOUT_MS)
  })
  try {
    return await Promise.race([listening, late])
  } finally {
    clearTimeout(timer)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** The fixtures of a Stripe that takes every charge. */
export const takesEveryCharge: Fixtures = {
  payment_intent: {
    status: 'succeeded',
    latest_charge: 'ch_1PgafuB7WZ01zgkWXYmPNZs8',
    last_payment_error: null,
  },
}

/** The fixtures of a Stripe that declines every charge for lack of funds. */
export const declinesEveryCharge: Fixtures = {
  payment_intent: {
    status: 'requires_payment_method',
    last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' },
  },
}

/** The fixtures of a Stripe that does not know yet what became of any charge. */
export const knowsOfNoCharge: Fixtures = {
  payment_intent: { status: 'processing', last_payment_error: null },
}

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { freePort, PortTakenError } from './support/address.ts'
import { flagValue, hasFlag, misused, withoutFlag } from './support/arguments.ts'
import { isMigrated } from './support/migrated.ts'
import { onOrphaned } from './support/orphaned.ts'
import { forgetServing, noteServing, servingOf } from './support/served-folder.ts'

const USAGE = `Runs Petrel on this machine: the Worker, its objects, queues, database and lake.

  npx bun run dev [flags of wrangler dev]

  --port <number>        where to listen (8787; 0 takes any free port)
  --persist-to <folder>  where everything is stored (.wrangler/state)
  --var <NAME:value>     sets a variable of the Worker
  --help                 this text

Every flag goes to wrangler dev as it is (--ip, --inspector-port, --log-level, …).
`

const WRANGLER = join('node_modules', 'wrangler', 'bin', 'wrangler.js')
/** Disables wrangler's telemetry, prompts and banners. The user's own settings take precedence. */
const ENVIRONMENT = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Its trace store writes several rows per request, which slows down a busy shop.
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  ...process.env,
}
/** How long a stopped wrangler may take to end its child processes. */
const STOP_TIMEOUT_MS = 10_000

const args = process.argv.slice(2).filter((argument) => argument !== '--')
if (hasFlag(args, '--help', '-h')) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const host = flagValue(args, '--ip') ?? 'localhost'
const storage = flagValue(args, '--persist-to') ?? join('.wrangler', 'state')
await refuseServed()
const port = await choosePort(flagValue(args, '--port') ?? '8787')
const stopping = new AbortController()
let stopSignal: NodeJS.Signals = 'SIGTERM'
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    stopSignal = signal
    stopping.abort()
  })
onOrphaned(() => stopping.abort())

noteServing(storage, { pid: process.pid, url: address() })
try {
  process.exitCode = (await migrate()) || (await serve())
} finally {
  forgetServing(storage, process.pid)
}

/** Ends the script with a message if another process serves the folder. */
async function refuseServed(): Promise<void> {
  const serving = await servingOf(storage)
  if (!serving) return
  const next = Number(new URL(serving.url).port) + 1
  process.stderr.write(
    `Petrel already runs on ${storage} (${serving.url}). Stop it, or give this one its own: npx bun run dev --port ${next} --persist-to ${join('.wrangler', `state-${next}`)}\n`,
  )
  process.exit(1)
}

/** Returns a free port, or ends the script with a message. */
async function choosePort(asked: string): Promise<number> {
  if (!/^\d{1,5}$/.test(asked) || Number(asked) > 65_535) misused(`--port ${asked} is not a port.`, USAGE)
  try {
    return await freePort(host, Number(asked))
  } catch (fault) {
    if (!(fault instanceof PortTakenError)) throw fault
    process.stderr.write(
      `Port ${fault.port} is taken. Stop what runs there, or choose another: npx bun run dev --port ${fault.port + 1}\nAnother Petrel in this folder needs a --persist-to of its own.\n`,
    )
    process.exit(1)
  }
}

/** Migrates the read database; silent unless it fails. Returns an exit code. */
async function migrate(): Promise<number> {
  // The check with wrangler takes seconds.
  const folder = join(storage, 'v3', 'd1')
  if (isMigrated(folder, readdirSync('migrations'))) return 0
  const passedOn = ['--persist-to', '--config', '-c', '--env', '-e'].flatMap((flag) => {
    const value = flagValue(args, flag)
    return value === undefined ? [] : [flag, value]
  })
  let said = ''
  const applying = wrangler(['d1', 'migrations', 'apply', 'DATABASE', '--local', ...passedOn], 'pipe')
  for (const stream of [applying.child.stdout, applying.child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  const code = await applying.exited
  if (code !== 0 && !stopping.signal.aborted)
    process.stderr.write(
      `The migrations of the read database could not be applied. If it is damaged, remove ${folder} and start again: what lists show is made anew from the logs.\n${said}`,
    )
  return code
}

/** Runs `wrangler dev` until it ends. Returns its exit code. */
async function serve(): Promise<number> {
  const defaults = [
    // Errors and warnings of the Worker; not a line for each request.
    ...(hasFlag(args, '--log-level') ? [] : ['--log-level', 'warn']),
    // Enables /__scheduled, and avoids a warning that the cron trigger does not fire locally.
    ...(hasFlag(args, '--test-scheduled') ? [] : ['--test-scheduled']),
    // The base of the URIs of problems and schemas.
    ...(setsVariable('PUBLIC_URL') ? [] : ['--var', `PUBLIC_URL:${address()}`]),
    ...(hasFlag(args, '--show-interactive-dev-session') ? [] : ['--show-interactive-dev-session=false']),
  ]
  const { exited } = wrangler(
    ['dev', ...withoutFlag(args, '--port'), '--port', String(port), ...defaults],
    'inherit',
  )
  const ended = new AbortController()
  void announce(ended.signal)
  const code = await exited
  ended.abort()
  return code
}

function wrangler(command: readonly string[], output: 'inherit' | 'pipe') {
  const child = spawn(process.execPath, [WRANGLER, ...command], {
    env: ENVIRONMENT,
    stdio: ['ignore', output, output],
  })
  const stop = () => {
    child.kill(stopSignal)
    setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS).unref()
  }
  if (stopping.signal.aborted) stop()
  else stopping.signal.addEventListener('abort', stop, { once: true })
  const exited = new Promise<number>((resolve) => {
    child.once('error', (fault) => {
      process.stderr.write(`wrangler could not be started: ${fault.message}\n`)
      resolve(1)
    })
    // By convention the exit code after a signal is 128 + its number.
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
  return { child, exited }
}

/** Prints the addresses once the server answers. */
async function announce(ended: AbortSignal): Promise<void> {
  const url = address()
  const health = await firstAnswer(`${url}/health`, ended)
  if (!health) return
  // Queues are in memory here: messages of the last run are lost, and the lists may lack them.
  void fetch(`${url}/__scheduled?cron=start`, { signal: ended }).catch(() => {})
  const problem = health.ok ? '' : `, but something is wrong: ${await gist(health)}`
  const option = port === 8787 ? '' : ` --url ${url}`
  const demo = health.ok
    ? `
  npx bun run demo${option}
      a whole customer journey, event by event`
    : ''
  process.stdout.write(`
Petrel is running${problem}
  API      ${url}/v1
  Docs     ${url}/docs
  Health   ${url}/health

In another terminal:${demo}
  npx bun run token operator
      a token to call the API with

Stop with Ctrl-C.
`)
}

/** The details of an unexpected response, for the console. */
async function gist(answer: Response): Promise<string> {
  const problem = z.object({ detail: z.string() }).safeParse(await answer.json().catch(() => null))
  return problem.success ? problem.data.detail : `see above (${answer.status})`
}

/** The server's address for local clients. */
function address(): string {
  return `http://${reachable(host)}:${port}`
}

/** Whether the user sets a variable of the Worker. */
function setsVariable(name: string): boolean {
  return args.some((argument) => argument.replace(/^--var=/, '').startsWith(`${name}:`))
}

function reachable(host: string): string {
  if (host === '*' || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function firstAnswer(url: string, ended: AbortSignal): Promise<Response | null> {
  while (!ended.aborted) {
    try {
      return await fetch(url, { signal: ended })
    } catch {
      await pause(100)
    }
  }
  return null
}

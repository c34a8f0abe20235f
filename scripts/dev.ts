import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { flagValue, hasFlag, misused } from './arguments.ts'
import { chooseAddress, PortTakenError } from './dev/address.ts'
import { onOrphaned } from './dev/orphaned.ts'

const USAGE = `Runs Petrel on this machine: the Worker, its objects, queues, the database and the lake.

  bun run dev [flags of wrangler dev]

  --port <number>        where to listen (8787; 0 takes any free port)
  --persist-to <folder>  where everything is stored (.wrangler/state)
  --var <name:value>     sets a variable of the Worker
  --help                 this text

Every other flag goes to wrangler dev as it is (--ip, --inspector-port, --log-level, …).
`

/** What keeps wrangler from calling out, asking questions and advertising. The user's own settings win. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_HIDE_BANNER: 'true',
}
/** How long a stopped wrangler may take to put its children away (ms). */
const STOP_WITHIN = 10_000

const args = process.argv.slice(2)
if (hasFlag(args, '--help', '-h')) {
  process.stdout.write(USAGE)
  process.exit(0)
}

const { host, port } = await address()
migrate()
await serve()

async function address(): Promise<{ host: string; port: number }> {
  const asked = flagValue(args, '--port') ?? '8787'
  if (!/^\d{1,5}$/.test(asked) || Number(asked) > 65_535) misused(`--port ${asked} is not a port.`, USAGE)
  try {
    return await chooseAddress(flagValue(args, '--ip') ?? 'localhost', Number(asked))
  } catch (fault) {
    if (!(fault instanceof PortTakenError)) throw fault
    process.stderr.write(
      `Port ${fault.port} is taken. Stop what runs there, or choose another: bun run dev --port ${fault.port + 1}\n`,
    )
    process.exit(1)
  }
}

import { z } from 'zod'
import { DemoClient, DemoError, UnreachableError } from './demo/client.ts'
import { expectedEvents } from './demo/expected.ts'
import { playFailures } from './demo/failures.ts'
import { playJourney } from './demo/journey.ts'
import { watchLake } from './demo/lake.ts'
import { story } from './demo/story.ts'
import { flagValue, hasFlag, misused, withoutFlag } from './support/arguments.ts'

const USAGE = `Plays one customer's journey against a running Petrel, from registration to rewards and review,
then three that go wrong (a declined card, an empty shelf, a delivery that fails three times), and
watches the events arrive in the lake. Succeeds only if every event that they have to leave is found.
Moves the clock of the (development) deployment ahead by three days.

  npx bun run demo [--url http://localhost:8787] [--timeout 90]

  --url      the server; start one with: npx bun run dev
  --timeout  how long to wait for the events, in seconds
  --help     this text

With another JWT_SECRET than the development key, give it in the environment.
`

const args = process.argv.slice(2).filter((argument) => argument !== '--')
if (hasFlag(args, '--help', '-h')) process.stdout.write(USAGE)
else process.exitCode = await run()

async function run(): Promise<number> {
  const url = flagValue(args, '--url') ?? 'http://localhost:8787'
  const timeout = flagValue(args, '--timeout') ?? '90'
  const [unknown] = withoutFlag(withoutFlag(args, '--url'), '--timeout')
  if (unknown !== undefined) misused(`What is ${unknown}?`, USAGE)
  if (!URL.canParse(url)) misused(`--url ${url} is no URL.`, USAGE)
  if (!/^\d{1,4}$/.test(timeout)) misused(`--timeout ${timeout} is not a number of seconds.`, USAGE)
  try {
    return await demonstrate(url.replace(/\/+$/, ''), Number(timeout) * 1_000)
  } catch (fault) {
    if (fault instanceof UnreachableError)
      process.stderr.write(`${fault.message}.\nStart it in another terminal first: npx bun run dev\n`)
    else if (fault instanceof DemoError) process.stderr.write(`\nThe demo stopped: ${fault.message}\n`)
    else throw fault
    return 1
  }
}

async function demonstrate(url: string, timeoutMs: number): Promise<number> {
  const client = await DemoClient.connect(url)
  const clock = { method: 'GET', path: '/ops/clock', token: client.ops } as const
  const { now: server } = await client.ask(z.object({ now: z.string() }), clock)
  const began = { server, here: Date.now() }
  process.stdout.write(`A customer's journeys through Petrel at ${url}

Each step is an HTTP request. Behind it, one small object (a cart, an order, a product's stock …)
decides, and appends what happened to its own log as events. Nothing is ever overwritten.
`)

  const { ids: ofJourney, shopper, moved } = await playJourney(client)
  const ids = new Set([...ofJourney, ...(await playFailures(client, shopper))])

  story.chapter('The events arrive in the lake')
  story.note('Each object sends its events on by itself; analytics reads them here, some seconds later.\n')
  let arrived = 0
  const missing = await watchLake(
    client,
    {
      types: expectedEvents,
      // Events caused by a request carry its trace; the others are recognised by their subject.
      isOurs: ({ traceparent, subject }) => traceparent?.includes(client.traceId) || ids.has(subject),
      clock: [began, moved],
      timeoutMs,
    },
    (event) => {
      arrived += 1
      story.event(event)
    },
  )
  if (missing.length > 0) {
    const list = missing.map((type) => `  ${type}\n`).join('')
    process.stderr.write(`\nNot in the lake after ${timeoutMs / 1_000} s:\n${list}`)
    return 1
  }
  process.stdout.write(`
All ${expectedEvents.length} kinds of event that these journeys leave are in the lake (${arrived} events).
Look around: ${url}/docs
`)
  return 0
}

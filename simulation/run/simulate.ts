import { createHash } from 'node:crypto'
import { violationsIn } from '../invariants/index.ts'
import { Random } from '../kernel/random.ts'
import { Scheduler, type Task } from '../kernel/scheduler.ts'
import type { Configuration, Fault, Plan } from '../plan.ts'
import { Clients } from '../platform/clients.ts'
import { Deployment, type DeploymentConfig } from '../platform/deployment.ts'
import { Disturbances } from '../platform/disturbances.ts'
import { sandboxBook } from '../services/sandbox-book.ts'
import { surround } from '../surroundings/globals.ts'
import { openShop, runStories } from '../workload/run-workload.ts'
import type { Shop } from '../workload/shop.ts'
import {
  type HttpAnswer,
  type HttpRequest,
  type Inspection,
  type Outside,
  PUBLIC_URL,
  type Violation,
} from '../world.ts'
import { Injector } from './injector.ts'
import type { Code } from './scenario.ts'
import { keys, Services, serviceSettings } from './services.ts'
import { SinkWatch } from './sink-watch.ts'

const DAY_MS = 24 * 3_600_000
/** When runs begin: a Wednesday, as deliveries look at working days. */
const BEGIN = Date.UTC(2026, 0, 7, 9)
/** Stories end at the latest so long after the shop has opened (ms). */
const MAX_STORIES_MS = 10 * DAY_MS
/** How long the clock runs on after all faults have healed: seven days for unverified registrations, and some more. */
const REST_MS = { week: 8 * DAY_MS, year: 400 * DAY_MS } as const
/** At the end nothing is due for so long (ms): no moment between an event and its publication is looked at. */
const QUIET_MS = 10 * 60_000
/** The platform's schedule in wrangler.toml, run less often: it costs as much as a customer. */
const CRON_MS = 11 * 60_000
const REST_CRON_MS = { week: 3 * DAY_MS, year: 130 * DAY_MS } as const
/** How often a message of events is tried where it is given up soon. */
const FEW_RETRIES = 1
/** Requests that send events to the sink which it may have. */
const SENDS_AGAIN = /^POST \/v1\/ops\/(replay|set-aside|dead-letters)/
const CARRIER_WEBHOOK = '/v1/webhooks/carrier'
const MAX_TURNS = 60_000
/** How many things that are due a violation names. */
const MAX_SHOWN = 5

export interface RunResult {
  readonly plan: Plan
  /** Of all that happened, in order: equal for equal runs. */
  readonly fingerprint: string
  readonly violations: readonly Violation[]
  readonly inspection: Inspection
  readonly turns: number
  /** Frees the run's memory; the inspection cannot be read afterwards. */
  close(): void
}

/** Runs one plan: the shop opens, stories and faults happen, faults heal, the system comes to rest, and is checked. */
export async function simulate(
  plan: Plan,
  { config, before, ...releases }: Code,
  trace: (line: string) => void = () => {},
): Promise<RunResult> {
  const random = new Random(plan.seed)
  const release = plan.configuration.snapshots === 'many' ? releases.withSnapshots : releases.release
  const fingerprint = new Fingerprint()
  let injector: Injector | null = null
  const scheduler: Scheduler = new Scheduler(random.fork('scheduler'), BEGIN, (task) => {
    deployment.turnEnded(task)
    injector?.turnEnded(task)
    note(fingerprint, scheduler, task, trace)
  })
  const { slowness, sink: sinkName, gateway, forwarders, strictOrder, rest = 'week' } = plan.configuration
  const disturbances = new Disturbances(scheduler, random.fork('disturbances'), slowness)
  const mark = (text: string) => trace(`${(scheduler.now - BEGIN).toFixed(3)} ${text}`)
  disturbances.onHit = ({ kind, target }) => mark(`FAULT ${kind} ${target}`)
  const sink = new SinkWatch(
    () => scheduler.now,
    () => disturbances.injected.length > 0,
  )
  const services = new Services({ scheduler, disturbances, random: random.fork('services'), sink })
  const errors: string[] = []
  surround({
    scheduler,
    fetch: (input, init) => services.fetch(input, init),
    log: (level, text) => {
      if (level === 'error') errors.push(text)
      trace(`${level} ${text}`)
    },
  })
  const isUpgraded = plan.faults.some(({ kind }) => kind === 'deployment')
  const deployment: Deployment = new Deployment({
    scheduler,
    random: random.fork('deployment'),
    disturbances,
    configuration: plan.configuration,
    config: plan.configuration.retries === 'few' ? withFewRetries(config) : config,
    release: isUpgraded ? before : release,
    settings: {
      ...serviceSettings,
      ENVIRONMENT: 'production',
      PUBLIC_URL,
      EMAIL: services.emailBinding,
      PAYMENT_GATEWAY: gateway,
      EVENT_SINK: sinkName,
      FORWARDERS: String(forwarders),
      STRICT_ORDER: String(strictOrder),
    },
    sink,
  })
  const clients = new Clients({ scheduler, disturbances }, random.fork('clients'), deployment)
  /** A carrier may not reach the deployment, or not hear its answer. */
  const fromCarrier = async (by: string, request: HttpRequest): Promise<HttpAnswer | null> => {
    const outcome = disturbances.outcome('carrier', by)
    if (outcome === 'before') return null
    const answer = await clients.send(by, request)
    return outcome === 'normal' ? answer : null
  }
  const outside: Outside = {
    now: () => scheduler.now,
    wait: (milliseconds) => scheduler.wait(milliseconds, 'a client waits'),
    send: (by, request) => {
      if (SENDS_AGAIN.test(`${request.method} ${request.path}`)) sink.sentAgain()
      // A card at which the sandbox answers what nobody can read.
      if (JSON.stringify(request.body ?? '').includes('pm_sandbox_garbled'))
        disturbances.count('gateway garbled', by)
      return request.path === CARRIER_WEBHOOK ? fromCarrier(by, request) : clients.send(by, request)
    },
    mailsTo: (address) => services.mail.mailsTo(address),
  }
  const inspection = (): Inspection => ({
    now: scheduler.now,
    configuration: plan.configuration,
    objects: deployment.objects.stored(),
    exchanges: clients.exchanges,
    arrivals: sink.arrivals,
    mails: services.mail.mails(),
    gateway: gateway === 'stripe' ? services.stripe.book() : sandboxBook(deployment.objects.stored()),
    faults: disturbances.injected,
    errors,
    queued: deployment.queues.waiting(),
    database: (query, ...bindings) => deployment.database.rows(query, bindings),
    bucket: () => deployment.bucket.texts(),
  })
  const state = { cronMs: CRON_MS }
  const keepTime = async (): Promise<never> => {
    // At the opening too: the next comparison of lists and logs is due a day later, after all faults.
    for (;;) {
      deployment.schedule('*/5 * * * *')
      await scheduler.wait(state.cronMs, 'the schedule')
    }
  }
  const violations: Violation[] = []
  const until = (isDone: () => boolean, limitMs: number) =>
    scheduler.run(scheduler.now + limitMs, () => isDone() || scheduler.turns > MAX_TURNS)
  try {
    void keepTime()
    services.sendNotices(clients)
    let shop: Shop | undefined
    let failure: unknown
    const failed = (fault: unknown) => {
      failure = fault ?? new Error('nothing was thrown')
    }
    openShop(plan, outside, keys, gateway === 'stripe' ? services.bank : null).then((opened) => {
      shop = opened
    }, failed)
    await until(() => shop !== undefined || failure !== undefined, DAY_MS)
    if (!shop) throw failure ?? new Error('the shop did not open')
    mark('--- the shop is open')
    injector = new Injector(
      { scheduler, disturbances },
      deployment,
      random.fork('injector'),
      release,
      plan.faults.map((fault) => inPlace(fault, sinkName)),
    )
    let hasEnded = false
    runStories(plan, shop, outside, keys).then(() => {
      hasEnded = true
    }, failed)
    await until(() => failure !== undefined || (hasEnded && injector?.isOver === true), MAX_STORIES_MS)
    if (!hasEnded && scheduler.turns <= MAX_TURNS) throw failure ?? new Error('the stories did not end')
    mark('--- faults heal')
    injector.stop()
    disturbances.heal()
    state.cronMs = REST_CRON_MS[rest]
    violations.push(...violationsIn(inspection(), false))
    await until(() => false, REST_MS[rest])
    await until(() => deployment.isQuiet(scheduler.now + QUIET_MS), DAY_MS)
    mark('--- at rest')
    const isWhole = scheduler.turns <= MAX_TURNS
    violations.push(...restless(deployment, scheduler.now, isWhole))
    if (isWhole) violations.push(...violationsIn(inspection(), true), ...waitingIn(deployment))
  } finally {
    surround(null)
  }
  fingerprint.add(JSON.stringify([clients.exchanges, sink.arrivals, services.mail.mails()]))
  for (const line of deployment.dump()) fingerprint.add(line)
  return {
    plan,
    fingerprint: fingerprint.text(),
    violations,
    inspection: inspection(),
    turns: scheduler.turns,
    close: () => deployment.close(),
  }
}

/** Events that no forwarder takes are given up soon: their logs publish them again. */
function withFewRetries(config: DeploymentConfig): DeploymentConfig {
  const consumers = config.consumers.map((consumer) =>
    consumer.queue === 'petrel-events' ? { ...consumer, maxRetries: FEW_RETRIES } : consumer,
  )
  return { ...config, consumers }
}

/** The lake is a folder of the bucket: what is down for one is down for the other. */
function inPlace(fault: Fault, sink: Configuration['sink']): Fault {
  return fault.kind === 'outage' && fault.target === 'sink' && sink === 'lake'
    ? { ...fault, target: 'bucket' }
    : fault
}

/** Something may be due at rest, but not always within some minutes. `isWhole`: whether the run was not cut short. */
function restless(deployment: Deployment, now: number, isWhole: boolean): Violation[] {
  const due = deployment.due(now + QUIET_MS)
  if (isWhole && due.length === 0) return []
  const shown = due.slice(0, MAX_SHOWN).map(({ of, what }) => `${of} has ${what}`)
  const more = due.length > shown.length ? [`${due.length - shown.length} more`] : []
  const message = ['The system does not come to rest', [...shown, ...more].join(', ')]
    .filter(Boolean)
    .join(': ')
  return [{ invariant: 'rest', message: `${message}.`, about: due.slice(0, MAX_SHOWN).map(({ of }) => of) }]
}

/** Whatever is still under way at rest waits for something without a time limit. */
function waitingIn(deployment: Deployment): Violation[] {
  return deployment.underWay().map((name) => ({
    invariant: 'nothing waits for ever',
    message: `${name} is still under way days after all faults have healed.`,
    about: [name],
  }))
}

/** A hash of lines, taken of many at a time. */
class Fingerprint {
  readonly #hash = createHash('sha256')
  #lines = ''

  add(line: string): void {
    this.#lines += line
    if (this.#lines.length > 20_000) this.#take()
  }

  text(): string {
    this.#take()
    return this.#hash.digest('hex')
  }

  #take(): void {
    this.#hash.update(this.#lines)
    this.#lines = ''
  }
}

function note(
  fingerprint: Fingerprint,
  { now }: Scheduler,
  { label }: Task,
  trace: (line: string) => void,
): void {
  const line = `${(now - BEGIN).toFixed(3)} ${label}`
  fingerprint.add(line)
  trace(line)
}

import { runIn } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Configuration } from '../plan.ts'
import type { Release } from '../releases/load.ts'
import type { SinkWatch } from '../run/sink-watch.ts'
import { SimulatedR2 } from './bucket.ts'
import { SimulatedD1 } from './database.ts'
import type { Disturbances } from './disturbances.ts'
import { Invocation, Isolate } from './isolate.ts'
import { Objects } from './objects.ts'
import { type Delivery, type QueueConsumer, Queues } from './queues.ts'
import { Remote } from './remote.ts'

/** What wrangler.toml declares, as far as the platform needs it. */
export interface DeploymentConfig {
  /** Classes of Durable Objects by binding. */
  readonly objects: Readonly<Record<string, string>>
  /** Queues by binding. */
  readonly queues: Readonly<Record<string, string>>
  readonly consumers: readonly QueueConsumer[]
  /** Bindings of rate limits. */
  readonly rateLimits: readonly string[]
  readonly databaseBinding: string
  readonly bucketBinding: string
  /** Of the read database, in order. */
  readonly migrations: readonly { readonly name: string; readonly sql: string }[]
}

interface DeploymentOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly disturbances: Disturbances
  readonly configuration: Pick<Configuration, 'platform'>
  readonly config: DeploymentConfig
  /** Settings and secrets, and bindings of the outside. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly release: Release
  /** Follows what reaches the lake, and which objects crash. */
  readonly sink: SinkWatch
}

/** The platform stops a consumer after so long (ms): https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_INVOCATION_MS = 15 * 60_000
/** A client gives up within a minute; what its request still does is stopped half a minute later (ms). */
const MAX_REQUEST_MS = 90_000

/** A running deployment: isolates with the product's code, its objects, queues, database and bucket. */
export class Deployment {
  readonly #options: DeploymentOptions
  readonly objects: Objects
  readonly queues: Queues
  readonly database: SimulatedD1
  readonly bucket: SimulatedR2
  readonly env: Readonly<Record<string, unknown>>
  #isolates: Isolate[] = []
  #release: Release
  /** While a deployment is under way: the release that is being replaced. */
  #outgoing: Release | null = null
  #count = 0
  readonly #invocations = new Map<Invocation, (fault: unknown) => void>()

  constructor(options: DeploymentOptions) {
    this.#options = options
    this.#release = options.release
    const { scheduler, disturbances, random, config, settings, configuration } = options
    const outside = { scheduler, disturbances }
    const env: Record<string, unknown> = { ...settings }
    this.env = env
    this.objects = new Objects({
      scheduler,
      random: random.fork('objects'),
      disturbances,
      platform: configuration.platform,
      isolateFor: (className, name) => this.#isolateFor(`${className}/${name}`),
      env,
    })
    this.queues = new Queues(
      {
        scheduler,
        random: random.fork('queues'),
        disturbances,
        consume: (delivery) => this.#consume(delivery),
      },
      config.consumers,
    )
    this.database = new SimulatedD1(
      new Remote(outside, 'database', 3, () => new Error('D1_ERROR: Network connection lost.')),
      config.migrations,
    )
    this.bucket = new SimulatedR2(
      new Remote(outside, 'bucket', 10, () => new Error('internal error (10001)')),
      () => scheduler.now,
      configuration.platform === 'cloud' ? random.fork('bucket') : null,
    )
    this.objects.onCrash = (object) => options.sink.crashed(object)
    this.objects.onEviction = (object) => options.sink.evicted(object)
    this.bucket.onPut = (key, text, by, sentAt) => {
      // What compaction rewrites has arrived before.
      if (!key.startsWith('ingest/')) return null
      const call = options.sink.stores(text.split('\n').filter(Boolean), by, sentAt)
      return () => call.answered()
    }
    for (const [binding, className] of Object.entries(config.objects))
      env[binding] = this.objects.namespace(className)
    for (const [binding, queue] of Object.entries(config.queues)) env[binding] = this.queues.producer(queue)
    for (const binding of config.rateLimits) env[binding] = { limit: async () => ({ success: true }) }
    env[config.databaseBinding] = this.database.binding
    env[config.bucketBinding] = this.bucket.binding
  }

  /** To be called after each task. */
  turnEnded(_: Task): void {
    this.objects.turnEnded()
  }

  /** Frees the memory of all storage; nothing runs any more. */
  close(): void {
    for (const isolate of this.#isolates) isolate.end()
    this.objects.close()
    this.database.database.close()
  }

  /** All that is stored, as lines: equal for equal storage. */
  *dump(): Generator<string> {
    for (const { className, name, storage } of this.objects.all()) {
      yield `${className}/${name} ${storage.durableAlarm}`
      yield* storage.database.dump()
    }
    yield* this.database.database.dump()
    for (const { key, text } of this.bucket.texts()) yield `${key} ${text}`
  }

  /** What is still under way: calls and background work of objects, requests and batches. */
  underWay(): string[] {
    const lives = this.objects
      .all()
      .flatMap(({ life }) => (life?.isWorking ? [`${life.name} ${life.work.join(', ')}`.trim()] : []))
    return [...lives, ...[...this.#invocations.keys()].map(({ name }) => name)]
  }

  /** Whether nothing is under way, and nothing due before a moment (Unix ms). */
  isQuiet(until: number): boolean {
    return this.due(until).length === 0 && this.underWay().length === 0
  }

  /** What is due before a moment (Unix ms): alarms and timers of objects, and messages, of which any may come at any time. */
  due(until: number): { readonly of: string; readonly what: string }[] {
    const ofObjects = this.objects.all().flatMap(({ className, name, life, storage }) => {
      const of = `${className}/${name}`
      // The object does not see one whose handler runs, or that has not reached the disk yet.
      const alarms = [storage.alarm, storage.durableAlarm].filter((at) => at !== null && at <= until)
      return [
        ...(alarms.length > 0
          ? [{ of, what: `an alarm at ${new Date(Math.min(...alarms.map(Number))).toISOString()}` }]
          : []),
        ...(life?.alive && life.hasWork && !life.isWorking ? [{ of, what: 'a timer' }] : []),
      ]
    })
    const queued = [...this.queues.waiting()].flatMap(([queue, count]) =>
      count > 0 ? [{ of: queue, what: `${count} messages` }] : [],
    )
    return [...ofObjects, ...queued]
  }

  /** Answers a request. Rejects when the isolate dies before it has answered. */
  fetch(request: Request, by: string): Promise<{ status: number; headers: Headers; text: string }> {
    return new Promise((resolve, reject) => {
      this.#run(`request ${by}`, MAX_REQUEST_MS, reject, async ({ isolate, execution }) => {
        const response = await isolate.module.fetch(request, this.env, execution)
        const text = await response.text()
        resolve({ status: response.status, headers: response.headers, text })
      })
    })
  }

  /** Runs the Worker's `scheduled` handler. */
  schedule(cron: string): void {
    const event = { cron, scheduledTime: this.#options.scheduler.now, noRetry: () => {} }
    // The platform logs a fault, and runs the next one in its time.
    const failed = () => {}
    this.#run('scheduled', MAX_INVOCATION_MS, failed, ({ isolate, execution }) =>
      isolate.module.scheduled(event, this.env, execution),
    )
  }

  /** The whole process dies, or in the cloud the machine of one isolate. */
  crashProcess(random: Random): void {
    const { platform } = this.#options.configuration
    const dying =
      platform === 'local' || this.#isolates.length === 0 ? this.#isolates : [random.pick(this.#isolates)]
    for (const isolate of dying) this.#kill(isolate)
    if (platform === 'local') this.#options.disturbances.count('messages lost', String(this.queues.lose()))
  }

  /** A new release arrives. Until the overlap ends, each restart decides anew which release it gets. */
  deploy(release: Release, overlapMs: number): void {
    this.#outgoing = this.#release
    this.#release = release
    this.#options.scheduler.schedule(null, overlapMs, 'deployment ends', () => {
      const { name } = release
      this.#outgoing = null
      for (const isolate of [...this.#isolates]) if (isolate.release.name !== name) this.#kill(isolate)
    })
  }

  #kill(isolate: Isolate): void {
    isolate.end()
    this.#isolates = this.#isolates.filter((one) => one !== isolate)
    for (const object of this.objects.all()) if (object.life?.isolate === isolate) this.objects.crash(object)
    for (const [invocation, reject] of this.#invocations)
      if (invocation.isolate === isolate) {
        this.#invocations.delete(invocation)
        reject(new Error('the connection was reset'))
      }
  }

  /** Objects that have been in memory of the newest release, and never go back to an older one. */
  readonly #upgraded = new Set<string>()

  /** In which isolate an object, or an invocation (`null`), runs. */
  #isolateFor(object: string | null): Isolate {
    const { random, configuration } = this.#options
    const draw = random.fork(`isolate-${this.#count}`)
    let release = this.#release
    if (this.#outgoing && !(object !== null && this.#upgraded.has(object)) && draw.chance(0.5))
      release = this.#outgoing
    if (object !== null && release === this.#release && this.#outgoing) this.#upgraded.add(object)
    const running = this.#isolates.filter((isolate) => isolate.release === release)
    const [first] = running
    if (first && (configuration.platform === 'local' || running.length > 1 || draw.chance(0.99)))
      return draw.pick(running)
    this.#count += 1
    const isolate = new Isolate(`isolate-${this.#count}`, release)
    this.#isolates.push(isolate)
    return isolate
  }

  /**
   * Runs a handler of the Worker, and what it does after its answer, for as long as the platform lets it.
   *
   * @param failed called when the handler throws, its isolate dies, or its time is over
   */
  #run(
    name: string,
    limitMs: number,
    failed: (fault: unknown) => void,
    work: (invocation: Invocation) => Promise<void>,
  ): void {
    const { random, scheduler } = this.#options
    this.#count += 1
    const invocation = new Invocation(name, random.fork(`invocation-${this.#count}`), this.#isolateFor(null))
    const stop = (fault: unknown) => {
      invocation.end()
      this.#invocations.delete(invocation)
      failed(fault)
    }
    const limit = scheduler.schedule(null, limitMs, `${name} is stopped`, () =>
      stop(new Error('its time is over')),
    )
    this.#invocations.set(invocation, stop)
    void runIn(invocation, async () => {
      await work(invocation).catch(failed)
      for (let done = 0; done < invocation.background.length; ) {
        const pending = invocation.background.slice(done)
        done += pending.length
        await Promise.all(pending)
      }
      limit.cancelled = true
      this.#invocations.delete(invocation)
    })
  }

  #consume(delivery: Delivery): void {
    const { disturbances, scheduler } = this.#options
    const drop = () => delivery.drop()
    this.#run('queue', MAX_INVOCATION_MS, drop, async (invocation) => {
      let failed = false
      try {
        await invocation.isolate.module.queue(delivery.batch, this.env, invocation.execution)
      } catch {
        failed = true
      }
      scheduler.schedule(null, disturbances.latency(invocation.random, 2), 'queue settles', () => {
        if (!invocation.alive || disturbances.consumerDies('queue')) delivery.drop()
        else delivery.settle(failed)
      })
    })
  }
}

import { z } from 'zod'
import { forwarderConditionSchema } from '../../../../durable-objects/forwarder/protocol.ts'
import { mapBounded } from '../../../../shared/core/concurrency.ts'
import { Api, eventually } from '../../../support/api.ts'
import { type Server, type ServerOptions, startServer } from '../../../support/server.ts'
import { type LoadPlan, PipelineLoad } from './pipeline-load.ts'
import type { Mischief } from './unruly-queue.ts'

/** How long it may take until everything has arrived (ms). */
const ARRIVAL_TIMEOUT_MS = 300_000
/** Between two looks at the forwarders (ms). */
const LOOK_EVERY = 500
const AT_ONCE = 20

const { owed, lagMilliseconds, lastError, total } = forwarderConditionSchema.shape
const conditionView = z.object({
  summary: z.object({
    owed,
    lagMilliseconds,
    lastError,
    total,
    forwarders: z.object({ silent: z.int() }),
  }),
})
export type Condition = z.infer<typeof conditionView>['summary']

/** What `?delivery=true` adds to a resource. */
export const positionView = z.object({
  delivery: z.object({ delivered: z.int(), pending: z.int(), setAside: z.array(z.int()) }),
})
const mischiefView = z.object({
  received: z.int(),
  doubled: z.int(),
  heldBack: z.int(),
  givenAgain: z.int(),
}) satisfies z.ZodType<Mischief>

/** A Petrel whose queue of events is unruly, under load, with an eye on its forwarders. */
export class Pipeline {
  readonly load: PipelineLoad
  /** The greatest age that an event had which was owed to the sink (ms). */
  longestLag = 0
  readonly #options: ServerOptions
  /** What the queue did in the lives of the server that are over. */
  readonly #past: Mischief[] = []
  #server: Server
  #api: Api
  #stopped = false
  #watching: Promise<void> = Promise.resolve()

  private constructor(server: Server, api: Api, options: ServerOptions, plan: LoadPlan) {
    this.#server = server
    this.#api = api
    this.#options = options
    this.load = new PipelineLoad(() => this.#api, plan)
  }

  /** Starts one with these variables, and with new storage. */
  static async start(options: Omit<ServerOptions, 'entry' | 'storage'>, plan: LoadPlan): Promise<Pipeline> {
    const whole = { ...options, entry: 'tests/integration/support/pipeline/unruly-worker.ts' }
    const server = await startServer(whole)
    const pipeline = new Pipeline(server, await Api.connect(server.url), whole, plan)
    pipeline.#watching = pipeline.#watch()
    return pipeline
  }

  get api(): Api {
    return this.#api
  }

  /** The end of what the server has printed. */
  output(): string {
    return this.#server.output()
  }

  /** Kills it (SIGKILL), does something while it is dead, and starts it where its storage is. */
  async crash(whileDead: () => Promise<void>): Promise<void> {
    this.#past.push(await this.#presentMischief())
    await this.#server.kill()
    await whileDead()
    this.#server = await startServer({ ...this.#options, storage: this.#server.storage })
    this.#api = await Api.connect(this.#server.url)
  }

  /** Over all forwarders. */
  async condition(): Promise<Condition> {
    const { ops } = this.#api
    const { summary } = await this.#api.ask(conditionView, 'GET', '/ops/delivery', { token: ops })
    return summary
  }

  /** Gives the consumer a message past the queue, which carries no more than 128 KB; tells what it said. */
  async deliver(message: string): Promise<string> {
    const answer = await fetch(`${this.#server.url}/unruly/deliver`, {
      method: 'POST',
      body: message,
      signal: AbortSignal.timeout(60_000),
    })
    return z.object({ verdict: z.string() }).parse(await answer.json()).verdict
  }

  /** Resolves when nothing is owed that happened before this time; tells how long that took from then (ms). */
  async drained(since: number): Promise<number> {
    await eventually(
      // None while the server is dead.
      () => this.condition().catch(() => null),
      (condition) => {
        if (!condition || condition.forwarders.silent > 0) return false
        const { oldestAt } = condition.owed
        return oldestAt === null || Date.parse(oldestAt) >= since
      },
      ARRIVAL_TIMEOUT_MS,
    )
    return Date.now() - since
  }

  /** Resolves when every aggregate of the load has been delivered up to its last version, and nothing is owed. */
  async arrived(): Promise<void> {
    const { skus, versions } = this.load
    let left = skus
    await eventually(
      async () => {
        const positions = await mapBounded(left, AT_ONCE, async (sku) => {
          const { delivery } = await this.#api.ask(positionView, 'GET', `/inventory/${sku}?delivery=true`)
          return { sku, delivered: delivery.delivered }
        })
        left = positions.filter(({ delivered }) => delivered < versions).map(({ sku }) => sku)
        return { missing: positions.filter(({ delivered }) => delivered < versions).slice(0, 5) }
      },
      () => left.length === 0,
      ARRIVAL_TIMEOUT_MS,
    )
    await eventually(
      () => this.condition(),
      ({ owed, forwarders }) => owed.events === 0 && forwarders.silent === 0,
    )
  }

  /** What the queue has done to messages so far, in all lives of the server. */
  async mischief(): Promise<Mischief> {
    const total = { received: 0, doubled: 0, heldBack: 0, givenAgain: 0 }
    for (const one of [...this.#past, await this.#presentMischief()]) {
      total.received += one.received
      total.doubled += one.doubled
      total.heldBack += one.heldBack
      total.givenAgain += one.givenAgain
    }
    return total
  }

  async remove(): Promise<void> {
    this.#stopped = true
    await this.#watching
    await this.#server.remove()
  }

  async #presentMischief(): Promise<Mischief> {
    const answer = await fetch(`${this.#server.url}/unruly/mischief`, { signal: AbortSignal.timeout(10_000) })
    return mischiefView.parse(await answer.json())
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const condition = await this.condition().catch(() => null)
      this.longestLag = Math.max(this.longestLag, condition?.lagMilliseconds ?? 0)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
    }
  }
}

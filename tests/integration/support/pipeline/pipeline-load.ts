import type { Api } from '../../../support/api.ts'

/** How long one change is tried against a server that is away (ms). */
const TRIED_FOR = 120_000
/** Between two tries (ms). */
const PAUSE = 250
/** What a change of stock leaves in the log: InventoryUpdated and StockLevelChanged. */
const EVENTS_A_CHANGE = 2

/** What is to be made: the stock of so many products, changed so often. */
export interface LoadPlan {
  readonly aggregates: number
  readonly changes: number
  /** Requests at the same time. */
  readonly width: number
}

/**
 * Makes events through the API, each once, however often the server dies meanwhile: a change says which
 * version it follows (`If-Match`), so one that was made although its answer was lost is not made again.
 */
export class PipelineLoad {
  readonly plan: LoadPlan
  readonly #server: () => Api
  #made = 0
  /** As many as were asked for by now. */
  #goal = 0
  /** Where all wait when there are as many as were asked for. */
  #gate: PromiseWithResolvers<void> | null = null
  readonly #awaited: { count: number; resolve: () => void }[] = []
  #running: Promise<void> | null = null

  /** The server is asked for anew with each try, since it may be another by then. */
  constructor(server: () => Api, plan: LoadPlan) {
    this.#server = server
    this.plan = plan
  }

  /** The names of all aggregates. */
  get skus(): string[] {
    return Array.from({ length: this.plan.aggregates }, (_, index) => `LOAD-${index + 1}`)
  }

  /** The version of each aggregate in the end. */
  get versions(): number {
    return this.plan.changes * EVENTS_A_CHANGE
  }

  /** Events that exist in the end. */
  get events(): number {
    return this.plan.aggregates * this.versions
  }

  /** Events that exist by now. */
  get made(): number {
    return this.#made
  }

  /** Makes events until this share of all exists; those under way by then are still made. */
  async upTo(share: number): Promise<void> {
    this.#goal = Math.max(this.#goal, this.events * share)
    this.#gate?.resolve()
    this.#gate = null
    this.#running ??= this.#run()
    // Whichever is first: a load that fails reaches nothing any more.
    await Promise.race([this.reached(share), this.#running])
  }

  /** Resolves when this share of all events exists. */
  reached(share: number): Promise<void> {
    const count = this.events * share
    if (this.#made >= count) return Promise.resolve()
    return new Promise((resolve) => this.#awaited.push({ count, resolve }))
  }

  /** Each worker has aggregates of its own and takes them round by round, so that all grow together. */
  async #run(): Promise<void> {
    const { width, changes } = this.plan
    await Promise.all(
      Array.from({ length: width }, async (_, worker) => {
        const own = this.skus.filter((_, index) => index % width === worker)
        for (let change = 0; change < changes; change += 1)
          for (const sku of own) await this.#make(sku, change)
      }),
    )
  }

  async #make(sku: string, change: number): Promise<void> {
    while (this.#made >= this.#goal) {
      this.#gate ??= Promise.withResolvers()
      await this.#gate.promise
    }
    const deadline = Date.now() + TRIED_FOR
    while (!(await this.#isMade(sku, change))) {
      if (Date.now() > deadline) throw new Error(`change ${change} of ${sku} was never made`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
    this.#made += EVENTS_A_CHANGE
    for (const { count, resolve } of this.#awaited) if (this.#made >= count) resolve()
  }

  /** False when there was no answer, or none that tells what became of the change. */
  async #isMade(sku: string, change: number): Promise<boolean> {
    const before = change * EVENTS_A_CHANGE
    const answer = await this.#server()
      .send('POST', `/inventory/${sku}/stock`, {
        body: { set: change + 1 },
        // What does not exist yet has no version to name: there the key makes a repetition one.
        headers: before === 0 ? { 'Idempotency-Key': 'first' } : { 'If-Match': `"${before}"` },
      })
      .catch(() => null)
    if (answer === null || answer.status === 429 || answer.status >= 500) return false
    // Only this load changes it: the version is another because an earlier try was made after all.
    if (answer.status === 200 || answer.status === 412) return true
    throw new Error(`change ${change} of ${sku}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
}

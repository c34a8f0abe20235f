import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { forwarderConditionSchema } from '../../durable-objects/forwarder/protocol.ts'
import { Connection, wireRequest } from '../load/connection.ts'

/** How often the forwarders are asked while something is waited for (ms), and for how long at most. */
const LOOK_EVERY = 250
const LOOK_FOR = 180_000

/** A drain is timed until so much of it (0 to 1) has come: the queue keeps back a batch that is not full. */
export const TIMED_SHARE = 0.95

const returnedSchema = z.array(z.object({ at: z.number(), messages: z.int() }))
const countsSchema = z.record(z.string(), z.number())
/** What objects have cost, by class and unit, such as `ProductObject.rowsWritten`. */
export type Counts = z.infer<typeof countsSchema>

/** All forwarders together. */
export interface Delivery {
  readonly delivered: number
  readonly owed: number
  readonly lastError: string | null
}

/** Reads the state of an instrumented Petrel. */
export class Observer {
  readonly #origin: URL

  constructor(origin: URL) {
    this.#origin = origin
  }

  /** Closed, the queue takes nothing from any object, and events pile up in the logs. */
  async setQueue(state: 'open' | 'close'): Promise<void> {
    await this.#get(`/bench/queue/${state}`)
  }

  /** `forget` throws away all that forwarders have in memory; `wake` lets them look after what they owe. */
  async tellForwarders(what: 'forget' | 'wake'): Promise<void> {
    await this.#get(`/bench/forwarders/${what}`)
  }

  /** Products publish at once, however long they meant to wait after the queue had refused their events. */
  async wakeProducts(prefix: string, count: number): Promise<void> {
    await this.#get(`/bench/products/wake?prefix=${prefix}&count=${count}`)
  }

  /** How many messages of so many bytes the local queue passes on in a second, if nothing is done with them. */
  async queueAlone(messages: number, bytes: number): Promise<number> {
    const path = `/bench/queue/fill?messages=${messages}&bytes=${bytes}`
    const { startedAt } = z.object({ startedAt: z.number() }).parse(await this.#get(path))
    const deadline = performance.now() + LOOK_FOR
    const wanted = messages * TIMED_SHARE
    while (performance.now() < deadline) {
      await pause(LOOK_EVERY)
      let seen = 0
      for (const { at, messages } of returnedSchema.parse(await this.#get('/bench/queue/returned'))) {
        seen += messages
        if (seen >= wanted) return seen / ((at - startedAt) / 1_000)
      }
    }
    throw new Error(`the queue did not pass on ${messages} messages within ${LOOK_FOR / 1_000} s`)
  }

  async counts(): Promise<Counts> {
    return countsSchema.parse(await this.#get('/bench/counts'))
  }

  async delivery(): Promise<Delivery> {
    const shards = z.array(forwarderConditionSchema).parse(await this.#get('/bench/delivery'))
    return {
      delivered: shards.reduce((sum, { total }) => sum + total.delivered, 0),
      owed: shards.reduce((sum, { owed }) => sum + owed.events, 0),
      lastError: shards.find(({ lastError }) => lastError !== null)?.lastError?.error ?? null,
    }
  }

  /** Waits for the forwarders to stand as wanted. Throws with what they stand at if they never do. */
  async until(what: string, isReached: (delivery: Delivery) => boolean): Promise<void> {
    const deadline = performance.now() + LOOK_FOR
    for (;;) {
      const delivery = await this.delivery()
      if (isReached(delivery)) return
      if (performance.now() > deadline)
        throw new Error(`${what}: not within ${LOOK_FOR / 1_000} s, but ${JSON.stringify(delivery)}`)
      await pause(LOOK_EVERY)
    }
  }

  async #get(path: string): Promise<unknown> {
    // Each time a new one: the runtime closes a connection that has been silent for some seconds.
    const connection = new Connection(this.#origin)
    const { status, body } = await connection.send(wireRequest('GET', path))
    connection.close()
    if (status !== 200) throw new Error(`${path}: ${status} ${body.slice(0, 500)}`)
    return JSON.parse(body)
  }
}

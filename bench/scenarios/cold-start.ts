import { z } from 'zod'
import { Connection, openConnections, ResetError, wireRequest } from '../load/connection.ts'
import { atOnce, numbered, Petrel, usd } from '../petrel.ts'
import { median } from '../statistics.ts'
import type { WorkerModule } from '../workerd/bundle.ts'
import { type Runtime, startRuntime } from '../workerd/environment.ts'
import { untilIdle } from '../workerd/processor.ts'
import { expectStatus } from './scenario.ts'

/** How much is measured: aggregates of each size, and restarts, after each of which every one is read once. */
export interface ColdStartPlan {
  readonly aggregates: number
  readonly restarts: number
}

/** First reads of aggregates with a number of events, in milliseconds. */
export interface ColdStart {
  readonly events: number
  readonly reads: number
  readonly median: number
  readonly fastest: number
  readonly slowest: number
}

/** How many histories' events are under way at a time. */
const CONNECTIONS = 32
/** What the aggregates of the measurement are made of. */
const SIZES = [10, 1_000, 10_000]
/** Aggregates that are read first after a restart: the Worker and its code are warm then, and the rest is cold. */
const warmUpSkus = numbered('BENCH-COLD-WARM-UP', 30)

const productSchema = z.object({ version: z.int() })

/**
 * Gives aggregates short and long histories, then restarts the runtime on the same storage again and
 * again, and times the first read of each. Takes over the runtime: it is stopped in the end.
 */
export async function measureColdStart(
  runtime: Runtime,
  modules: readonly WorkerModule[],
  storage: string,
  plan: ColdStartPlan,
  logProgress: (progress: string) => void,
): Promise<ColdStart[]> {
  const subjects = SIZES.flatMap((events) =>
    numbered(`BENCH-COLD-${events}`, plan.aggregates).map((sku) => ({ events, sku })),
  )
  const petrel = await Petrel.at(runtime.petrel)
  logProgress(`writing ${subjects.reduce((sum, { events }) => sum + events, 0)} events`)
  await petrel.createProducts([...warmUpSkus, ...subjects.map(({ sku }) => sku)])
  await writeHistories(runtime, petrel, [...warmUpSkus.map((sku) => ({ events: 10, sku })), ...subjects])
  // An aggregate that still has something to publish would be woken by its alarm, and be warm already.
  if (!(await untilIdle(runtime.processId)))
    logProgress('the runtime is still busy: some reads may not be cold')
  await runtime.stop()

  const times = new Map<number, number[]>(SIZES.map((events) => [events, []]))
  for (let restart = 1; restart <= plan.restarts; restart += 1) {
    logProgress(`restart ${restart} of ${plan.restarts}`)
    const restarted = await startRuntime(modules, storage)
    const connection = new Connection(restarted.petrel)
    await connection.open()
    for (const sku of warmUpSkus) await timeRead(connection, petrel, { events: 10, sku })
    for (const subject of inTurn(subjects, plan.aggregates, restart))
      times.get(subject.events)?.push(await timeRead(connection, petrel, subject))
    connection.close()
    await restarted.stop()
  }
  return [...times].map(([events, reads]) => ({
    events,
    reads: reads.length,
    median: median(reads),
    fastest: Math.min(...reads),
    slowest: Math.max(...reads),
  }))
}

interface Subject {
  readonly events: number
  readonly sku: string
}

/** Milliseconds from the request to the whole answer, which has to be of the right version. */
async function timeRead(connection: Connection, petrel: Petrel, { events, sku }: Subject): Promise<number> {
  const request = wireRequest('GET', `/v1/products/${sku}`, petrel.operator)
  const started = performance.now()
  const answer = await connection.send(request)
  const time = performance.now() - started
  expectStatus(answer, 200)
  const { version } = productSchema.parse(JSON.parse(answer.body))
  if (version !== events) throw new Error(`${sku} has ${version} events instead of ${events}`)
  return time
}

/** Changes each product's price until its log is as long as it should be. */
async function writeHistories(runtime: Runtime, petrel: Petrel, subjects: readonly Subject[]): Promise<void> {
  const connections = await openConnections(runtime.petrel, CONNECTIONS)
  for (let missing = subjects; missing.length > 0; missing = await incomplete(petrel, subjects)) {
    const changes = priceChanges(missing)
    await Promise.all(
      connections.map(async (connection) => {
        for (const { sku, price } of changes) {
          const path = `/v1/products/${sku}/price`
          const request = wireRequest('POST', path, petrel.operator, { price: usd(price) })
          const answer = await connection.send(request).catch(unlessReset)
          if (answer) expectStatus(answer, 200)
        }
      }),
    )
  }
  for (const connection of connections) connection.close()
}

/** Of a request that was reset nobody knows whether it happened: the versions are looked at in the end. */
function unlessReset(fault: unknown): null {
  if (fault instanceof ResetError) return null
  throw fault
}

/** Which of the products lack events, and how many. */
async function incomplete(petrel: Petrel, subjects: readonly Subject[]): Promise<Subject[]> {
  const versions = await atOnce(subjects, ({ sku }) => petrel.productVersion(sku))
  return subjects
    .map(({ sku, events }, index) => ({ sku, events: events - (versions[index] ?? 0) + 1 }))
    .filter(({ events }) => events > 1)
}

let price = 1_000

/** One change of each product in turn, one less than it is to have events; no price comes twice. */
function* priceChanges(subjects: readonly Subject[]): Generator<{ sku: string; price: number }> {
  const longest = Math.max(...subjects.map(({ events }) => events))
  for (let change = 1; change < longest; change += 1)
    for (const { sku, events } of subjects) if (change < events) yield { sku, price: ++price }
}

/** From each size one, then from each size the next; which size begins changes every time. */
function inTurn(subjects: readonly Subject[], aggregates: number, restart: number): Subject[] {
  return Array.from({ length: aggregates }, (_, index) => {
    const oneOfEach = subjects.filter((_, position) => position % aggregates === index)
    const first = (index + restart) % oneOfEach.length
    return [...oneOfEach.slice(first), ...oneOfEach.slice(0, first)]
  }).flat()
}

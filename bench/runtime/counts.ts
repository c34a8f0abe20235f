import { join } from 'node:path'
import { z } from 'zod'
import { Connection, wireRequest } from '../load/connection.ts'
import { Petrel } from '../petrel.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { logProgress } from '../suite.ts'
import { bareWorker, type WorkerModule } from '../workerd/bundle.ts'
import { readConfiguration } from '../workerd/configuration.ts'
import { startRuntime } from '../workerd/environment.ts'
import { withFlushCount } from '../workerd/flushes.ts'
import { drain } from '../workerd/processor.ts'
import type { Options } from './options.ts'
import { measure, untilClosed } from './round.ts'

/** How long each scenario runs to be counted (ms), after a warm-up. */
const COUNTED = { rampUp: 0, measured: 4_000 }
const WARM_UP = { rampUp: 0, measured: 1_000 }
const DRAIN_AT_MOST = 300_000

/** What Petrel asked of the platform. */
export const platformCountsSchema = z.object({
  objectRequests: z.number(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  alarmsSet: z.number(),
  queueMessages: z.number(),
  queueSends: z.number(),
  bucketWrites: z.number(),
  databaseRowsRead: z.number(),
  databaseRowsWritten: z.number(),
})
export type PlatformCounts = z.infer<typeof platformCountsSchema>

/** What one operation of a scenario costs, with all that it sets off. */
export interface CountedScenario {
  readonly name: string
  readonly title: string
  readonly completed: number
  /** fsync and fdatasync, until the drain has ended and after it, to close objects; `null`: not known. */
  readonly flushes: number | null
  readonly closingFlushes: number | null
  /** `null` for a bare Worker, which is not counted. */
  readonly counts: PlatformCounts | null
}

/**
 * Counts, in a runtime of its own, what each scenario costs. The counted Petrel is a little slower, and much slower
 * where strace counts its flushes, so nothing is timed here.
 */
export function countScenarios(
  scenarios: readonly Scenario[],
  petrelModules: readonly WorkerModule[],
  folder: string,
  options: Options,
): Promise<CountedScenario[]> {
  return withFlushCount(folder, async (flushes) => {
    if (!flushes) logProgress('flushes are not counted: there is no strace that may trace')
    const runtime = await startRuntime(countedPetrel(petrelModules), join(folder, 'counted'))
    try {
      const petrel = await Petrel.at(runtime.petrel)
      const counted: CountedScenario[] = []
      for (const scenario of scenarios) {
        const operation = await scenario.prepare(petrel, options.connections)
        const load = (span: typeof COUNTED) =>
          measure(runtime[scenario.worker], runtime.processId, operation, options.connections, span)
        const settle = async () => {
          await drain(runtime.processId, DRAIN_AT_MOST)
          const drained = flushes?.()
          if (scenario.createsObjects && runtime.processId !== null) await untilClosed(runtime.processId)
          return { drained, closed: flushes?.() }
        }
        await load(WARM_UP)
        const before = await settle()
        const countsBefore = await readCounts(runtime.petrel)
        const { completed, failures, firstFailure } = await load(COUNTED)
        const after = await settle()
        if (failures > 0) throw new Error(`${failures} of ${scenario.name} failed: ${firstFailure}`)
        const each = (from: number | undefined, to: number | undefined) =>
          from === undefined || to === undefined ? null : (to - from) / completed
        const result: CountedScenario = {
          name: scenario.name,
          title: scenario.title,
          completed,
          flushes: each(before.closed, after.drained),
          closingFlushes: each(after.drained, after.closed),
          counts:
            scenario.worker === 'petrel'
              ? perOperation(countsBefore, await readCounts(runtime.petrel), completed)
              : null,
        }
        logProgress(
          `counted: ${scenario.name}, ${completed} times, ${result.flushes?.toFixed(1) ?? '–'} flushes each`,
        )
        counted.push(result)
      }
      return counted
    } finally {
      await runtime.stop()
    }
  })
}

function perOperation(before: PlatformCounts, after: PlatformCounts, operations: number): PlatformCounts {
  const differences = Object.entries(after).map(([unit, value]) => {
    const earlier = Object.entries(before).find(([name]) => name === unit)?.[1] ?? 0
    return [unit, (value - earlier) / operations]
  })
  return platformCountsSchema.parse(Object.fromEntries(differences))
}

async function readCounts(petrel: URL): Promise<PlatformCounts> {
  const connection = new Connection(petrel)
  const { body } = await connection.send(wireRequest('GET', '/bench/counts'))
  connection.close()
  return platformCountsSchema.parse(JSON.parse(body))
}

/** Petrel behind an entry of the bench that counts what it asks of the platform. */
function countedPetrel(petrel: readonly WorkerModule[]): WorkerModule[] {
  const main = petrel[0]?.path
  if (main === undefined) throw new Error('there is no Worker to count')
  const { durable_objects, queues, r2_buckets, d1_databases } = readConfiguration()
  const names = {
    objects: durable_objects.bindings.map(({ name }) => name),
    queues: queues.producers.map(({ binding }) => binding),
    buckets: r2_buckets.map(({ binding }) => binding),
    databases: d1_databases.map(({ binding }) => binding),
  }
  const classes = durable_objects.bindings.map(
    ({ class_name }) => `export class ${class_name} extends objects.${class_name} {
  constructor(state, env) {
    countStorage(state)
    super(state, counting(env, names))
  }
}
countAlarms(${class_name}.prototype)`,
  )
  const contents = `
import petrel, * as objects from './${main}'
import { answer, countAlarms, counting, countStorage } from './counters.js'
const names = ${JSON.stringify(names)}
${classes.join('\n')}
export default {
  fetch: (request, env, context) => answer(request) ?? petrel.fetch(request, counting(env, names), context),
  queue: (batch, env, context) => petrel.queue(batch, counting(env, names), context),
  scheduled: (controller, env, context) => petrel.scheduled(controller, counting(env, names), context),
}
`
  return [{ type: 'ESModule', path: 'counted.js', contents }, ...petrel, ...bareWorker('counters')]
}

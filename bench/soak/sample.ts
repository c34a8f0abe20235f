import { z } from 'zod'
import type { Petrel } from '../petrel.ts'
import { count, UNKNOWN } from '../table.ts'
import type { Runtime } from '../workerd/environment.ts'
import { residentMemory } from '../workerd/processor.ts'

/** The state of a runtime in the course of a soak. */
export interface Sample {
  /** Seconds since the soak began, and orders by then. */
  readonly seconds: number
  readonly orders: number
  /** Of the time since the last sample: orders a second, and how long 99 % of them took at most (ms). */
  readonly perSecond: number
  readonly p99: number
  readonly failures: number
  /** Age of the oldest event that is not forwarded yet (ms). */
  readonly lag: number
  readonly memory: number | null
  readonly parked: number
  readonly queued: number | null
}

const deliverySchema = z.object({
  summary: z.object({ lagMilliseconds: z.number(), owed: z.object({ events: z.int() }) }),
  queue: z.object({ messages: z.int() }).nullable(),
})
const parkedSchema = z.object({ data: z.array(z.unknown()) })

/** What can be asked of a runtime at any time. */
export async function lookAt(
  petrel: Petrel,
  { processId }: Runtime,
): Promise<Pick<Sample, 'lag' | 'memory' | 'parked' | 'queued'>> {
  const [delivery, parked] = await Promise.all([
    petrel.read('/v1/ops/delivery', 'ops'),
    petrel.read('/v1/ops/parked?limit=100', 'ops'),
  ])
  const { summary, queue } = deliverySchema.parse(delivery)
  return {
    lag: summary.lagMilliseconds,
    memory: residentMemory(processId),
    parked: parkedSchema.parse(parked).data.length,
    queued: queue?.messages ?? null,
  }
}

/** A sample as a line. */
export function lineOf({ orders, perSecond, p99, failures, lag, memory, parked, queued }: Sample): string {
  return (
    `${count(orders)} orders, ${perSecond.toFixed(1)}/s, p99 ${count(p99)} ms, lag ${(lag / 1_000).toFixed(1)} s, ` +
    `${memory === null ? UNKNOWN : Math.round(memory)} MB, ${parked} parked, ${queued ?? UNKNOWN} in the queue` +
    (failures > 0 ? `, ${failures} FAILED` : '')
  )
}

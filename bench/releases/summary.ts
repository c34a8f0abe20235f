import { z } from 'zod'
import { platformCountsSchema } from '../runtime/counts.ts'
import type { Report } from '../runtime/report.ts'

const storage = z.enum(['disk', 'memory'])
const optional = z.number().nullable()
const latency = z.object({ p50: optional, p99: optional })

/** What is kept of a release: medians, and what they were measured on. `null`: not measured. */
export const summarySchema = z.object({
  /** UTC. */
  at: z.iso.datetime(),
  commit: z.string(),
  machine: z.object({
    processors: z.int(),
    model: z.string(),
    platform: z.string(),
    node: z.string(),
    workerd: z.string(),
  }),
  rounds: z.int(),
  seconds: z.number(),
  connections: z.int(),
  rows: z.array(
    z.object({
      storage,
      name: z.string(),
      perSecond: z.number(),
      sustained: optional,
      kept: optional,
      drainSeconds: optional,
      processorTime: optional,
      closingTime: optional,
      p50: optional,
      p99: optional,
      longestGap: optional,
      ofInsert: optional,
      sustainedOfInsert: optional,
      processorTimeOfInsert: optional,
      resets: z.int(),
    }),
  ),
  latency: z.array(
    z.object({
      storage,
      single: z.object({
        whole: latency,
        calls: z.object({ cart: latency, item: latency, checkout: latency }),
      }),
      open: latency.extend({ offered: z.number() }).nullable(),
    }),
  ),
  counted: z.array(
    z.object({
      name: z.string(),
      flushes: optional,
      closingFlushes: optional,
      counts: platformCountsSchema.nullable(),
    }),
  ),
  coldStart: z.array(z.object({ events: z.int(), median: z.number() })),
  targets: z.array(z.object({ name: z.string(), value: z.number(), bound: z.string(), met: z.boolean() })),
})
export type Summary = z.infer<typeof summarySchema>

/** The short form of a report. */
export function summaryOf(report: Report, commit: string): Summary {
  const { at, machine, options, measured, counted, coldStart, targets } = report
  const { rounds, connections, span } = options
  const all = {
    at,
    commit,
    machine,
    rounds,
    seconds: span.measured / 1_000,
    connections,
    rows: measured.flatMap(({ rows }) => rows),
    latency: measured.flatMap(({ storage, latency }) => (latency ? [{ storage, ...latency }] : [])),
    counted,
    coldStart,
    targets,
  }
  // The schema leaves out what is not kept; JSON makes `null` of what is no number.
  return summarySchema.parse(JSON.parse(JSON.stringify(all, rounded)))
}

/** Four digits: more would change with every run. Whole numbers stay. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}

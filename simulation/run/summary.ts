import { z } from 'zod'
import type { Violation } from '../world.ts'
import type { RunResult } from './simulate.ts'

/** What is counted of a run. */
export interface Summary {
  readonly seed: number
  readonly fingerprint: string
  readonly violations: readonly Violation[]
  /** Requests of clients, and those among them that change something. */
  readonly requests: number
  readonly commands: number
  /** Events in all logs. */
  readonly events: number
  /** Events that the sink stored, repeats among them. */
  readonly arrivals: number
  readonly repeats: number
  readonly turns: number
  /** How often each kind of fault hit something. */
  readonly faults: Readonly<Record<string, number>>
}

const countRow = z.object({ count: z.int() })

/** Counts a run. */
export function summaryOf({ plan, fingerprint, violations, inspection, turns }: RunResult): Summary {
  const { exchanges, arrivals, objects, faults } = inspection
  const byKind = new Map<string, number>()
  for (const { kind } of faults) byKind.set(kind, (byKind.get(kind) ?? 0) + 1)
  return {
    seed: plan.seed,
    fingerprint,
    violations,
    requests: exchanges.length,
    commands: exchanges.filter(({ request }) => request.method !== 'GET').length,
    events: objects
      .flatMap((object) => object.rows('SELECT count(*) AS count FROM events'))
      .reduce((sum, row) => sum + countRow.parse(row).count, 0),
    arrivals: arrivals.length,
    repeats: arrivals.filter(({ isRepeat }) => isRepeat).length,
    turns,
    faults: Object.fromEntries([...byKind].sort()),
  }
}

/** Sums of many runs. */
export class Totals {
  seeds = 0
  requests = 0
  commands = 0
  events = 0
  arrivals = 0
  repeats = 0
  readonly faults = new Map<string, number>()

  add(summary: Summary): void {
    this.seeds += 1
    this.requests += summary.requests
    this.commands += summary.commands
    this.events += summary.events
    this.arrivals += summary.arrivals
    this.repeats += summary.repeats
    for (const [kind, count] of Object.entries(summary.faults))
      this.faults.set(kind, (this.faults.get(kind) ?? 0) + count)
  }

  /** All faults together. */
  get injected(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0)
  }
}

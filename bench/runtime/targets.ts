import { priceOfMillion } from '../prices.ts'
import type { ColdStart } from '../scenarios/cold-start.ts'
import { count } from '../table.ts'
import type { Storage } from '../workerd/storages.ts'
import type { CountedScenario } from './counts.ts'
import type { CheckoutLatency } from './latency.ts'
import type { Row } from './rows.ts'

/** What Petrel is to reach. Milliseconds, US dollars, checkouts a second, and multiples. */
const BOUNDS = {
  processorTime: 40,
  flushes: 75,
  kept: 0.85,
  sustained: { memory: 24, disk: 11 },
  command: 0.75,
  hotReservation: 0.7,
  p99: 2_000,
  single: 75,
  priceOfMillion: 110,
  coldStart: 1.5,
} as const

/** A number with its bound. */
export interface Target {
  readonly name: string
  readonly value: number
  readonly bound: string
  readonly met: boolean
}

/** What was measured on one storage. */
export interface OnStorage {
  readonly storage: Storage['name']
  readonly rows: readonly Row[]
  readonly latency: CheckoutLatency | null
}

/** The targets for which there is something to judge by. */
export function targetsOf(
  measured: readonly OnStorage[],
  counted: readonly CountedScenario[],
  coldStart: readonly ColdStart[],
): Target[] {
  const targets = measured.flatMap(onStorage)
  const checkout = counted.find(({ name }) => name === 'checkout')
  targets.push(...atMost('flushes for each checkout', checkout?.flushes, BOUNDS.flushes))
  const price = checkout?.counts ? priceOfMillion(checkout.counts) : null
  targets.push(...atMost('list price of a million checkouts, $', price, BOUNDS.priceOfMillion))
  const [shortest, longest] = [coldStart.at(0), coldStart.at(-1)]
  if (shortest && longest) {
    const name = `cold start with ${count(longest.events)} events, as a multiple of ${shortest.events}`
    targets.push(...atMost(name, longest.median / shortest.median, BOUNDS.coldStart))
  }
  return targets
}

function onStorage({ storage, rows, latency }: OnStorage): Target[] {
  const row = (name: string) => rows.find((one) => one.name === name)
  const checkout = row('checkout')
  const targets: Target[] = []
  if (storage === 'memory')
    targets.push(
      ...atMost('CPU for each checkout, ms (memory)', checkout?.processorTime, BOUNDS.processorTime),
    )
  if (storage === 'disk')
    targets.push(
      ...atLeast('one command, one event, × (b) (disk)', row('command')?.ofInsert, BOUNDS.command),
      ...atLeast(
        'reservations of one hot SKU, × (b) (disk)',
        row('hot-reservation')?.ofInsert,
        BOUNDS.hotReservation,
      ),
      ...atMost('the three calls at one connection, p50 ms (disk)', latency?.single.whole.p50, BOUNDS.single),
    )
  return [
    ...targets,
    ...atLeast(`checkouts a second, sustained (${storage})`, checkout?.sustained, BOUNDS.sustained[storage]),
    ...atLeast(`sustained ÷ burst of checkouts (${storage})`, checkout?.kept, BOUNDS.kept),
    ...atMost(`p99 of a checkout, ms (${storage})`, checkout?.p99, BOUNDS.p99),
    ...atMost(
      `connections reset (${storage})`,
      rows.length > 0 ? rows.reduce((sum, one) => sum + one.resets, latency?.resets ?? 0) : null,
      0,
    ),
  ]
}

function atMost(name: string, value: number | null | undefined, bound: number): Target[] {
  if (value === null || value === undefined) return []
  return [{ name, value, bound: `at most ${count(bound)}`, met: value <= bound }]
}

function atLeast(name: string, value: number | null | undefined, bound: number): Target[] {
  if (value === null || value === undefined) return []
  return [{ name, value, bound: `at least ${bound}`, met: value >= bound }]
}

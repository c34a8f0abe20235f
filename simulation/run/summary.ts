import { z } from 'zod'
import type { Exchange, Inspection, Violation } from '../world.ts'
import { loggedEvents, unloggedTypes } from './coverage.ts'
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
  /** Types of events in logs, and of those that belong to no log and arrived at the sink. */
  readonly eventTypes: readonly string[]
  readonly setAside: SetAside
  /** Effects that gave up, and waited for an operator. */
  readonly parked: number
  /** Answers to clients of 400 and above, by class: `4xx`, `5xx`. */
  readonly refusals: Readonly<Record<string, number>>
  readonly turns: number
  /** How often each kind of fault hit something. */
  readonly faults: Readonly<Record<string, number>>
}

/** Dead letters of a run. */
export interface SetAside {
  /** Events that the sink refused for good. */
  readonly refused: number
  /** Those of them that it took later, when an operator retried them. */
  readonly recovered: number
  /** Streams that wait behind one at rest. */
  readonly held: number
  /** Messages of queues that no consumer took in all their tries. */
  readonly messages: number
}

const countRow = z.object({ count: z.int() })
const totalsRow = z.object({ set_aside: z.int() })
/** A line of the log about such a message; one line may stand for several. */
const messageLine = z.object({
  where: z.enum(['undelivered', 'unprojected']),
  message: z.string(),
  suppressed: z.int().default(0),
})
const parkedEvent = z.object({
  type: z.literal('system.SystemError'),
  data: z.object({ fault: z.literal('effect_parked'), parkedId: z.string() }),
})

/** Counts a run. */
export function summaryOf({ plan, fingerprint, violations, inspection, turns }: RunResult): Summary {
  const { exchanges, arrivals, objects, faults } = inspection
  const events = loggedEvents(objects)
  return {
    seed: plan.seed,
    fingerprint,
    violations,
    requests: exchanges.length,
    commands: exchanges.filter(({ request: { method } }) => method !== 'GET' && method !== 'HEAD').length,
    events: sumOf(events.values()),
    arrivals: arrivals.length,
    repeats: arrivals.filter(({ isRepeat }) => isRepeat).length,
    eventTypes: [...events.keys(), ...unloggedTypes(inspection)].sort(),
    setAside: setAsideIn(inspection),
    parked: parkedIn(inspection).size,
    refusals: counted(exchanges.flatMap(classOf)),
    turns,
    faults: counted(faults.map(({ kind }) => kind)),
  }
}

function setAsideIn(inspection: Inspection): SetAside {
  const forwarders = inspection.objects.filter(({ className }) => className === 'ForwarderObject')
  const refused = forwarders
    .flatMap((object) => object.rows('SELECT set_aside FROM totals'))
    .map((row) => totalsRow.parse(row).set_aside)
  const left = rowsOf({ objects: forwarders }, 'SELECT count(*) AS count FROM set_aside')
  const messages = inspection.errors.flatMap((line) => {
    if (!line.includes('"where":"un')) return []
    const { data } = messageLine.safeParse(JSON.parse(line))
    return data ? [1 + data.suppressed] : []
  })
  return {
    refused: sumOf(refused),
    recovered: sumOf(refused) - left,
    held: rowsOf({ objects: forwarders }, 'SELECT count(*) AS count FROM streams WHERE held_at IS NOT NULL'),
    messages: sumOf(messages),
  }
}

function parkedIn({ arrivals }: Inspection): Set<string> {
  const events = arrivals
    .filter(({ text }) => text.includes('effect_parked'))
    .map(({ text }) => parkedEvent.safeParse(JSON.parse(text)).data)
  return new Set(events.flatMap((event) => event?.data.parkedId ?? []))
}

/** The sum of a count over all objects that have the table. */
function rowsOf({ objects }: Pick<Inspection, 'objects'>, query: string): number {
  return sumOf(objects.flatMap((object) => object.rows(query)).map((row) => countRow.parse(row).count))
}

function classOf({ answer }: Exchange): string[] {
  return answer && answer.status >= 400 ? [`${Math.floor(answer.status / 100)}xx`] : []
}

function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort())
}

function sumOf(numbers: Iterable<number>): number {
  return [...numbers].reduce((sum, number) => sum + number, 0)
}

/** Sums of many runs. */
export class Totals {
  seeds = 0
  requests = 0
  commands = 0
  events = 0
  arrivals = 0
  repeats = 0
  refused = 0
  recovered = 0
  held = 0
  deadMessages = 0
  parked = 0
  readonly eventTypes = new Set<string>()
  readonly refusals = new Map<string, number>()
  readonly faults = new Map<string, number>()

  add(summary: Summary): void {
    this.seeds += 1
    this.requests += summary.requests
    this.commands += summary.commands
    this.events += summary.events
    this.arrivals += summary.arrivals
    this.repeats += summary.repeats
    this.refused += summary.setAside.refused
    this.recovered += summary.setAside.recovered
    this.held += summary.setAside.held
    this.deadMessages += summary.setAside.messages
    this.parked += summary.parked
    for (const type of summary.eventTypes) this.eventTypes.add(type)
    addTo(this.refusals, summary.refusals)
    addTo(this.faults, summary.faults)
  }

  /** All faults together. */
  get injected(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0)
  }
}

function addTo(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
}

import { heading, type Machine, thisMachine } from '../machine.ts'
import { median } from '../statistics.ts'
import { count, ratio, spread, table } from '../table.ts'
import { type Counts, TIMED_SHARE } from './observer.ts'
import type { PipelineOptions } from './options.ts'

/** Petrel delivers at least this share of what plain kafkajs sends of the same batches. */
const AT_LEAST = 0.7
/**
 * What the target is held against: the whole way from a log to the acknowledgement, with the queue and
 * without it. The queue here is Miniflare's, which is a part of this process and not of Petrel, so both
 * are told. Where events are appended at the same time, the commands set the pace, and not the delivery.
 */
const TARGET_MEASURES = ['logs', 'ledgers']

/** One round of one measurement: Petrel, and plain kafkajs with the batches that Petrel had sent. */
export interface Round {
  readonly petrelPerSecond: number
  readonly plainPerSecond: number
  readonly batches: number
  readonly events: number
  /** Of one processor for each event (seconds): by the runtime, and by this process with plain kafkajs. */
  readonly processorTime: number | null
  readonly plainProcessorTime: number
  readonly repeats: number
  readonly faults: number
  readonly costs: { readonly counts: Counts; readonly events: number } | null
}

/** All rounds of one measurement. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly rounds: readonly Round[]
}

export interface PipelineReport {
  readonly at: string
  readonly machine: Machine
  readonly options: PipelineOptions
  readonly rows: readonly (Row & {
    readonly petrelPerSecond: number
    readonly plainPerSecond: number
    readonly ratio: number
  })[]
  /** Messages that the local queue passes on in a second when nothing is done with them, round by round. */
  readonly queueAlone: readonly number[]
  readonly targets: readonly {
    readonly measure: string
    readonly title: string
    readonly ratio: number
    readonly atLeast: number
    readonly met: boolean
  }[]
}

/** Puts together what was measured: medians over the rounds, of the ratio within each round. */
export function reportOn(
  options: PipelineOptions,
  { rows, queueAlone }: Pick<PipelineReport, 'queueAlone'> & { readonly rows: readonly Row[] },
): PipelineReport {
  const withMedians = rows.map((row) => ({
    ...row,
    petrelPerSecond: median(row.rounds.map(({ petrelPerSecond }) => petrelPerSecond)),
    plainPerSecond: median(row.rounds.map(({ plainPerSecond }) => plainPerSecond)),
    ratio: median(row.rounds.map(ratioOf)),
  }))
  return {
    at: new Date().toISOString(),
    machine: thisMachine(),
    options,
    rows: withMedians,
    queueAlone,
    targets: withMedians
      .filter(({ name }) => TARGET_MEASURES.includes(name))
      .map(({ name: measure, title, ratio }) => {
        const met = ratio >= AT_LEAST
        return { measure, title, ratio, atLeast: AT_LEAST, met }
      }),
  }
}

function ratioOf({ petrelPerSecond, plainPerSecond }: Round): number {
  return petrelPerSecond / plainPerSecond
}

/** The report as people read it. */
export function render({ machine, options, rows, queueAlone, targets }: PipelineReport): string {
  const { rounds, events, aggregates, forwarders, connections, span } = options
  const all = rows.flatMap((row) => row.rounds)
  const sum = (of: (round: Round) => number) => all.reduce((total, round) => total + of(round), 0)
  const parts = [
    `${heading('Petrel bench pipeline', machine)}\n` +
      `median of ${rounds} rounds · ${count(events)} events of ${aggregates} aggregates piled up, ` +
      `or ${span.measured / 1_000} s of ${connections} connections · ${forwarders} forwarders · ` +
      'one Apache Kafka on the same machine, acks all, idempotent, gzip',
    table(
      ['acknowledged events a second', 'Petrel', 'rounds', 'plain kafkajs', 'rounds', 'ratio', 'rounds'],
      rows.map((row) => [
        row.title,
        count(row.petrelPerSecond),
        spread(row.rounds.map(({ petrelPerSecond }) => petrelPerSecond)),
        count(row.plainPerSecond),
        spread(row.rounds.map(({ plainPerSecond }) => plainPerSecond)),
        ratio(row.ratio),
        spread(row.rounds.map(ratioOf), ratio),
      ]),
    ),
    `Plain kafkajs sends the very batches that Petrel had sent in the same round, with the same keys and\n` +
      `headers, from as many producers, and does nothing else. (b) and (c) are timed from the moment at which\n` +
      `delivery may begin until ${TIMED_SHARE * 100} % are acknowledged; the rest is counted, and waits for the queue's patience.\n` +
      `In (a) Petrel also answers the commands that make the events, on the same processors. The queue of (a)\n` +
      `and (b) is Miniflare's, in the same process and one batch at a time: with a consumer that does nothing\n` +
      `it passes on ${count(median(queueAlone))} messages a second (${spread(queueAlone)}).`,
    table(
      ['', 'events a batch', 'Petrel µs', 'plain kafkajs µs'],
      rows.map((row) => [
        row.title,
        count(median(row.rounds.map(({ events, batches }) => events / batches))),
        microseconds(row.rounds.flatMap(({ processorTime }) => processorTime ?? [])),
        microseconds(row.rounds.map(({ plainProcessorTime }) => plainProcessorTime)),
      ]),
    ),
    'µs: of one processor for each event, in (a) with the command that makes it. The broker takes from the\nsame machine.',
    ...rows.flatMap(costsOf),
    `Read back from the topic: ${sum(({ faults }) => faults)} events out of order or with one missing before, ` +
      `${sum(({ repeats }) => repeats)} repeats.`,
    targets
      .map(
        ({ title, met, atLeast, ...one }) =>
          `${met ? 'MET   ' : 'MISSED'} ${ratio(one.ratio)} of plain kafkajs (at least ${atLeast}): ${title}`,
      )
      .join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

/** The median of some times (seconds), a dash where none is known. */
function microseconds(times: readonly number[]): string {
  return times.length === 0 ? '–' : count(median(times) * 1_000_000)
}

/** What was counted for each event, without what was not used at all. */
function costsOf({ title, rounds }: Row): string[] {
  const costs = rounds.flatMap((round) => (round.costs ? [round.costs] : []))
  const names = [...new Set(costs.flatMap(({ counts }) => Object.keys(counts)))].sort()
  const lines = names
    .map((name) => ({ name, each: median(costs.map(({ counts, events }) => (counts[name] ?? 0) / events)) }))
    .filter(({ each }) => each > 0)
  if (lines.length === 0) return []
  return [
    table(
      [`counted for each event: ${title}`, ''],
      lines.map(({ name, each }) => [name, each.toFixed(3)]),
    ),
  ]
}

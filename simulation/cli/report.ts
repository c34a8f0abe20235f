import { storedLog } from '../../durable-objects/aggregate/journal/stored-log.fixture.ts'
import type { Plan } from '../plan.ts'
import { type Coverage, coverageOf } from '../run/coverage.ts'
import type { RunResult } from '../run/simulate.ts'
import type { Totals } from '../run/summary.ts'
import type { StoredObject, Violation } from '../world.ts'

const MAX_TEXT = 240
/** So many violations of one invariant are shown of a seed. */
const MAX_SAME = 3

/** Totals in words, for the end of many runs. */
export function totalsText(totals: Totals, seconds: number): string {
  const number = (value: number) => value.toLocaleString('en-US')
  const sorted = (counts: ReadonlyMap<string, number>) =>
    [...counts].sort(([one], [other]) => (one < other ? -1 : 1))
  const refusals = sorted(totals.refusals).map(([status, count]) => `${number(count)} ${status}`)
  return [
    `${number(totals.seeds)} seeds in ${number(Math.round(seconds))} s (${(totals.seeds / seconds).toFixed(1)}/s)`,
    `${number(totals.requests)} requests, ${number(totals.commands)} of them commands`,
    `${number(totals.events)} events in logs; ${number(totals.arrivals)} stored by sinks, ${number(totals.repeats)} of them repeats`,
    `${number(totals.refused)} dead letters of sinks, ${number(totals.recovered)} of them delivered later, ${number(totals.held)} streams held; ${number(totals.deadMessages)} dead letters of queues; ${number(totals.parked)} parked effects`,
    `answers to refused requests: ${refusals.join(', ') || 'none'}`,
    `${number(totals.injected)} faults:`,
    ...sorted(totals.faults).map(([kind, count]) => `  ${kind}: ${number(count)}`),
    coverageText(coverageOf(totals.eventTypes)),
  ].join('\n')
}

/** How many types of events occurred, and which never did. */
export function coverageText({ seen, all, never }: Coverage): string {
  const names = never.length > 0 ? `; never: ${never.join(', ')}` : ''
  return `${seen} of ${all} event types${names}`
}

/** Runs of so many seeds have every type of event. */
export const COVERED_SEEDS = 1_000

/** What a long run lacks of the types of events, as its failure; `null` where nothing is wrong. */
export function lackText({ lacking }: Coverage, seeds: number): string | null {
  if (seeds < COVERED_SEEDS || lacking.length === 0) return null
  return `NOT COVERED: in ${seeds} seeds there was no ${lacking.join(', ')}. What causes it does nothing, or no story does it.`
}

/** A failing run: what was broken, the plan that breaks it, and the history of what is concerned. */
export function failureText({ plan, violations, inspection }: RunResult): string {
  const about = new Set(violations.flatMap((violation) => violation.about))
  const objects = inspection.objects.filter(({ className, name }) =>
    [...about].some((stream) => stream === `${className}/${name}` || stream.endsWith(`/${name}`)),
  )
  return [
    ...violations.map(violationText),
    '',
    planText(plan),
    '',
    ...timelineOf(inspection),
    '',
    ...objects.flatMap(historyOf),
  ].join('\n')
}

/** Faults and requests, in the order of their times (UTC). */
function timelineOf({ faults, exchanges }: RunResult['inspection']): string[] {
  const lines = [
    ...faults.map(({ at, kind, target }) => ({ at, text: `FAULT ${kind} ${target}` })),
    ...exchanges.map(({ sentAt, by, request, answer, answeredAt }) => ({
      at: sentAt,
      text: `${by}: ${request.method} ${request.path} ${cut(request.body)} → ${
        answer ? `${answer.status} at ${timeText(answeredAt ?? 0)} ${cut(answer.body)}` : 'no answer'
      }`,
    })),
  ]
  return lines.sort((one, other) => one.at - other.at).map(({ at, text }) => `${timeText(at)} ${text}`)
}

/** What a run broke, a few of each invariant. */
export function violationsText(violations: readonly Violation[]): string {
  return [...Map.groupBy(violations, ({ invariant }) => invariant)]
    .flatMap(([invariant, same]) => [
      ...same.slice(0, MAX_SAME).map(violationText),
      ...(same.length > MAX_SAME ? [`  … and ${same.length - MAX_SAME} more of: ${invariant}`] : []),
    ])
    .join('\n')
}

export function violationText({ invariant, message, about }: Violation): string {
  return `BROKEN ${invariant}: ${message}${about.length > 0 ? ` (${about.join(', ')})` : ''}`
}

function planText({ seed, configuration, stories, faults }: Plan): string {
  return [
    `seed ${seed} ${JSON.stringify(configuration)}`,
    ...stories.map(
      ({ id, startsAt, steps }) =>
        `  story ${id} at ${startsAt} ms: ${steps.map(({ action, input }) => `${action} ${cut(input)}`).join(', ')}`,
    ),
    ...faults.map((fault) => `  fault ${JSON.stringify(fault)}`),
  ].join('\n')
}

function historyOf(object: StoredObject): string[] {
  const { events } = storedLog((query) => object.rows(query)) ?? { events: [] }
  return [
    `${object.className} ${object.name}, alarm ${object.alarm === null ? 'none' : timeText(object.alarm)}`,
    ...events.map(({ version, type, time, data }) => `  ${version} ${time} ${type} ${cut(data)}`),
  ]
}

function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

function cut(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../../support/api.ts'
import { progress } from '../tools/progress.ts'
import type { ArrivalReport } from './arrivals.ts'
import type { Pipeline } from './pipeline.ts'

/** How long the sink is away (ms). */
const OUTAGE = 30_000
/** Shares of the load: when the sink goes, how far the load goes on without it, how far with it, the kill. */
const SINK_GOES_AT = 0.25
const GOES_ON_TO = 0.7
const BEFORE_THE_KILL = 0.85
const KILLED_AT = 0.86

/** What the trouble is made with. */
export interface Trouble {
  stopSink(): Promise<void>
  startSink(): Promise<void>
  /** Done after the runtime was killed and before it starts again: nothing moves. */
  whileDead(): Promise<void>
}

/** How long it all took (ms). */
export interface Timeline {
  readonly load: number
  /** From the sink's return until it had all that had happened before. */
  readonly drain: number
  /** From the end of the load, and of the trouble, until everything had arrived. */
  readonly arrival: number
}

/**
 * Puts the whole load through a pipeline whose sink is away for half a minute in its middle, and whose runtime
 * is killed while it works off what was left. Ends when everything has arrived.
 */
export async function throughOutageAndCrash(pipeline: Pipeline, trouble: Trouble): Promise<Timeline> {
  const { load } = pipeline
  const startedAt = Date.now()
  const tell = (what: string) =>
    progress(
      `  ${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${what} (${load.made} events)`,
    )
  await load.upTo(SINK_GOES_AT)
  await trouble.stopSink()
  tell('the sink is away')
  await Promise.all([load.upTo(GOES_ON_TO), pause(OUTAGE)])
  await trouble.startSink()
  const backAt = Date.now()
  tell('the sink is back')
  const delivered = async () => (await pipeline.condition()).total.delivered
  const before = await delivered()
  await load.upTo(BEFORE_THE_KILL)
  // The kill is to meet deliveries under way.
  await eventually(delivered, (count) => count > before)
  const crash = async () => {
    await load.reached(KILLED_AT)
    await pipeline.crash(async () => {
      tell('the runtime was killed')
      await trouble.whileDead()
    })
    tell('the runtime is back')
  }
  const [drain] = await Promise.all([pipeline.drained(backAt), load.upTo(1), crash()])
  const loadedAt = Date.now()
  tell('the load is over')
  await pipeline.arrived()
  tell('everything has arrived')
  return { load: loadedAt - startedAt, drain, arrival: Date.now() - loadedAt }
}

/** Prints what came of it. `before` is what had arrived when the runtime was killed. */
export async function printResult(
  name: string,
  pipeline: Pipeline,
  { load, drain, arrival }: Timeline,
  { before, all }: { before: ArrivalReport; all: ArrivalReport },
): Promise<void> {
  const { received, doubled, heldBack, givenAgain } = await pipeline.mischief()
  const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`
  const rows: [string, string | number][] = [
    ['events made', pipeline.load.events],
    ['aggregates', pipeline.load.plan.aggregates],
    ['messages of the queue', received],
    ['… doubled / held back / given again', `${doubled} / ${heldBack} / ${givenAgain}`],
    ['records at the sink', all.events],
    ['gaps', all.gaps.length],
    ['repeats before the kill', before.repeats],
    ['repeats after it', all.repeats - before.repeats],
    ['aggregates that went back', all.rewinds],
    ['load, with the outage and the kill', seconds(load)],
    ['longest lag', seconds(pipeline.longestLag)],
    ['backlog gone after the outage', seconds(drain)],
    ['all arrived after the load', seconds(arrival)],
  ]
  progress(name)
  for (const [label, value] of rows) progress(`  ${label.padEnd(38)}${String(value).padStart(20)}`)
}

import { makeFaults } from './faults/make-faults.ts'
import { Random } from './kernel/random.ts'
import type { Configuration, Plan, Story } from './plan.ts'
import { makeStories } from './workload/stories/make-stories.ts'

/** How long after the last story has begun to act faults still begin (ms). */
const AFTERMATH_MS = 45_000
/** How often messages are given up soon, and how often a run rests for a year. */
const FEW_RETRIES_SHARE = 0.15
const YEAR_SHARE = 0.06

/** The plan of a run: everything about it that the seed decides before it begins. */
export function makePlan(seed: number): Plan {
  const random = new Random(seed)
  const configuration = makeConfiguration(random.fork('configuration'))
  const stories = makeStories(random.fork('stories'), configuration)
  const moments = momentsOf(stories)
  const faults = makeFaults(random.fork('faults'), configuration, {
    busyAt: moments,
    endsAt: Math.max(0, ...moments) + AFTERMATH_MS,
  })
  return { seed, configuration, stories, faults }
}

function makeConfiguration(random: Random): Configuration {
  return {
    sink: random.pick(['lake', 'firehose']),
    gateway: random.pick(['sandbox', 'stripe']),
    forwarders: random.pick([1, 1, 2, 3]),
    strictOrder: random.chance(0.5),
    platform: random.pick(['local', 'cloud']),
    slowness: random.pick([0.5, 1, 1, 1, 3, 10]),
    snapshots: random.pick(['few', 'many']),
    retries: random.chance(FEW_RETRIES_SHARE) ? 'few' : 'many',
    rest: random.chance(YEAR_SHARE) ? 'year' : 'week',
  }
}

/** The times (ms after the opening) at which stories begin, or go on together. */
function momentsOf(stories: readonly Story[]): number[] {
  return stories.flatMap(({ startsAt, steps }) => [
    startsAt,
    ...steps.flatMap(({ input: { at } }) => (typeof at === 'number' ? [at] : [])),
  ])
}

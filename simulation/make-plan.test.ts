import { describe, expect, it } from 'vitest'
import { makePlan } from './make-plan.ts'
import { actions } from './workload/actions/index.ts'
import { requestsOf } from './workload/stories/make-stories.ts'

const plans = Array.from({ length: 200 }, (_, seed) => makePlan(seed))
const steps = plans.flatMap(({ stories }) => stories.flatMap((story) => story.steps))

describe('makePlan', () => {
  it('makes the same plan of a seed again, and another one of another seed', () => {
    expect(makePlan(7)).toEqual(plans[7])
    expect(makePlan(8).stories).not.toEqual(plans[7]?.stories)
  })

  it('makes plans that are plain data', () => {
    for (const plan of plans) expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it('names stories, and the steps of a story, each once', () => {
    for (const { stories } of plans) {
      expect(new Set(stories.map(({ id }) => id))).toHaveLength(stories.length)
      for (const story of stories)
        expect(new Set(story.steps.map(({ id }) => id))).toHaveLength(story.steps.length)
    }
  })

  it('has each customer number in one story', () => {
    for (const { stories } of plans) {
      const numbers = stories.map(
        (story) => new Set(story.steps.flatMap(({ input: { number } }) => number ?? [])),
      )
      expect(numbers.reduce((total, one) => total + one.size, 0)).toBe(
        new Set(numbers.flatMap((one) => [...one])).size,
      )
    }
  })

  it('gives each step an action and the input that it takes', () => {
    const known: Readonly<Record<string, { input: { safeParse(input: unknown): { success: boolean } } }>> =
      actions
    for (const { action, input } of steps)
      expect(known[action]?.input.safeParse(input), JSON.stringify({ action, input })).toMatchObject({
        success: true,
      })
  })

  it('has every action, and every kind of fault, in some of 200 plans', () => {
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(Object.keys(actions)))
    const faults = new Set(plans.flatMap((plan) => plan.faults.map(({ kind }) => kind)))
    expect([...faults].toSorted()).toEqual(
      [
        'alarms',
        'crash-object',
        'crash-process',
        'deployment',
        'evict',
        'outage',
        'queue-noise',
        'slow',
      ].toSorted(),
    )
  })

  it('has each kind of story in one of 25 plans at least', () => {
    const kinds = new Map<string, number>()
    for (const { stories } of plans)
      for (const kind of new Set(stories.map((story) => story.kind)))
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    for (const [kind, count] of kinds) expect(count, kind).toBeGreaterThan(plans.length / 25)
  })

  it('has no faults in about one of ten plans, and many in some', () => {
    const counts = plans.map(({ faults }) => faults.length)
    const calm = counts.filter((count) => count === 0).length
    expect(calm).toBeGreaterThan(plans.length * 0.04)
    expect(calm).toBeLessThan(plans.length * 0.2)
    expect(Math.max(...counts)).toBeGreaterThan(12)
  })

  it('has someone look after dead letters only where there can be some', () => {
    for (const { configuration, stories } of plans) {
      const isNeeded = configuration.sink === 'firehose' || configuration.retries === 'few'
      if (stories.some(({ kind }) => kind === 'repairer')) expect(isNeeded).toBe(true)
    }
  })

  it('rests for a year in a few plans, in which points are earned and nobody is erased', () => {
    const long = plans.filter(({ configuration }) => configuration.rest === 'year')
    expect(long.length).toBeGreaterThan(plans.length * 0.02)
    expect(long.length).toBeLessThan(plans.length * 0.12)
    for (const { stories } of long) {
      expect(stories.map(({ kind }) => kind)).toContain('loyal')
      const names = stories.flatMap((story) => story.steps.map(({ action }) => action))
      expect(names).not.toContain('erase')
      expect(names).not.toContain('eraseSelf')
    }
  })

  it('asks for few requests, as many seeds say more than long runs', () => {
    for (const { seed, stories } of plans) {
      const requests = stories.reduce((total, story) => total + requestsOf(story), 0)
      expect(requests, `seed ${seed}`).toBeGreaterThanOrEqual(12)
      expect(requests, `seed ${seed}`).toBeLessThanOrEqual(60)
    }
  })
})

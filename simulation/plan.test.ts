import { describe, expect, expectTypeOf, it } from 'vitest'
import { makePlan } from './make-plan.ts'
import { type Fault, type Plan, readPlan } from './plan.ts'

type Changed = (plan: Record<string, unknown>) => unknown

const plan = makePlan(1)
const outage = { kind: 'outage', at: 1, forMs: 2, target: 'sink', share: 0.5, manner: 'hang' }

describe('readPlan', () => {
  it('reads every plan that is made', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const made = makePlan(seed)
      expect(readPlan(JSON.stringify(made))).toEqual(made)
    }
  })

  it.each<[string, Changed]>([
    ['a setting', (one) => ({ ...one, configuration: { ...plan.configuration, sink: 'kafka' } })],
    ['a missing part', ({ stories: _, ...one }) => one],
    ['an unknown part', (one) => ({ ...one, weather: 'calm' })],
    ['a kind of fault', (one) => ({ ...one, faults: [{ ...outage, kind: 'flood' }] })],
    [
      'a target of another fault',
      (one) => ({ ...one, faults: [{ kind: 'slow', at: 1, forMs: 1, factor: 2, target: 'sink' }] }),
    ],
    ['a manner', (one) => ({ ...one, faults: [{ ...outage, manner: 'twice' }] })],
    ['a share', (one) => ({ ...one, faults: [{ ...outage, share: 2 }] })],
    ['a time', (one) => ({ ...one, faults: [{ ...outage, at: -1 }] })],
    ['a step', (one) => ({ ...one, stories: [{ id: 'a', kind: 'a', startsAt: 0, steps: [{ id: 'a' }] }] })],
  ])('refuses %s that no run has', (_, change) => {
    expect(() => readPlan(JSON.stringify(change({ ...plan, faults: [outage] })))).toThrow()
  })

  it('reads the outage that these are made of', () => {
    expect(readPlan(JSON.stringify({ ...plan, faults: [outage] })).faults).toEqual([outage])
  })

  it('has types of its schema', () => {
    expectTypeOf<Extract<Fault, { kind: 'outage' }>['manner']>().toEqualTypeOf<
      'before' | 'after' | 'hang' | 'partly'
    >()
    expectTypeOf<Plan['stories'][number]['steps'][number]['input'][string]>().toEqualTypeOf<
      string | number | boolean | null
    >()
    expectTypeOf<Extract<Fault, { kind: 'crash-process' }>>().toEqualTypeOf<
      Readonly<{ kind: 'crash-process'; at: number; skip: number }>
    >()
  })
})

import { expect, it } from 'vitest'
import { makePlan } from '../make-plan.ts'
import type { Plan } from '../plan.ts'
import { OPENING } from '../workload/run-workload.ts'
import { shrink } from './shrink.ts'

const plan = makePlan(3)
const others = plan.stories.filter(({ kind }) => kind !== OPENING)
const story = others.at(-1) ?? expect.fail()
const [step] = story.steps
const [fault] = plan.faults

/** Fails as long as one step and one fault are there. */
async function fails({ stories, faults }: Plan): Promise<boolean> {
  const has = stories.some(({ id, steps }) => id === story.id && steps.some(({ id }) => id === step?.id))
  return has && faults.some((one) => one === fault)
}

it('leaves only what the failure needs, and the opening of the shop', async () => {
  const shortest = await shrink(plan, fails, 500)
  expect(shortest.faults).toEqual([fault])
  expect(shortest.stories.filter(({ kind }) => kind !== OPENING)).toEqual([{ ...story, steps: [step] }])
  expect(shortest.stories.filter(({ kind }) => kind === OPENING)).toHaveLength(
    plan.stories.length - others.length,
  )
})

it('ends with a plan that fails when there are no tries left', async () => {
  let tries = 0
  const shorter = await shrink(
    plan,
    (candidate) => {
      tries += 1
      return fails(candidate)
    },
    5,
  )
  expect(tries).toBe(5)
  expect(await fails(shorter)).toBe(true)
})

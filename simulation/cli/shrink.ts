import type { Plan, Story } from '../plan.ts'
import { OPENING } from '../workload/run-workload.ts'

/**
 * Finds a shorter plan that still fails: leaves out faults, stories and steps, in ever smaller parts (delta debugging,
 * Zeller and Hildebrandt 2002), as long as there are tries left.
 */
export async function shrink(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  tries: number,
): Promise<Plan> {
  let left = tries
  const test = async (candidate: Plan): Promise<boolean> => {
    if (left === 0) return false
    left -= 1
    return fails(candidate)
  }
  let best = plan
  for (let before = -1; before !== sizeOf(best) && left > 0; ) {
    before = sizeOf(best)
    const now = best
    const stories = await without(now.stories, isFixed, (some) => test({ ...now, stories: some }))
    best = { ...best, stories }
    const faults = await without(
      best.faults,
      () => false,
      (some) => test({ ...best, faults: some }),
    )
    best = { ...best, faults }
    for (const story of best.stories.filter((one) => !isFixed(one))) {
      const steps = await without(
        story.steps,
        () => false,
        (some) => test(withSteps(best, story, some)),
      )
      best = withSteps(best, story, steps)
    }
  }
  return best
}

/** The shop opens in every plan. */
function isFixed({ kind }: Story): boolean {
  return kind === OPENING
}

function sizeOf({ stories, faults }: Plan): number {
  return faults.length + stories.reduce((sum, { steps }) => sum + 1 + steps.length, 0)
}

function withSteps(plan: Plan, { id }: Story, steps: Story['steps']): Plan {
  return { ...plan, stories: plan.stories.map((story) => (story.id === id ? { ...story, steps } : story)) }
}

/** As few of the items as possible with which the test still holds. */
async function without<Item>(
  items: readonly Item[],
  stays: (item: Item) => boolean,
  test: (items: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let present = items
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < present.length; ) {
      const some = present.filter((item, index) => index < from || index >= from + size || stays(item))
      if (some.length < present.length && (await test(some))) present = some
      else from += size
    }
  return present
}

import type { Plan, Story } from '../plan.ts'
import type { Outside } from '../world.ts'
import type { Action } from './action.ts'
import { actions } from './actions/index.ts'
import { Actor } from './actor.ts'
import type { Bank } from './bank.ts'
import type { Secrets } from './secrets.ts'
import { Shop } from './shop.ts'

const actionsByName: ReadonlyMap<string, Action> = new Map(Object.entries(actions))

/** The kind of the stories that open the shop, before all others. */
export const OPENING = 'opening'

/** Opens the shop of a plan: products, stock, promotions. The times of the plan count from its end. */
export async function openShop(
  plan: Plan,
  outside: Outside,
  secrets: Secrets,
  bank: Bank | null = null,
): Promise<Shop> {
  const shop = new Shop(bank)
  for (const story of plan.stories.filter(({ kind }) => kind === OPENING))
    await runStory(story, new Actor(story.id, outside, shop, secrets))
  shop.openedAt = outside.now()
  return shop
}

/** Runs all stories of a plan in an open shop at the same time. Resolves when the last one has ended. */
export async function runStories(plan: Plan, shop: Shop, outside: Outside, secrets: Secrets): Promise<void> {
  const stories = plan.stories.filter(({ kind }) => kind !== OPENING)
  await Promise.all(
    stories.map(async (story) => {
      const actor = new Actor(story.id, outside, shop, secrets)
      await actor.wait(shop.openedAt + story.startsAt - outside.now())
      await runStory(story, actor)
    }),
  )
}

/** @throws RangeError for a step without an action of its name */
async function runStory({ steps }: Story, actor: Actor): Promise<void> {
  for (const { id, action, pauseMs, input } of steps) {
    const found = actionsByName.get(action)
    if (!found) throw new RangeError(`there is no action ${action}`)
    await actor.wait(pauseMs)
    actor.begin(id)
    await found.run(actor, input)
  }
  await actor.finish()
}

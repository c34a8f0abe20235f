import { z } from 'zod'
import { action } from '../action.ts'

export const timeActions = {
  /** Waits until so many milliseconds after the opening of the shop, so that several clients act at one moment. */
  waitUntil: action(z.strictObject({ at: z.int() }), async (actor, { at }) => {
    await actor.wait(actor.shop.openedAt + at - actor.outside.now())
  }),
}

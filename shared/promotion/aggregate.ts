import type { Aggregate } from '../core/aggregate.ts'
import { type PromotionCommand, promotionCommand } from './commands.ts'
import { decide } from './decide.ts'
import { type PromotionEvent, promotionEvent } from './events.ts'
import { react } from './process.ts'
import { evolve, type Promotion, promotionSchema } from './state.ts'

/** A promotion, named by its code in upper case. */
export const promotion: Aggregate<Promotion, PromotionCommand, PromotionEvent> = {
  kind: 'promotion',
  context: 'promotion',
  command: promotionCommand,
  event: promotionEvent,
  state: promotionSchema,
  stateVersion: 1,
  evolve,
  decide,
  react,
}

import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { ReviewCommand } from './commands.ts'
import type { ReviewEvent } from './events.ts'
import { refuse } from './refusals.ts'
import type { Review } from './state.ts'

/** Decides one command on a review. Refusals: see `refusals.ts`. */
export function decide(
  command: ReviewCommand,
  state: Review | null,
  context: DecisionContext,
): Decision<ReviewEvent> {
  switch (command.type) {
    case 'RequestReview':
      return requestReview(command, state)
    case 'SubmitReview':
      return submitReview(command, state, context)
    case 'ErasePersonalData':
      return erasePersonalData(state, context)
  }
}

/** Whoever has written already, or has been asked before, is not asked again. */
function requestReview(
  { orderId, customerId, sku, productName }: CommandOf<ReviewCommand, 'RequestReview'>,
  state: Review | null,
): Decision<ReviewEvent> {
  if (state) return accept()
  return accept({ type: 'ReviewRequested', data: { orderId, customerId, sku, productName } })
}

function submitReview(
  command: CommandOf<ReviewCommand, 'SubmitReview'>,
  state: Review | null,
  context: DecisionContext,
): Decision<ReviewEvent> {
  const { type: _, ordered, delivered, buyerErased, ...review } = command
  if (state && state.customerId !== review.customerId) return noReview(context)
  if (state?.erased || buyerErased) return refuse('review_closed', 'The buyer has been forgotten.')
  if (state?.status === 'submitted')
    return refuse('review_exists', `${review.sku} of this order has been reviewed already.`, {
      reviewId: context.id,
    })
  if (!ordered) return refuse('not_in_order', `${review.sku} is not in this order.`)
  if (!delivered) return refuse('not_delivered', 'The order has not been delivered.')
  return accept({ type: 'ReviewSubmitted', data: review })
}

function erasePersonalData(state: Review | null, context: DecisionContext): Decision<ReviewEvent> {
  if (!state) return noReview(context)
  if (state.erased) return accept()
  const { orderId, customerId, sku } = state
  return accept({ type: 'ReviewPersonalDataErased', data: { orderId, customerId, sku } })
}

function noReview(context: DecisionContext): Decision<never> {
  return refuse('review_not_found', `There is no review ${context.id}.`)
}

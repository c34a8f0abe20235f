import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { send } from '../core/effect.ts'
import type { Feature } from '../core/feature.ts'
import { mail } from '../core/mail.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toCustomer } from '../customer/commands.ts'
import type { ReviewCommand } from './commands.ts'
import type { ReviewEvent } from './events.ts'
import { refuse } from './refusals.ts'
import type { Review } from './state.ts'

/** A review begins with a request to the buyer, or with a review that was not requested. */
export const reviewing = {
  creation: {
    evolve: {
      ReviewRequested: (_, { orderId, customerId, sku }) => ({
        ...{ orderId, customerId, sku },
        status: 'requested',
        erased: false,
      }),
      ReviewSubmitted: (state, data, at) => ({
        ...data,
        status: 'submitted',
        submittedAt: at,
        erased: state?.erased ?? false,
      }),
    },
    decide: {
      RequestReview: requestReview,
      SubmitReview: submitReview,
    },
  },
  evolve: {
    ReviewPersonalDataErased: ({ text: _, ...state }) => ({ ...state, erased: true }),
  },
  decide: {
    ErasePersonalData: (_, state) => erasePersonalData(state),
  },
  react: {
    ReviewRequested: ({ customerId, orderId, sku, productName }) => [
      mail({ customerId, template: 'review_request', variables: { productName, orderId, sku } }),
    ],
    ReviewSubmitted: ({ customerId, orderId }, _, { id }) => [
      send(toCustomer(customerId, { type: 'EarnBonusPoints', reviewId: id, orderId })),
    ],
  },
} satisfies Feature<Review, ReviewCommand, ReviewEvent>

/** Each review is requested once, and not after it was submitted. */
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

function erasePersonalData(state: Review): Decision<ReviewEvent> {
  if (state.erased) return accept()
  const { orderId, customerId, sku } = state
  return accept({ type: 'ReviewPersonalDataErased', data: { orderId, customerId, sku } })
}

/** The refusal if a review does not exist or belongs to another customer. */
export function noReview(context: DecisionContext): Decision<never> {
  return refuse('review_not_found', `There is no review ${context.id}.`)
}

import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, send, unschedule } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { ABANDON, abandonment } from './cart.ts'
import { type CartCommand, toCart } from './commands.ts'
import type { CartEvent } from './events.ts'
import { beyondCounting, closed, isBeyondCounting, wrongCurrency } from './facts.ts'
import { cartMergePolicy, promotionMerge } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Cart, type CartFeature, isClosed } from './state.ts'

/** The merge of a guest's cart into exactly one other cart. */
export const merge = {
  evolve: {
    CartMerged: (state, { intoCartId }) => ({ ...state, status: 'merged', intoCartId }),
    CartMergeFailed: ({ intoCartId: _, ...state }) => ({ ...state, status: 'open' }),
  },
  decide: {
    MergeInto: mergeInto,
    MergeCarts: mergeCarts,
    RecordMergeOutcome: recordMergeOutcome,
  },
  react: {
    CartMerged: ({ intoCartId }, state, { id }) => [unschedule(ABANDON), giveTo(intoCartId, state, id)],
    CartMergeFailed: (_, state, { at }) => [abandonment(state, at)],
  },
} satisfies CartFeature

/** The source cart decides, so that only one of two concurrent merges gets its lines. */
function mergeInto(
  { intoCartId }: CommandOf<CartCommand, 'MergeInto'>,
  state: Cart,
  context: DecisionContext,
): Decision<CartEvent> {
  if (intoCartId === context.id) return refuseItself()
  if (state.status === 'merged' && state.intoCartId === intoCartId) return accept()
  return isClosed(state) ? closed(state) : accept({ type: 'CartMerged', data: { intoCartId } })
}

/** If the other cart was closed before the merge, the lines stay in this one. */
function recordMergeOutcome(
  { intoCartId, outcome }: CommandOf<CartCommand, 'RecordMergeOutcome'>,
  state: Cart,
): Decision<CartEvent> {
  const refused = outcome.find((step) => !step.ok)
  if (!refused || state.status !== 'merged' || state.intoCartId !== intoCartId) return accept()
  return accept({ type: 'CartMergeFailed', data: { intoCartId, reason: refused.refusal.code } })
}

function mergeCarts(
  command: CommandOf<CartCommand, 'MergeCarts'>,
  state: Cart,
  context: DecisionContext,
): Decision<CartEvent> {
  const { fromCartId } = command
  if (state.mergedCartIds.includes(fromCartId)) return accept()
  if (fromCartId === context.id) return refuseItself()
  if (isClosed(state)) return closed(state)
  const foreign = command.lines.find((line) => line.unitPrice.currency !== state.currency)
  if (foreign) return wrongCurrency(foreign.sku, foreign.unitPrice.currency, state)
  const { lines, capped, decision } = cartMergePolicy(state.lines, command.lines)
  if (isBeyondCounting(lines)) return beyondCounting()
  const { promotions, droppedCodes } = promotionMerge(state.promotions, command.promotions)
  return accept({
    type: 'CartUpdated',
    data: {
      lines,
      cause: 'merged',
      fromCartId,
      ...(capped.length > 0 && { capped }),
      ...(promotions.length > 0 && { promotions }),
      ...(droppedCodes.length > 0 && { droppedCodes }),
      decisions: [decision],
    },
  })
}

function refuseItself(): Decision<never> {
  return refuse('cart_not_mergeable', 'A cart cannot be merged into itself.')
}

/** The caller sends the same command at once; this ensures that it arrives, and the other cart applies it once. */
function giveTo(intoCartId: string, { lines, promotions }: Cart, id: string): Effect {
  return send(toCart(intoCartId, { type: 'MergeCarts', fromCartId: id, lines, promotions }), {
    type: 'RecordMergeOutcome',
    intoCartId,
  })
}

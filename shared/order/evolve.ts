import { addressWithoutPerson } from '../core/address/address.ts'
import type { Instant } from '../core/time.ts'
import { quoteDecisions } from '../delivery/events.ts'
import type { OrderEvent, OrderEventOf } from './events.ts'
import { evolveFulfilment } from './evolve-fulfilment.ts'
import { evolvePayment } from './evolve-payment.ts'
import { remember } from './remembered-decisions.ts'
import { hasEnded, needsPayment, type Order, POINTS } from './state.ts'

/** Folds one event into an order; only `OrderCreated` may come first. */
export function evolve(state: Order | null, event: OrderEvent, at: Instant): Order {
  if (event.type === 'OrderCreated') return created(event.data, at)
  if (!state) throw new Error(`${event.type} cannot be an order's first event`)
  switch (event.type) {
    case 'OrderPlaceGranted':
      return { ...state, awaitsPlace: false, firstOrder: event.data.firstOrder }
    case 'PromotionApplied':
      return { ...state, openClaims: without(state.openClaims, event.data.code) }
    case 'OrderPointsRedeemed':
      return { ...state, openClaims: without(state.openClaims, POINTS) }
    case 'OrderRepriced':
      return repriced(state, event.data)
    case 'OrderStockHeld': {
      const { reservations, holdUntil, decisions } = event.data
      const held = { ...state, reservations, decisions: remember(state.decisions, decisions) }
      if (hasEnded(state)) return held
      const status = needsPayment(state) && !state.paymentMethod ? 'awaiting_payment' : state.status
      return { ...held, holdUntil, status }
    }
    case 'OrderStockReleased':
      return { ...state, reservations: state.reservations.filter(({ sku }) => sku !== event.data.sku) }
    case 'OrderPersonalDataErased':
      return {
        ...state,
        personalDataErased: true,
        shippingAddress: addressWithoutPerson(state.shippingAddress),
        ...(state.cancellation && { cancellation: { ...state.cancellation, detail: '' } }),
      }
    case 'OrderPaymentStarted':
    case 'OrderPaymentHeld':
    case 'OrderPaymentFailed':
    case 'OrderPaid':
    case 'OrderPaymentDisputed':
    case 'OrderDisputeClosed':
    case 'OrderPaymentReturned':
    case 'OrderConfirmed':
    case 'OrderRefunded':
    case 'OrderRefundFailed':
    case 'OrderRefundRetried':
    case 'OrderRefundAbandoned':
      return evolvePayment(state, event, at)
    default:
      return evolveFulfilment(state, event)
  }
}

function created(
  { placeFirst = false, ...data }: OrderEventOf<'OrderCreated'>['data'],
  createdAt: Instant,
): Order {
  const { decisions: _, ...shippingQuote } = data.shippingQuote
  const rules = quoteDecisions(data.shippingQuote).flatMap((decision) => decision.rules)
  return {
    ...data,
    shippingQuote: { ...shippingQuote, rules },
    decisions: remember([], data.decisions),
    createdAt,
    awaitsPlace: placeFirst,
    status: 'pending',
    paymentStatus: 'unpaid',
    fulfilmentStatus: 'unfulfilled',
    openClaims: [...data.terms.map((terms) => terms.code), ...(data.redeemPoints > 0 ? [POINTS] : [])],
    reservations: [],
    stockCommitted: false,
    payments: [],
    deliveries: [],
    reviewsRequested: false,
    personalDataErased: false,
  }
}

function repriced(
  state: Order,
  { pricing, promotions, decisions }: OrderEventOf<'OrderRepriced'>['data'],
): Order {
  const lost = promotions.filter((promotion) => !promotion.applied).map((promotion) => promotion.code)
  return {
    ...state,
    pricing,
    promotions,
    terms: state.terms.filter((terms) => !lost.includes(terms.code)),
    openClaims: state.openClaims.filter((claim) => !lost.includes(claim)),
    decisions: remember(state.decisions, decisions),
  }
}

function without(list: readonly string[], entry: string): string[] {
  return list.filter((other) => other !== entry)
}

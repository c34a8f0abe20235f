import type { PolicyDecision } from '../core/policy-decision.ts'
import { specification } from '../core/specification.fixture.ts'
import { payment } from './aggregate.ts'
import type { PaymentCommand, ScreeningFacts } from './commands.ts'
import type { PaymentEvent, RefundedLine, Screening } from './events.ts'

/** Events and commands that the specifications of this folder share. Not used outside tests. */
export const PAYMENT_ID = 'pay_1'
export const spec = specification(payment, { id: PAYMENT_ID })

/** Minor units of US dollars. */
export const usd = (amount: number) => ({ amount, currency: 'USD' })
export const amount = usd(5_000)
export const of = { orderId: 'ord_1', customerId: 'cus_1' }
export const ask = {
  ...of,
  ...{ amount, paymentMethod: 'pm_card_visa', attempt: 1, shippingCountry: 'US', failedTries: 0 },
}
export const processPayment = { type: 'ProcessPayment', ...ask } as const
export const securityDecision: PolicyDecision = {
  policy: 'paymentSecurityPolicy',
  rules: ['method_token', 'order_total'],
  inputs: { amount: 5_000, currency: 'USD', orderTotal: 5_000 },
  outcome: 'allowed',
}

export const requestedWith = (more: Partial<typeof ask> & { screened?: true }): PaymentEvent => ({
  type: 'PaymentRequested',
  data: { ...ask, ...more, decisions: [securityDecision] },
})
export const requested = requestedWith({})
export const screened: PaymentEvent = {
  type: 'PaymentScreened',
  data: { ...of, score: 0, rules: [], decisions: [] },
}
export const suspicion: Screening = { score: 70, rules: ['velocity', 'card_country', 'disposable_email'] }
export const held: PaymentEvent = {
  type: 'PaymentHeldForReview',
  data: { ...of, amount, ...suspicion, decisions: [] },
}
export const approved: PaymentEvent = { type: 'PaymentReviewApproved', data: of }
export const processed: PaymentEvent = {
  type: 'PaymentProcessed',
  data: { ...of, amount, gateway: 'sandbox', chargeId: 'ch_1', cardCountry: 'US' },
}
export const failedWith = (code: string, detail: string, screening?: Screening): PaymentEvent => ({
  type: 'PaymentFailed',
  data: { ...of, amount, code, detail, ...(screening && { screening }), decisions: [] },
})
export const failed = failedWith('card_declined', 'No.')
export const disputed: PaymentEvent = {
  type: 'PaymentDisputed',
  data: { ...of, disputeId: 'dp_1', reason: 'fraudulent', amount },
}
export const charged = [requested, screened, processed]

export const refundRequested = (
  refundId: string,
  minor: number,
  parts: { lines?: RefundedLine[]; shipping?: number } = {},
): PaymentEvent => ({
  type: 'PaymentRefundRequested',
  data: { ...of, refundId, amount: usd(minor), reason: 'broken', ...parts, decisions: [] },
})
type RefundCommand = Extract<PaymentCommand, { type: 'RefundPayment' }>
/** Requests a refund: of all that is left, unless something is named. */
export const refund = (refundId: string, asked: Partial<RefundCommand> = {}): RefundCommand => ({
  type: 'RefundPayment',
  refundId,
  reason: 'broken',
  ...asked,
})
/** A refund as in `refundRequested`, with its expected decision. */
export const requestedBy = (
  rules: string[],
  refundable: number,
  ...[refundId, minor, parts]: Parameters<typeof refundRequested>
): PaymentEvent => {
  const inputs = { charged: 5_000, refundable, asked: minor, currency: 'USD' }
  const decision = { policy: 'refundPolicy', rules, inputs, outcome: 'allowed' }
  return {
    type: 'PaymentRefundRequested',
    data: { ...of, refundId, amount: usd(minor), reason: 'broken', ...parts, decisions: [decision] },
  }
}
export const refunded = (
  refundId: string,
  minor: number,
  total: number,
  more: { source: 'gateway' | 'dispute' } | { gatewayRefundId: string } = { gatewayRefundId: 're_1' },
): PaymentEvent => ({
  type: 'PaymentRefunded',
  data: {
    ...of,
    refundId,
    amount: usd(minor),
    refundedTotal: usd(total),
    full: total === amount.amount,
    ...more,
  },
})
export const refundFailed = (refundId: string, minor: number, code = 'charge_exceeded'): PaymentEvent => ({
  type: 'RefundFailed',
  data: { ...of, refundId, amount: usd(minor), code, detail: 'No.' },
})

/** A long-standing customer without suspicious facts. */
export const trusted: ScreeningFacts = {
  cardCountry: 'US',
  customer: {
    accountCreatedAt: '2025-03-01T12:00:00.000Z',
    paymentsInWindow: 1,
    averageOrder: usd(4_000),
    disposableEmail: false,
  },
}

const refusal = { code: 'card_declined', detail: 'No.' }
/** The port's answer to a charge, as the payment receives it. */
export const chargeOutcomes = {
  charged: {
    ok: true,
    value: { status: 'succeeded', chargeId: 'ch_1', gateway: 'sandbox', cardCountry: 'US' },
  },
  declined: { ok: true, value: { status: 'failed', code: 'card_declined', detail: 'No.' } },
  refused: { ok: false, refusal },
} as const
/** The port's answer to a refund. */
export const refundOutcomes = {
  given: { ok: true, value: { status: 'succeeded', gatewayRefundId: 're_1' } },
  declined: { ok: true, value: { status: 'failed', code: 'charge_exceeded', detail: 'No.' } },
  refused: { ok: false, refusal: { code: 'charge_exceeded', detail: 'No.' } },
} as const

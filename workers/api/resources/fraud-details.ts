import { z } from 'zod'
import type { OrderDecisions } from './order-decisions.ts'

// Score and rules of fraudDetectionPolicy are for operators: a buyer who sees what counts can stay below it.

const decisionsSchema = z.array(z.looseObject({ policy: z.string() }))
const eventSchema = z.looseObject({ type: z.string(), data: z.looseObject({}) })

/** Types of events that tell of a screening beside their decisions. */
const screened: ReadonlySet<string> = new Set([
  'payment.PaymentScreened',
  'payment.PaymentHeldForReview',
  'payment.PaymentFailed',
  'order.OrderPaymentHeld',
  'order.OrderPaymentFailed',
])

/** An event of an order or a payment (a CloudEvent in JSON text) as its buyer may read it. */
export function eventForBuyer(text: string): string {
  const event = eventSchema.parse(JSON.parse(text))
  const { decisions, score, rules, screening, ...rest } = event.data
  const others = decisionsSchema
    .safeParse(decisions)
    .data?.filter(({ policy }) => policy !== 'fraudDetectionPolicy')
  const data = {
    ...(screened.has(event.type) ? rest : event.data),
    ...(decisions !== undefined && { decisions: others ?? decisions }),
  }
  return JSON.stringify({ ...event, data })
}

/** What an order tells its buyer of why a payment was held or refused. */
export function paymentForBuyer(
  payment: OrderDecisions['payments'][number],
): OrderDecisions['payments'][number] {
  const { score: _, rules, ...rest } = payment
  if (rules.length === 0) return { ...rest, rules }
  const { outcome, code, detail } = rest
  const told = {
    review: 'It is looked at before anything is charged.',
    failed: `Nothing was taken: ${code}.`,
  }
  return { ...rest, rules: [], detail: outcome === 'review' || outcome === 'failed' ? told[outcome] : detail }
}

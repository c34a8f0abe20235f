import type { OrderDecisions } from './decisions.ts'

// Score and rules of fraudDetectionPolicy are for operators: a buyer who sees what counts can stay below it.

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

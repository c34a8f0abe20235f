import type { OrderDecisions } from './decisions.ts'

// Score and rules of fraudDetectionPolicy are for operators: they would help to evade it.

/** The explanation of a payment without fraud score and rules. */
export function paymentForBuyer(
  payment: OrderDecisions['payments'][number],
): OrderDecisions['payments'][number] {
  const { score: _, rules, ...rest } = payment
  if (rules.length === 0) return { ...rest, rules }
  const { outcome, code, detail } = rest
  const details = {
    review: 'It is looked at before anything is charged.',
    failed: `Nothing was taken: ${code}.`,
  }
  return {
    ...rest,
    rules: [],
    detail: outcome === 'review' || outcome === 'failed' ? details[outcome] : detail,
  }
}

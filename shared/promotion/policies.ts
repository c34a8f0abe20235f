import { sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import type { Instant } from '../core/time.ts'
import { usesBy } from './customer-uses.ts'
import { appliesTo, freeUnits, reachedTier, worthAlone } from './discount.ts'
import { promotionRules } from './rules.ts'
import type { Promotion } from './state.ts'
import { type EligibilityFacts, type EligibilityReason, eligibilityReasons } from './terms.ts'

/**
 * Decides whether a basket and its buyer may use a promotion now (UTC), and returns all reasons against it.
 * A condition on the customer does not hold for an unknown buyer. A tiered promotion below its
 * first tier fails with `minimum_spend`, too few units for a free one with `no_matching_product`.
 */
export function promotionEligibilityPolicy(promotion: Promotion, facts: EligibilityFacts, now: Instant) {
  const against = eligibilityReasons.filter((reason) => checks[reason].fails(promotion, facts, now))
  const reasons = disclosedReasons(against)
  const eligible = reasons.length === 0
  const made = eligibilityReasons.filter((reason) => checks[reason].isMade(promotion))
  return {
    eligible,
    reasons,
    decision: {
      policy: 'promotionEligibilityPolicy',
      rules: eligible ? made : reasons,
      inputs: inputsOf(promotion, facts),
      outcome: eligible ? 'eligible' : 'not_eligible',
    },
  }
}

/** A personal code is not disclosed to other customers, not even its existence; a failed check has no value anyway. */
function disclosedReasons(against: EligibilityReason[]): EligibilityReason[] {
  if (against.includes('unknown_code')) return ['unknown_code']
  return against.length > 1 ? against.filter((reason) => reason !== 'worth_nothing') : against
}

interface Check {
  /** Whether the check applies to the promotion. */
  isMade(promotion: Promotion): boolean
  fails(promotion: Promotion, facts: EligibilityFacts, now: Instant): boolean
}

const checks: Readonly<Record<EligibilityReason, Check>> = {
  unknown_code: {
    isMade: ({ customerId }) => customerId !== undefined,
    fails: ({ customerId }, facts) => customerId !== undefined && customerId !== facts.customerId,
  },
  not_started: {
    isMade: ({ startsAt }) => startsAt !== undefined,
    fails: ({ draft, startsAt }, _facts, now) => draft || (startsAt !== undefined && startsAt > now),
  },
  expired: {
    isMade: ({ endsAt }) => endsAt !== undefined,
    fails: ({ expiredBy, endsAt }, _facts, now) =>
      expiredBy !== undefined || (endsAt !== undefined && endsAt <= now),
  },
  exhausted: {
    isMade: ({ usageLimit }) => usageLimit !== undefined,
    fails: (promotion, facts) => {
      const { uses, usageLimit, perCustomerLimit, customerUses } = promotion
      if (usageLimit !== undefined && uses >= usageLimit) return true
      return (
        perCustomerLimit !== undefined &&
        customerUses.customers >= promotionRules.maxCustomersCounted &&
        usesBy(customerUses, facts.customerId) === 0
      )
    },
  },
  per_customer_limit: {
    isMade: ({ perCustomerLimit }) => perCustomerLimit !== undefined,
    fails: ({ perCustomerLimit, customerUses }, facts) =>
      perCustomerLimit !== undefined && usesBy(customerUses, facts.customerId) >= perCustomerLimit,
  },
  minimum_spend: {
    isMade: ({ conditions, terms }) => conditions.minimumSpend !== undefined || terms.gift.kind === 'tiered',
    // Amounts of two currencies cannot be compared; that case is `wrong_currency`.
    fails: ({ conditions: { minimumSpend }, terms }, { currency, lines }) => {
      if (minimumSpend?.currency === currency && spendOn(lines) < minimumSpend.amount) return true
      if (terms.gift.kind !== 'tiered') return false
      const tiers = terms.gift.value.tiers.filter(({ from }) => from.currency === currency)
      const applicable = lines.filter(({ sku }) => appliesTo(terms, sku))
      return tiers.length > 0 && !reachedTier(tiers, spendOn(applicable), currency)
    },
  },
  first_order_only: {
    isMade: ({ conditions }) => conditions.firstOrderOnly === true,
    fails: ({ conditions }, { customer }) =>
      conditions.firstOrderOnly === true && customer?.firstOrder !== true,
  },
  wrong_segment: {
    isMade: ({ conditions }) => conditions.segments !== undefined,
    fails: ({ conditions: { segments } }, { customer }) =>
      segments !== undefined && !(customer && segments.includes(customer.segment)),
  },
  wrong_tier: {
    isMade: ({ conditions }) => conditions.tiers !== undefined,
    fails: ({ conditions: { tiers } }, { customer }) =>
      tiers !== undefined && !(customer && tiers.includes(customer.tier)),
  },
  no_matching_product: {
    isMade: ({ conditions, terms }) => conditions.skus !== undefined || terms.gift.kind === 'buy_x_get_y',
    fails: ({ conditions: { skus }, terms }, { lines }) => {
      if (!lines.some((line) => skus?.includes(line.sku) ?? true)) return true
      if (terms.gift.kind !== 'buy_x_get_y') return false
      const applicable = lines.filter(({ sku }) => appliesTo(terms, sku))
      return freeUnits(terms.gift.value, sum(applicable.map(({ quantity }) => quantity))) === 0
    },
  },
  wrong_currency: {
    isMade: ({ currency }) => currency !== undefined,
    fails: ({ currency }, facts) => currency !== undefined && currency !== facts.currency,
  },
  worth_nothing: {
    isMade: () => false,
    fails: ({ terms }, facts) => worthAlone(terms, facts) === 0,
  },
  // Decided for all codes of an order together, by `promotionStackingPolicy`.
  not_combinable: { isMade: () => false, fails: () => false },
}

function spendOn(lines: EligibilityFacts['lines']): number {
  return sum(lines.map((line) => line.quantity * line.unitPrice))
}

function inputsOf(promotion: Promotion, facts: EligibilityFacts): PolicyDecision['inputs'] {
  const { uses, usageLimit, perCustomerLimit, customerUses } = promotion
  const { currency, lines, shippingPrice, customer } = facts
  return {
    currency,
    spend: spendOn(lines),
    ...(shippingPrice !== undefined && { shippingPrice }),
    ...(customer && { ...customer }),
    uses,
    ...(usageLimit !== undefined && { usageLimit }),
    ...(perCustomerLimit !== undefined && {
      perCustomerLimit,
      usesOfCustomer: usesBy(customerUses, facts.customerId),
    }),
  }
}

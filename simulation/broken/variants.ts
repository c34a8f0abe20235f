import type { Variant } from './variant.ts'
import { aggregateVariants } from './variants-aggregate.ts'
import { clientVariants } from './variants-clients.ts'
import { customerVariants } from './variants-customer.ts'
import { forwardingVariants } from './variants-forwarding.ts'
import { orderVariants } from './variants-order.ts'

/**
 * Variants of the product, each with one promise removed. The simulator has to notice every one of them: a variant that
 * passes shows what no run does, or no invariant looks at.
 */
export const variants: readonly Variant[] = [
  ...aggregateVariants,
  ...forwardingVariants,
  ...orderVariants,
  ...customerVariants,
  ...clientVariants,
]

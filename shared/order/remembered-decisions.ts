import { z } from 'zod'
import type { PolicyDecision } from '../core/policy-decision.ts'

const rejectionSchema = z.object({ code: z.string(), rule: z.string(), beatenBy: z.array(z.string()) })

/** What an order remembers of a decision so that it can be explained; the whole of it stands on the event. */
export const rememberedDecisionSchema = z.object({
  policy: z.string(),
  rules: z.array(z.string()),
  outcome: z.string(),
  /** The promotion code or SKU that it is about; missing: the whole order. */
  about: z.string().optional(),
  /** Of `promotionStackingPolicy`: the codes that lost, and against which. */
  rejected: z.array(rejectionSchema).optional(),
})
export type RememberedDecision = z.infer<typeof rememberedDecisionSchema>

const subjectSchema = z.object({ code: z.string() }).or(z.object({ sku: z.string() }))
const rejectionsSchema = z.object({ rejected: z.array(rejectionSchema) })

/** The decisions with new ones, each of which takes the place of what was decided before on the same matter. */
export function remember(
  known: readonly RememberedDecision[],
  made: readonly PolicyDecision[],
): RememberedDecision[] {
  const added = made.map(remembered)
  const isReplaced = (old: RememberedDecision) =>
    added.some(({ policy, about }) => policy === old.policy && about === old.about)
  return [...known.filter((old) => !isReplaced(old)), ...added]
}

function remembered({ policy, rules, inputs, outcome }: PolicyDecision): RememberedDecision {
  const subject = subjectSchema.safeParse(inputs).data
  const rejected = rejectionsSchema.safeParse(inputs).data?.rejected
  return {
    policy,
    rules,
    outcome,
    ...(subject && { about: 'code' in subject ? subject.code : subject.sku }),
    ...(rejected && { rejected }),
  }
}

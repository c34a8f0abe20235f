import { z } from 'zod'
import type { Upcaster } from './aggregate.ts'

/**
 * What a policy decided and why, stored under `decisions` in the resulting event: analysts, operators and the API
 * read the reasons there and never derive them again.
 */
export const policyDecisionSchema = z.object({
  /** The policy's name in the code (`fraudDetectionPolicy`). */
  policy: z.string(),
  /** Ids of the deciding rules, the weightiest first. */
  rules: z.array(z.string()),
  /** The facts of the decision, without personal data; amounts in minor units, times in UTC. */
  inputs: z.record(z.string(), z.unknown()),
  /** The result, in one or two words (`allowed`, `held_for_review`, `single_location`). */
  outcome: z.string(),
})
export type PolicyDecision = z.infer<typeof policyDecisionSchema>

/** The field of an event with the decisions that led to it; empty if no policy decided. */
export const decisionsField = { decisions: z.array(policyDecisionSchema) }

const anyData = z.looseObject({})

/** From an event stored before decisions were recorded to one with none: nothing is invented. */
export const withoutDecisions: Upcaster = (data) => ({ ...anyData.parse(data), decisions: [] })

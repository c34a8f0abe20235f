import { z } from 'zod'
import type { Upcaster } from './aggregate.ts'

/**
 * What a policy decided and why, as it stands under `decisions` in the event that it led to: analysts,
 * operators and the API read the reasons from there and never work them out again.
 */
export const policyDecisionSchema = z.object({
  /** The policy's name in the code (`fraudDetectionPolicy`). */
  policy: z.string(),
  /** Ids of the rules that decided, most weighty first. */
  rules: z.array(z.string()),
  /** What it was decided on, without personal data; amounts in minor units, times in UTC. */
  inputs: z.record(z.string(), z.unknown()),
  /** What came of it, in one or two words (`allowed`, `held_for_review`, `single_location`). */
  outcome: z.string(),
})
export type PolicyDecision = z.infer<typeof policyDecisionSchema>

/** Under which an event carries the decisions that led to it; empty where no policy was asked. */
export const decisionsField = { decisions: z.array(policyDecisionSchema) }

const anyData = z.looseObject({})

/** From an event that was stored without the decisions that led to it to one with none: nothing is made up. */
export const withoutDecisions: Upcaster = (data) => ({ ...anyData.parse(data), decisions: [] })

import { z } from 'zod'
import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import type { PaymentEvent } from './events.ts'

const firstRequest = z.looseObject({ attempt: z.int().min(1) })

/** Version 2 adds the number of failed attempts: in version 1 every further attempt followed a failed one. */
function requestWithFailedTries(data: unknown): unknown {
  const request = firstRequest.parse(data)
  return { ...request, failedTries: request.attempt - 1, decisions: [] }
}

/** From each older schema version of an event to the next. */
export const upcasters: Partial<Record<PaymentEvent['type'], readonly Upcaster[]>> = {
  PaymentRequested: [requestWithFailedTries],
  PaymentFailed: [withoutDecisions],
  PaymentRefundRequested: [withoutDecisions],
}

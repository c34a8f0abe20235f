import { z } from 'zod'
import type { Upcaster } from '../core/aggregate.ts'
import type { EmailAddressEvent } from './events.ts'

const confirmedV1 = z.looseObject({ customerId: z.string() })

/** Version 1 was written when a registration began: only its customer records whether it was verified. */
const unverified: Upcaster = (data) => ({ ...confirmedV1.parse(data), verified: false })

/** There is one more reason. */
const anyReason: Upcaster = (data) => data

/** The steps from each older schema version of a stored event to the next. */
export const upcasters = {
  EmailAddressConfirmed: [unverified],
  EmailAddressReleased: [anyReason],
} as const satisfies Partial<Record<EmailAddressEvent['type'], readonly Upcaster[]>>

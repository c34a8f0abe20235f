import { z } from 'zod'
import { idSchema } from '../core/ids.ts'
import { type Instant, outsideTimeSchema } from '../core/time.ts'
import { type DeliveryCommand, noteSchema, placeSchema, reasonSchema, reportIdSchema } from './commands.ts'
import type { Delivery } from './state.ts'

/** A carrier's report on a parcel. It may arrive any number of times, late, and in any order. */
export const carrierReportSchema = z
  .strictObject({
    /** Which parcel: our id, or its tracking number. */
    deliveryId: idSchema('dlv').optional(),
    trackingNumber: z.string().trim().min(1).max(100).optional(),
    /** The carrier's own id of this report. */
    eventId: reportIdSchema,
    status: z.enum(['in_transit', 'delayed', 'attempt_failed', 'delivered', 'returning']),
    place: placeSchema.optional(),
    note: noteSchema.optional(),
    reason: reasonSchema.optional(),
    /** For a delay: the new arrival time. */
    newDate: outsideTimeSchema.optional(),
    receivedBy: z.string().trim().min(1).max(200).optional(),
  })
  .refine(({ deliveryId, trackingNumber }) => deliveryId !== undefined || trackingNumber !== undefined, {
    path: ['deliveryId'],
    message: 'either deliveryId or trackingNumber has to identify the parcel',
  })
  .refine(({ status, newDate }) => status !== 'delayed' || newDate !== undefined, {
    path: ['newDate'],
    message: 'a delay needs the new date',
  })
export type CarrierReport = z.infer<typeof carrierReportSchema>

/**
 * The commands of a carrier's report, given the state of the delivery at a time (UTC).
 * None for a late report: of a parcel that has arrived, or of a delay that a newer one has replaced.
 * A parcel that the carrier has is in transit, whether its start was reported or not.
 */
export function reportCommands(
  report: CarrierReport,
  state: Pick<Delivery, 'status' | 'expectedBy'>,
  now: Instant,
): readonly DeliveryCommand[] {
  const { trackingNumber } = report
  switch (state.status) {
    case 'scheduled':
      return report.status === 'returning'
        ? commandsUnderWay(report, state, now)
        : [
            { type: 'StartDelivery', ...(trackingNumber !== undefined && { trackingNumber }) },
            ...commandsUnderWay(report, state, now),
          ]
    case 'started':
      return commandsUnderWay(report, state, now)
    case 'failed':
      // A scan from before the failure may arrive late: only an explicit report starts the return.
      return report.status === 'returning' ? commandsUnderWay(report, state, now) : []
    case 'returning':
      return report.status === 'returning' || report.status === 'in_transit' ? tracking(report) : []
    case 'completed':
    case 'confirmed':
    case 'cancelled':
      return []
  }
}

function commandsUnderWay(
  report: CarrierReport,
  { expectedBy }: Pick<Delivery, 'expectedBy'>,
  now: Instant,
): readonly DeliveryCommand[] {
  const { place, note, eventId: newsId, newDate, receivedBy } = report
  switch (report.status) {
    case 'in_transit':
      return tracking(report)
    case 'delayed': {
      const isNewDelay = newDate !== undefined && newDate > now && newDate > expectedBy
      return isNewDelay
        ? [{ type: 'DelayDelivery', reason: report.reason ?? 'delayed by the carrier', newDate }]
        : []
    }
    case 'attempt_failed':
      return [{ type: 'FailAttempt', reason: report.reason ?? 'nobody took the parcel', newsId }]
    case 'delivered':
      return [{ type: 'CompleteDelivery', ...(receivedBy !== undefined && { receivedBy }) }]
    case 'returning':
      return [
        {
          type: 'StartReturn',
          ...(place !== undefined && { place }),
          ...(note !== undefined && { note }),
          newsId,
        },
      ]
  }
}

function tracking({ place, note, eventId }: CarrierReport): readonly DeliveryCommand[] {
  return place === undefined
    ? []
    : [{ type: 'TrackDelivery', place, ...(note !== undefined && { note }), newsId: eventId }]
}

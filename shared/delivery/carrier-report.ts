import { z } from 'zod'
import { idSchema } from '../core/ids.ts'
import { type Instant, outsideTimeSchema } from '../core/time.ts'
import { type DeliveryCommand, newsIdSchema, noteSchema, placeSchema, reasonSchema } from './commands.ts'
import type { Delivery } from './state.ts'

/** A carrier's report on a parcel. It may arrive any number of times, late, and in any order. */
export const carrierNewsSchema = z
  .strictObject({
    /** Which parcel: our id, or its tracking number. */
    deliveryId: idSchema('dlv').optional(),
    trackingNumber: z.string().trim().min(1).max(100).optional(),
    /** The carrier's own id of this report. */
    eventId: newsIdSchema,
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
    message: 'either deliveryId or trackingNumber has to say which parcel it is',
  })
  .refine(({ status, newDate }) => status !== 'delayed' || newDate !== undefined, {
    path: ['newDate'],
    message: 'a delay says when the parcel comes now',
  })
export type CarrierNews = z.infer<typeof carrierNewsSchema>

/**
 * The commands of a carrier's report, given the state of the delivery at a time (UTC).
 * None for a late report: of a parcel that has arrived, or of a delay that a newer one has replaced.
 * A parcel that the carrier has is in transit, whether its start was reported or not.
 */
export function commandsOfNews(
  news: CarrierNews,
  state: Pick<Delivery, 'status' | 'expectedBy'>,
  now: Instant,
): readonly DeliveryCommand[] {
  const { trackingNumber } = news
  switch (state.status) {
    case 'scheduled':
      return news.status === 'returning'
        ? commandsUnderWay(news, state, now)
        : [
            { type: 'StartDelivery', ...(trackingNumber !== undefined && { trackingNumber }) },
            ...commandsUnderWay(news, state, now),
          ]
    case 'started':
      return commandsUnderWay(news, state, now)
    case 'failed':
      // A scan from before the failure may arrive late: only an explicit report starts the return.
      return news.status === 'returning' ? commandsUnderWay(news, state, now) : []
    case 'returning':
      return news.status === 'returning' || news.status === 'in_transit' ? tracking(news) : []
    case 'completed':
    case 'confirmed':
    case 'cancelled':
      return []
  }
}

function commandsUnderWay(
  news: CarrierNews,
  { expectedBy }: Pick<Delivery, 'expectedBy'>,
  now: Instant,
): readonly DeliveryCommand[] {
  const { place, note, eventId: newsId, newDate, receivedBy } = news
  switch (news.status) {
    case 'in_transit':
      return tracking(news)
    case 'delayed': {
      const isNews = newDate !== undefined && newDate > now && newDate > expectedBy
      return isNews
        ? [{ type: 'DelayDelivery', reason: news.reason ?? 'delayed by the carrier', newDate }]
        : []
    }
    case 'attempt_failed':
      return [{ type: 'FailAttempt', reason: news.reason ?? 'nobody took the parcel', newsId }]
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

function tracking({ place, note, eventId }: CarrierNews): readonly DeliveryCommand[] {
  return place === undefined
    ? []
    : [{ type: 'TrackDelivery', place, ...(note !== undefined && { note }), newsId: eventId }]
}

import type { CarrierReport } from '../../shared/delivery/carrier-report.ts'
import { signedWebhook, type WebhookRequest } from './webhook.ts'

/** Which parcel a report is about. */
export type Parcel = { readonly deliveryId: string } | { readonly trackingNumber: string }

/** A report with the carrier's own id of it, under which Petrel deduplicates. */
type Report<Status extends CarrierReport['status']> = CarrierReport & { readonly status: Status }

/** The first report that the carrier has the parcel starts its delivery. */
export function inTransit(parcel: Parcel, eventId: string, place?: string): Report<'in_transit'> {
  return { ...parcel, eventId, status: 'in_transit', ...(place !== undefined && { place }) }
}

/** @param arrivesAt Unix ms */
export function delayed(parcel: Parcel, eventId: string, arrivesAt: number): Report<'delayed'> {
  const newDate = new Date(arrivesAt).toISOString()
  return { ...parcel, eventId, status: 'delayed', reason: 'bad weather', newDate }
}

export function attemptFailed(parcel: Parcel, eventId: string): Report<'attempt_failed'> {
  return { ...parcel, eventId, status: 'attempt_failed', reason: 'nobody home' }
}

export function delivered(parcel: Parcel, eventId: string, receivedBy?: string): Report<'delivered'> {
  return { ...parcel, eventId, status: 'delivered', ...(receivedBy !== undefined && { receivedBy }) }
}

/** Petrel takes it only after the delivery has failed. */
export function returning(parcel: Parcel, eventId: string): Report<'returning'> {
  return { ...parcel, eventId, status: 'returning' }
}

/**
 * A report as the carrier sends it, signed at a time (Unix ms). To send it again later, sign it again: a signature is
 * valid for five minutes.
 *
 * @param secret CARRIER_WEBHOOK_SECRET
 */
export function carrierWebhook(report: CarrierReport, secret: string, now: number): WebhookRequest {
  const signer = { path: '/v1/webhooks/carrier', header: 'petrel-signature', secret }
  return signedWebhook(signer, JSON.stringify(report), now)
}

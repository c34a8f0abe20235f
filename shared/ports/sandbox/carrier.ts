import type { Carrier } from '../carrier/carrier.ts'

/**
 * The tracking number that the sandbox carriers give a delivery: its id's letters and digits in capitals,
 * so that no two deliveries share one and nothing has to be remembered to give it again.
 */
export function sandboxTrackingNumber(deliveryId: string): string {
  return `SBX${deliveryId
    .replace(/^[a-z]+_/, '')
    .replaceAll('-', '')
    .toUpperCase()}`
}

/** The delivery that a sandbox carrier's tracking number belongs to; `null` for a number of another carrier. */
export function deliveryOfSandboxNumber(trackingNumber: string): string | null {
  const groups = /^SBX([0-9A-F]{8})([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{12})$/.exec(
    trackingNumber,
  )
  return groups && `dlv_${groups.slice(1).join('-').toLowerCase()}`
}

/** A carrier that takes every parcel at once and needs no network. */
export const sandboxCarrier: Carrier = {
  book: async ({ deliveryId }) => ({ trackingNumber: sandboxTrackingNumber(deliveryId) }),
}

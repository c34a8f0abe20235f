import type { Carrier } from './carrier.ts'

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

/** A carrier that takes every parcel at once and needs no network. */
export const sandboxCarrier: Carrier = {
  book: async ({ deliveryId }) => ({ trackingNumber: sandboxTrackingNumber(deliveryId) }),
}

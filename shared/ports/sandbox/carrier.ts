import type { Carrier } from '../carrier/carrier.ts'

/**
 * The sandbox carriers' tracking number of a delivery: the letters and digits of its id in capitals, so it is
 * unique and needs no storage.
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

/** A carrier that accepts every parcel at once, without a network. */
export const sandboxCarrier: Carrier = {
  book: async ({ deliveryId }) => ({ trackingNumber: sandboxTrackingNumber(deliveryId) }),
}

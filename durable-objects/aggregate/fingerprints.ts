/**
 * Whether a request may be the one that a fingerprint was stored of. The text before `:` names the way in which a
 * fingerprint is made; those of different ways cannot be compared, and a key that was first used before a deployment
 * changed the way still leads to its answer.
 */
export function isSameRequest(stored: string, given: string): boolean {
  return stored === given || wayOf(stored) !== wayOf(given)
}

function wayOf(fingerprint: string): string {
  return fingerprint.slice(0, Math.max(0, fingerprint.indexOf(':')))
}

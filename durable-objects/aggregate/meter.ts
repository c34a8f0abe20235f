/**
 * What an object has cost since it was built, in the units that are billed: a test holds each command
 * of the checkout to its numbers.
 */
export interface Meter {
  rowsWritten: number
  alarmsSet: number
  /** RPCs to other objects. */
  rpcs: number
  queueSends: number
}

/** A meter at zero. */
export function newMeter(): Meter {
  return { rowsWritten: 0, alarmsSet: 0, rpcs: 0, queueSends: 0 }
}

import type { Trace } from '../../shared/core/cloud-event.ts'

/** Who calls through a port, and for which time. */
export interface PortCall {
  /** The effect's id: the idempotency key of the call. */
  readonly id: string
  /** Failed tries so far. */
  readonly attempts: number
  readonly origin: { readonly kind: string; readonly id: string }
  readonly trace: Trace
}

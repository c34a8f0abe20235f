import type { Trace } from '../../shared/core/cloud-event.ts'

/** The effect that calls through a port. */
export interface PortCall {
  /** The effect's id: the idempotency key of the call. */
  readonly id: string
  /** Failed tries so far. */
  readonly attempts: number
  readonly origin: { readonly kind: string; readonly id: string }
  readonly trace: Trace
}

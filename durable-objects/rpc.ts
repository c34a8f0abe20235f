import type { Instant } from '../shared/core/time.ts'
import type { ChargeRequest, RefundRequest } from '../shared/ports/payment-gateway.ts'
import type {
  ChargeAnswer,
  RefundAnswer,
  SandboxCharge,
  SandboxRefund,
} from '../shared/ports/sandbox/gateway.ts'

// What objects offer to others over RPC. `Env` names these interfaces and not the classes behind them, which read
// `Env` themselves.

/** What may be done how often within an hour. */
export interface Allowance {
  readonly purpose: string
  readonly max: number
}

/** The result of a look; `limited`: nothing was looked up. */
export type Look = 'limited' | 'revealed' | 'nothing'

export interface AllowanceRpc extends Rpc.DurableObjectBranded {
  take(allowances: Allowance[]): Promise<boolean>
  look(allowance: Allowance, reveal: () => Promise<boolean>): Promise<Look>
}

/** Whether a request is the first under its key, or a repetition. */
export type KeyUse = 'first' | 'repeated'

export interface IdempotencyKeysRpc extends Rpc.DurableObjectBranded {
  claim(key: string, fingerprint: string): KeyUse | null
  claimId(key: string, fingerprint: string, id: string): string | null
}

/** A timer that fell due and whose aggregate could not be woken. */
export interface FailedTimer {
  readonly kind: string
  readonly id: string
  /** UTC. */
  readonly dueAt: Instant
  readonly error: string
}

/** The result of an advance of the clock. */
export interface Advanced {
  readonly now: Instant
  readonly failed: FailedTimer[]
}

export interface ClockRpc extends Rpc.DurableObjectBranded {
  offset(): number
  register(kind: string, id: string, at: Instant): void
  advance(milliseconds: number): Promise<Advanced>
}

export interface SandboxGatewayRpc extends Rpc.DurableObjectBranded {
  charge(input: ChargeRequest): ChargeAnswer
  refund(input: RefundRequest): RefundAnswer
  find(input: string): ChargeAnswer | null
  alarm(): Promise<void>
  records(key: string): { charges: SandboxCharge[]; refunds: SandboxRefund[] }
}

import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import {
  type ChargeRequest,
  type ChargeResult,
  chargeRequestSchema,
  type PaymentGateway,
  type RefundRequest,
  type RefundResult,
  refundRequestSchema,
} from '../shared/ports/payment-gateway.ts'
import { PortError } from '../shared/ports/port-error.ts'
import {
  type ChargeAnswer,
  type NoResult,
  type RefundAnswer,
  rejected,
  type SandboxCharge,
  type SandboxRefund,
  sandboxChargeSchema,
  sandboxRefundSchema,
  takeCharge,
  takeRefund,
  tellCharge,
} from '../shared/ports/sandbox-gateway.ts'

const entryRow = z.object({ entry: z.string() })

/**
 * The sandbox gateway's own ledger of one payment, named by the charge's key. It stands for a gateway
 * that is somewhere else: it has its own storage and knows nothing of Petrel's aggregates. The rules are
 * in `shared/ports/sandbox-gateway.ts`.
 */
export class SandboxGatewayObject extends DurableObject {
  /** Charges, once per key. */
  charge(input: ChargeRequest): ChargeAnswer {
    const request = chargeRequestSchema.safeParse(input)
    if (!request.success) return invalidRequest
    const { entry, answer } = takeCharge(this.#charge(request.data.key), request.data)
    this.#keep('charges', entry)
    return answer
  }

  /** Refunds, once per key. */
  refund(input: RefundRequest): RefundAnswer {
    const request = refundRequestSchema.safeParse(input)
    if (!request.success) return invalidRequest
    const charge = this.#charge(request.data.chargeKey)
    const { entry, answer } = takeRefund(charge, this.#refunds(), request.data)
    if (entry) this.#keep('refunds', entry)
    return answer
  }

  /** What became of the charge under this key; `null` when it was never asked for. */
  find(input: string): ChargeAnswer | null {
    const key = z.string().safeParse(input)
    if (!key.success) return invalidRequest
    const charge = this.#charge(key.data)
    if (!charge) return null
    const { entry, answer } = tellCharge(charge)
    this.#keep('charges', entry)
    return answer
  }

  /** Everything that was charged and refunded, for tests that compare it with Petrel's books. */
  ledger(): { charges: SandboxCharge[]; refunds: SandboxRefund[] } {
    return { charges: this.#charges(), refunds: this.#refunds() }
  }

  #charge(key: string): SandboxCharge | null {
    return this.#charges().find(({ request }) => request.key === key) ?? null
  }

  #charges(): SandboxCharge[] {
    return this.#entries('charges').map((entry) => sandboxChargeSchema.parse(entry))
  }

  #refunds(): SandboxRefund[] {
    return this.#entries('refunds').map((entry) => sandboxRefundSchema.parse(entry))
  }

  #entries(table: 'charges' | 'refunds'): unknown[] {
    const { sql } = this.ctx.storage
    // Tables appear with their first row, so that asking for an unknown key stores nothing.
    const there = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table).toArray()
    if (there.length === 0) return []
    const rows = sql.exec(`SELECT entry FROM ${table} ORDER BY rowid`).toArray()
    return rows.map((row) => JSON.parse(entryRow.parse(row).entry))
  }

  #keep(table: 'charges' | 'refunds', entry: SandboxCharge | SandboxRefund): void {
    const { sql } = this.ctx.storage
    sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)`)
    sql.exec(
      `INSERT INTO ${table} (key, entry) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET entry = excluded.entry WHERE entry <> excluded.entry`,
      entry.request.key,
      JSON.stringify(entry),
    )
  }
}

const invalidRequest = rejected('invalid_request', 'The sandbox cannot read the request.')

/** The sandbox as a payment gateway: deterministic, and it moves no money. */
export class SandboxGateway implements PaymentGateway {
  readonly #ledgers: DurableObjectNamespace<SandboxGatewayObject>

  constructor(ledgers: DurableObjectNamespace<SandboxGatewayObject>) {
    this.#ledgers = ledgers
  }

  async charge(request: ChargeRequest): Promise<ChargeResult> {
    const answer = await this.#ledgers.getByName(request.key).charge(request)
    assertResult(answer)
    return answer
  }

  async refund(request: RefundRequest): Promise<RefundResult> {
    const answer = await this.#ledgers.getByName(request.chargeKey).refund(request)
    assertResult(answer)
    return answer
  }

  async find(key: string): Promise<ChargeResult | null> {
    const answer = await this.#ledgers.getByName(key).find(key)
    if (answer) assertResult(answer)
    return answer
  }
}

/** @throws PortError in place of an answer that is no result */
function assertResult<Answer extends ChargeAnswer | RefundAnswer>(
  answer: Answer,
): asserts answer is Exclude<Answer, NoResult> {
  if (answer.status === 'timed_out')
    throw new PortError('unknown_outcome', 'gateway_timeout', 'the gateway did not answer in time')
  if (answer.status === 'rejected') throw new PortError('rejected', answer.code, answer.detail)
}

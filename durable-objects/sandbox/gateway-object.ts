import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type PaymentCommand, toPayment } from '../../shared/payment/commands.ts'
import {
  type ChargeRequest,
  chargeRequestSchema,
  type RefundRequest,
  refundRequestSchema,
} from '../../shared/ports/payment-gateway.ts'
import {
  aftermathOf,
  answerCharge,
  type ChargeAnswer,
  type RefundAnswer,
  rejected,
  type SandboxCharge,
  type SandboxNotice,
  type SandboxRefund,
  sandboxChargeSchema,
  sandboxRefundSchema,
  takeCharge,
  takeRefund,
} from '../../shared/ports/sandbox/gateway.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import type { SandboxGatewayRpc } from '../rpc.ts'

/** How long after its answer the sandbox sends notices of disputes and failed refunds (ms). */
const AFTERMATH_DELAY_MS = 1_000

const entryRow = z.object({ entry: z.string() })

/**
 * The sandbox gateway's own records of one payment, named by the charge's key. It simulates an external
 * gateway: it has its own storage, and sends notices as a verified webhook does, at least once. The rules are in `shared/ports/sandbox/gateway.ts`.
 */
export class SandboxGatewayObject extends DurableObject<Env> implements SandboxGatewayRpc {
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

  /** The charge under this key; `null` where there is none. */
  find(input: string): ChargeAnswer | null {
    const key = z.string().safeParse(input)
    if (!key.success) return invalidRequest
    const charge = this.#charge(key.data)
    if (!charge) return null
    const { entry, answer } = answerCharge(charge)
    this.#keep('charges', entry)
    return answer
  }

  /** Sends notices of disputes and failed refunds. The platform retries a failed alarm. */
  override async alarm(): Promise<void> {
    const { charges, refunds, notices } = aftermathOf(this.#charges(), this.#refunds())
    for (const notice of notices) await this.#notify(notice)
    for (const charge of charges) this.#keep('charges', charge)
    for (const refund of refunds) this.#keep('refunds', refund)
  }

  /** A refusal is final, as it is for a webhook: the charge belongs to no payment. */
  async #notify(notice: SandboxNotice): Promise<void> {
    const { to, command } = toPayment(notice.chargeKey, commandOf(notice))
    const commandId = `sandbox/${notice.type === 'dispute' ? notice.disputeId : notice.refundKey}/failed`
    const trace = { correlationId: commandId }
    await anyAggregateStub(this.env, to.kind, to.id).dispatch({ id: to.id, command, commandId, trace })
  }

  /** All charges and refunds, for tests that compare them with Petrel's records. */
  records(): { charges: SandboxCharge[]; refunds: SandboxRefund[] } {
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
    // Tables appear with their first row, so that a read of an unknown key stores nothing.
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
    const more = 'failsLater' in entry ? entry.failsLater : entry.dispute === 'due'
    // In the tick of the entry, and so in its transaction.
    if (more) void this.ctx.storage.setAlarm(Date.now() + AFTERMATH_DELAY_MS)
  }
}

function commandOf(notice: SandboxNotice): PaymentCommand {
  if (notice.type === 'dispute') {
    const { disputeId, reason, amount, status } = notice
    return { type: 'RecordDispute', disputeId, reason, amount, status }
  }
  const { refundKey, chargeKey, result } = notice
  return { type: 'RecordGatewayRefund', refundId: refundKey.slice(`${chargeKey}/`.length), result }
}

const invalidRequest = rejected('invalid_request', 'The sandbox cannot read the request.')

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

/** What the next alarm reports, by table: few of many rows, so each table has an index of them. */
const IS_DUE = {
  charges: `json_extract(entry, '$.dispute') = 'due'`,
  refunds: `json_extract(entry, '$.failsLater') = 1`,
} as const
type Table = keyof typeof IS_DUE

/**
 * The sandbox gateway's own records of some payments (see `sandboxShard`). It simulates an external gateway: it has its
 * own storage, and sends notices as a verified webhook does, at least once. The rules are in
 * `shared/ports/sandbox/gateway.ts`.
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
    const { chargeKey } = request.data
    const { entry, answer } = takeRefund(this.#charge(chargeKey), this.#refunds(chargeKey), request.data)
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
    const due = {
      charges: this.#entries('charges', `WHERE ${IS_DUE.charges}`),
      refunds: this.#entries('refunds', `WHERE ${IS_DUE.refunds}`),
    }
    const { charges, refunds, notices } = aftermathOf(
      due.charges.map((entry) => sandboxChargeSchema.parse(entry)),
      due.refunds.map((entry) => sandboxRefundSchema.parse(entry)),
    )
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

  /** The charge under this key and its refunds, for tests that compare them with Petrel's records. */
  records(key: string): { charges: SandboxCharge[]; refunds: SandboxRefund[] } {
    const charge = this.#charge(key)
    return { charges: charge ? [charge] : [], refunds: this.#refunds(key) }
  }

  #charge(key: string): SandboxCharge | null {
    const [entry] = this.#entries('charges', 'WHERE key = ?', key)
    return entry === undefined ? null : sandboxChargeSchema.parse(entry)
  }

  /** The refunds of a charge: their keys begin with its key and a slash, after which `0` is the next character. */
  #refunds(chargeKey: string): SandboxRefund[] {
    const found = this.#entries('refunds', 'WHERE key > ? AND key < ?', `${chargeKey}/`, `${chargeKey}0`)
    return found.map((entry) => sandboxRefundSchema.parse(entry))
  }

  #entries(table: Table, condition: string, ...bindings: string[]): unknown[] {
    const { sql } = this.ctx.storage
    // Tables appear with their first row, so that a read of an unknown key stores nothing.
    const there = sql.exec(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table).toArray()
    if (there.length === 0) return []
    const rows = sql.exec(`SELECT entry FROM ${table} ${condition} ORDER BY rowid`, ...bindings).toArray()
    return rows.map((row) => JSON.parse(entryRow.parse(row).entry))
  }

  #keep(table: Table, entry: SandboxCharge | SandboxRefund): void {
    const { sql } = this.ctx.storage
    sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)`)
    sql.exec(`CREATE INDEX IF NOT EXISTS due_${table} ON ${table} (key) WHERE ${IS_DUE[table]}`)
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

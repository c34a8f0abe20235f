import { z } from 'zod'
import { sandboxChargeSchema, sandboxRefundSchema } from '../../shared/ports/sandbox/gateway.ts'
import type { GatewayBook, StoredObject } from '../world.ts'

/** A row of either table of `SandboxGatewayObject`. */
const rowSchema = z.object({ entry: z.string() })

/** The records of the sandbox gateway, out of the storage of its objects. Other objects are passed over. */
export function sandboxBook(objects: readonly StoredObject[]): GatewayBook {
  const gateways = objects.filter(({ className }) => className === 'SandboxGatewayObject')
  return {
    charges: gateways.flatMap((gateway) =>
      entries(gateway, 'charges').map((entry) => {
        const { request, result } = sandboxChargeSchema.parse(entry)
        const { key, paymentMethod, amount } = request
        return { key, paymentMethod, ...amount, succeeded: result.status === 'succeeded' }
      }),
    ),
    refunds: gateways.flatMap((gateway) =>
      entries(gateway, 'refunds').map((entry) => {
        const { request, result } = sandboxRefundSchema.parse(entry)
        const { chargeKey, key, amount } = request
        return { chargeKey, key, ...amount, succeeded: result.status === 'succeeded' }
      }),
    ),
  }
}

function entries(gateway: StoredObject, table: 'charges' | 'refunds'): unknown[] {
  const rows = gateway.rows(`SELECT entry FROM ${table} ORDER BY rowid`)
  return rows.map((row): unknown => JSON.parse(rowSchema.parse(row).entry))
}

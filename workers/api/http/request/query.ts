import { z } from '@hono/zod-openapi'

/** An integer in a query: decimal digits only, not everything that JavaScript parses (`0x10`, ` 5`, `1e2`). */
export function queryInteger(minimum: number, maximum: number, description: string) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'must be plain decimal digits')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum))
    .openapi({ type: 'integer', minimum, maximum, description })
}

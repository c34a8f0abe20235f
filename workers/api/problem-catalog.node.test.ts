import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { refusalKinds } from '../../shared/core/refusal.ts'
import { problemCatalog, problemEntry } from './problem-catalog.ts'
import { problemMembers } from './problems.ts'

const entrySchema = z.object({
  kind: z.enum(refusalKinds),
  title: z.string().min(10),
  remedy: z.string().min(10),
})
const catalogSchema = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), entrySchema)

/** Every catalog that some context exports, whoever knows of it. */
const catalogs = await Promise.all(
  globSync('shared/*/refusals.ts').map(async (file) => {
    const exported: Record<string, unknown> = await import(join(process.cwd(), file))
    const [name = ''] = Object.keys(exported).filter((key) => key.endsWith('Refusals'))
    return { file, catalog: catalogSchema.parse(exported[name]) }
  }),
)

describe('the catalog of problems', () => {
  it('has the refusals of every context', () => {
    expect(catalogs.length).toBeGreaterThanOrEqual(8)
    for (const { file, catalog } of catalogs)
      for (const code of Object.keys(catalog))
        expect(problemCatalog.has(code), `${code} of ${file}`).toBe(true)
  })

  it('means one thing by a code, in whatever context it is used', () => {
    const kinds = new Map<string, string>()
    for (const { file, catalog } of catalogs)
      for (const [code, { kind }] of Object.entries(catalog)) {
        expect(kinds.get(code) ?? kind, `${code} of ${file}`).toBe(kind)
        kinds.set(code, kind)
      }
  })

  it.each([
    ['order_invalid', 422],
    ['email_taken', 409],
    ['order_not_found', 404],
    ['customer_suspended', 403],
    ['token_invalid', 401],
    ['version_conflict', 412],
    ['idempotency_key_reused', 422],
    ['card_number_rejected', 422],
    ['malformed_json', 400],
    ['payload_too_large', 413],
    ['rate_limited', 429],
    ['not_configured', 503],
  ])('tells %s with %i', (code, status) => {
    expect(problemEntry(code).status).toBe(status)
  })
})

describe('the facts of a refusal', () => {
  it('stand beside the members of the problem', () => {
    expect(problemMembers({ code: 'out_of_stock', detail: 'None.', facts: { available: 0 } })).toEqual({
      title: problemEntry('out_of_stock').title,
      status: 409,
      detail: 'None.',
      code: 'out_of_stock',
      available: 0,
    })
  })
  it('never take the place of one', () => {
    const told = problemMembers({
      code: 'cart_closed',
      detail: 'Closed.',
      facts: { status: 'merged', type: 1 },
    })
    expect(told).toMatchObject({ status: 409, currentStatus: 'merged', currentType: 1 })
    expect(told).not.toHaveProperty('type')
  })
})

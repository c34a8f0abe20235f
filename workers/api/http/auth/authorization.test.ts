import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { clock } from '../../../../durable-objects/sandbox/clock.ts'
import { newId } from '../../../../shared/core/ids.ts'
import { app } from '../../app.ts'
import { customer, send } from '../request.fixture.ts'
import { issueAccessToken } from './access-tokens.ts'
import {
  type Belongings,
  customerWithEverything,
  forEverybody,
  nothingAtAll,
  type Row,
  rows,
  suspend,
} from './authorization.fixture.ts'
import type { Scope } from './caller.ts'

/**
 * Every operation × every sort of caller × theirs, another's, and missing. The answer for what a caller may not see is
 * identical to the one for what does not exist, and every status is one of the OpenAPI document.
 */

type Verdict = 'allowed' | 'unauthenticated' | 'forbidden' | 'absent' | 'inactive' | 'unsigned' | 'malformed'

/** The target of a cell: the owner's, or a missing one; a suspended customer requests their own. */
type Target = 'existing' | 'missing'

const callers = [
  'nobody',
  'forged',
  'expired',
  'unscoped',
  'owner',
  'stranger',
  'suspended',
  'operator',
  'ops',
] as const
type CallerName = (typeof callers)[number]

const scopesOf: Partial<Record<CallerName, Scope>> = {
  owner: 'customer',
  stranger: 'customer',
  suspended: 'customer',
  operator: 'operator',
  ops: 'ops',
}
const allowedScopes: Readonly<Record<Row['who'], readonly Scope[] | null>> = {
  anyone: null,
  holder: null,
  'holder or operator': null,
  hidden: ['customer', 'operator'],
  signature: null,
  customer: ['customer'],
  owner: ['customer'],
  'customer or operator': ['customer', 'operator'],
  'owner or operator': ['customer', 'operator'],
  operator: ['operator'],
  ops: ['ops'],
}

const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string().optional() })).default([]),
  responses: z.record(z.string(), z.unknown()),
})
const documentSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) })
/** A problem, or the refusal in a dry run. */
const refusalSchema = z.looseObject({ code: z.string(), status: z.int() })
const answerSchema = z.union([
  z.object({ refusal: refusalSchema }).transform(({ refusal }) => refusal),
  refusalSchema,
])

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly canDryRun: boolean
  /** Statuses in the document. */
  readonly statuses: readonly string[]
}

const document = documentSchema.parse(await (await request('GET', '/openapi.json')).json())
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, { operationId, parameters, responses }]): Operation => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      canDryRun: parameters.some(({ name }) => name === 'dryRun'),
      statuses: Object.keys(responses),
    }),
  ),
)

const missing = nothingAtAll()
let owned: Belongings
let suspended: Belongings
let tokens: Readonly<Record<CallerName, string | null>>

beforeAll(async () => {
  owned = await customerWithEverything()
  const stranger = await customerWithEverything()
  suspended = await customerWithEverything()
  await suspend(suspended.customers)
  const tokenOf = (subject: string, ...scopes: Scope[]) => issueAccessToken(env, subject, scopes, clock.now())
  tokens = {
    nobody: null,
    forged: `${await tokenOf(owned.customers, 'operator')}x`,
    expired: await issueAccessToken(env, owned.customers, ['customer'], '2020-01-01T00:00:00.000Z'),
    unscoped: await tokenOf(owned.customers),
    owner: await tokenOf(owned.customers, 'customer'),
    stranger: await tokenOf(stranger.customers, 'customer'),
    suspended: await tokenOf(suspended.customers, 'customer'),
    operator: await tokenOf('olga', 'operator'),
    ops: await tokenOf('otto', 'ops'),
  }
}, 60_000)

describe('who may what', () => {
  it('is defined for every operation, and for no other', () => {
    expect(Object.keys(rows).sort()).toEqual(operations.map(({ id }) => id).sort())
  })

  it.each(operations)('$id', async (operation) => {
    const row = rows[operation.id] ?? expect.fail(`${operation.id} has no row`)
    const targets: readonly Target[] = row.of === undefined ? ['existing'] : ['existing', 'missing']
    const found: Record<string, Verdict> = {}
    const right: Record<string, Verdict> = {}
    for (const caller of callers) {
      const answers = new Map<Target, string>()
      for (const target of targets) {
        const names = target === 'missing' ? missing : caller === 'suspended' ? suspended : owned
        const { verdict, seen } = await ask(operation, row, caller, names)
        answers.set(target, seen)
        found[`${caller}, ${target}`] = verdict
        right[`${caller}, ${target}`] = verdictOf(operation, row, caller, target)
      }
      // Existence is as confidential as content.
      if (right[`${caller}, existing`] === 'absent' && targets.length === 2)
        expect(answers.get('existing'), `${caller} can distinguish`).toBe(answers.get('missing'))
    }
    expect(found).toEqual(right)
  })
})

/** The expected answer of a cell; of several faults, the first one is reported. */
function verdictOf({ method }: Operation, row: Row, caller: CallerName, target: Target): Verdict {
  if (caller === 'forged' || caller === 'expired') return 'unauthenticated'
  if (row.who === 'signature') return 'unsigned'
  const scope = scopesOf[caller]
  const allowed = allowedScopes[row.who]
  if (allowed !== null) {
    if (caller === 'nobody') return 'unauthenticated'
    if (scope === undefined || !allowed.includes(scope)) return 'forbidden'
  }
  if (caller === 'suspended' && method !== 'GET' && row.whateverStatus !== true) return 'inactive'
  if (row.isMissing === true) return 'absent'
  if (target === 'missing') return row.answersWithoutIt ? 'allowed' : 'absent'
  switch (row.who) {
    case 'owner':
    case 'owner or operator':
      return caller === 'stranger' ? 'absent' : 'allowed'
    case 'hidden':
      return caller === 'operator' ? 'allowed' : 'absent'
    case 'holder':
      return caller === 'owner' || caller === 'suspended' ? 'allowed' : 'absent'
    case 'holder or operator':
      return caller === 'owner' || caller === 'suspended' || caller === 'operator' ? 'allowed' : 'absent'
    default:
      return 'allowed'
  }
}

/** Sends the request of a cell, without changing anything. */
async function ask(
  operation: Operation,
  row: Row,
  caller: CallerName,
  names: Belongings,
): Promise<{ verdict: Verdict; seen: string }> {
  const { method, path, canDryRun, statuses } = operation
  const params = row.params?.(owned) ?? {}
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? (row.of === undefined ? undefined : names[row.of])
    return encodeURIComponent(value ?? expect.fail(`${path} needs ${name}`))
  })
  const query = [row.query, canDryRun ? 'dryRun=true' : undefined].filter(Boolean).join('&')
  // The same request for existing and missing targets: the answers have to be equal, too.
  const body =
    method === 'GET'
      ? undefined
      : row.body?.({ ...owned, ...(row.of && { [row.of]: names[row.of] }) }, caller)
  const response = await request(method, query ? `${filled}?${query}` : filled, tokens[caller], body)
  const text = await response.text()
  expect(statuses, `${caller} gets ${response.status}: ${text}`).toContain(String(response.status))
  return { verdict: seenVerdict(response, text), seen: withoutNames(response, text) }
}

function seenVerdict(response: Response, text: string): Verdict {
  expect(response.status, text).toBeLessThan(500)
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
  const refused = isJson ? answerSchema.safeParse(JSON.parse(text)).data : undefined
  switch (refused?.code) {
    case 'unauthenticated':
      return 'unauthenticated'
    case 'insufficient_scope':
      return 'forbidden'
    case 'customer_not_active':
      return 'inactive'
    case 'webhook_signature_invalid':
      return 'unsigned'
    // The request of a row is invalid: the test would not check who may send it.
    case 'invalid_request':
      return 'malformed'
    default:
      return (refused?.status ?? response.status) === 404 ? 'absent' : 'allowed'
  }
}

/** An answer, without ids and what differs in every response. */
function withoutNames(response: Response, text: string): string {
  const headers = [...response.headers].filter(([name]) => !/^(x-request-id|ratelimit)/.test(name))
  let seen = JSON.stringify([response.status, headers, text.replace(/"traceId":"[^"]+"/, '')])
  for (const name of [owned, suspended, missing].flatMap((names) => Object.values(names)))
    seen = seen.replaceAll(name, '<name>')
  return seen
}

function request(
  method: string,
  path: string,
  token: string | null = null,
  body?: object,
): Promise<Response> {
  return Promise.resolve(
    app.request(
      path,
      {
        method,
        headers: {
          ...(body && { 'Content-Type': 'application/json' }),
          ...(token !== null && { Authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
      },
      { ...env, STRIPE_WEBHOOK_SECRET: 'whsec_test' },
      createExecutionContext(),
    ),
  )
}

describe('what a body or a query names', () => {
  it("lets a customer neither order for another nor merge another's cart", async () => {
    const other = await customerWithEverything()
    const as = customer(other.customers)
    const { carts } = await forEverybody()
    expect(
      await send('POST', '/orders?dryRun=true', {
        as,
        body: rows.createOrder?.body?.(owned, 'operator') ?? {},
      }),
    ).toMatchObject({ status: 404, body: { code: 'customer_not_found' } })
    for (const fromCartId of [owned.carts, newId('crt')])
      expect(
        await send('POST', `/carts/${other.carts}/merge?dryRun=true`, { as, body: { fromCartId } }),
      ).toMatchObject({ status: 404, body: { code: 'cart_not_found' } })
    expect(
      await send('POST', `/carts/${other.carts}/merge?dryRun=true`, { as, body: { fromCartId: carts } }),
    ).toMatchObject({ status: 200 })
  })

  it('shows a customer only their own orders, whatever the query names', async () => {
    const as = customer(owned.customers)
    for (const query of ['', `?customerId=${suspended.customers}`]) {
      const { status, body } = await send('GET', `/orders${query}`, { as })
      expect([200, 404]).toContain(status)
      expect(JSON.stringify(body)).not.toContain(suspended.orders)
    }
  })
})

describe('what is not owned', () => {
  it("is a guest's cart to everyone with its id, and a promotion only to operators", async () => {
    const { carts, promotions } = await forEverybody()
    for (const as of [null, customer(owned.customers)])
      expect(await send('GET', `/carts/${carts}`, { as })).toMatchObject({ status: 200 })
    expect(await send('GET', `/promotions/${promotions}`, { as: customer(owned.customers) })).toMatchObject({
      status: 404,
    })
  })
})

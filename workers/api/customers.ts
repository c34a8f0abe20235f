import { z } from '@hono/zod-openapi'
import { idSchema } from '../../shared/core/ids.ts'
import { customerCommand, toCustomer, toEmailAddress } from '../../shared/customer/commands.ts'
import { issueAccessToken } from './access-tokens.ts'
import { customerIdOf, hasScope } from './auth.ts'
import {
  accepted,
  answer,
  answerDryRun,
  claimKey,
  execute,
  idToCreate,
  intentOf,
  markReplayed,
  runCommand,
  sendJson,
} from './commands.ts'
import type { ApiContext } from './context.ts'
import { commandHeaders, commandResponses } from './documented.ts'
import { emailClaimOf } from './email-addresses.ts'
import { birthDateField, commandSchema, idParams } from './fields.ts'
import { entityTag } from './http/conditions.ts'
import { commandQuery, commandRoute, newApi, nothing } from './operation.ts'
import { absent, readingRoutes } from './reading.ts'
import { customerResource, customers } from './resources/customer.ts'

const fieldsOf = {
  register: commandSchema(customerCommand, 'RegisterCustomer').omit({
    type: true,
    email: true,
    emailHash: true,
  }),
  verify: commandSchema(customerCommand, 'VerifyEmail').omit({ type: true }),
  update: commandSchema(customerCommand, 'UpdateProfile').omit({ type: true }),
  updateSpending: commandSchema(customerCommand, 'UpdateSpending').omit({
    type: true,
    currency: true,
    exchange: true,
  }),
  suspend: commandSchema(customerCommand, 'SuspendCustomer').omit({ type: true }),
}
const registerBody = fieldsOf.register.extend({
  birthDate: birthDateField.optional(),
  email: z.string().max(320).openapi({ format: 'email', example: 'ada@example.com' }),
})
type Registration = z.infer<typeof registerBody>

const verifiedResource = z
  .object({ customer: customerResource, accessToken: z.string() })
  .openapi('VerifiedCustomer')

const about = { tag: customers.collection, query: commandQuery, headers: commandHeaders } as const
const ofOne = { ...about, params: idParams('cus'), responses: commandResponses(customerResource) } as const

export const customerRoutes = newApi()

customerRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'registerCustomer',
    method: 'post',
    path: '/customers',
    summary: 'Begins a registration; a mail brings the token that verifies the address',
    who: 'anyone',
    params: nothing,
    body: registerBody,
    responses: commandResponses(customerResource, { creates: true }),
  }),
  (c) => registerCustomer(c, c.req.valid('json')),
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'verifyEmail',
    method: 'post',
    path: '/customers/{id}/verify-email',
    summary: 'Verifies the address with the mailed token, and logs in',
    who: 'anyone',
    body: fieldsOf.verify,
    responses: commandResponses(verifiedResource),
  }),
  (c) => verifyEmail(c, c.req.valid('param').id, c.req.valid('json').token),
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'resendVerification',
    method: 'post',
    path: '/customers/{id}/resend-verification',
    summary: 'Mails a new token; the older one stops working',
    who: 'anyone',
    body: nothing,
  }),
  (c) => runCommand(c, customers, toCustomer(c.req.valid('param').id, { type: 'ResendVerification' })),
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'updateProfile',
    method: 'patch',
    path: '/customers/{id}',
    summary: 'Changes the given fields of the profile',
    who: ['customer'],
    body: fieldsOf.update.extend({ birthDate: birthDateField.optional() }),
  }),
  (c) => {
    const { id } = c.req.valid('param')
    if (customerIdOf(c.get('caller')) !== id) throw absent(customers, id)
    return runCommand(c, customers, toCustomer(id, { type: 'UpdateProfile', ...c.req.valid('json') }))
  },
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'updateSpending',
    method: 'post',
    path: '/customers/{id}/spending',
    summary: 'Adds a delivered order to the spending, or takes a refund off; once per order and direction',
    who: ['operator'],
    body: fieldsOf.updateSpending,
  }),
  (c) => {
    const { id } = c.req.valid('param')
    return runCommand(c, customers, toCustomer(id, { type: 'UpdateSpending', ...c.req.valid('json') }))
  },
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'suspendCustomer',
    method: 'post',
    path: '/customers/{id}/suspend',
    summary: 'Suspends a customer',
    who: ['operator'],
    body: fieldsOf.suspend,
  }),
  (c) => {
    const { id } = c.req.valid('param')
    return runCommand(c, customers, toCustomer(id, { type: 'SuspendCustomer', ...c.req.valid('json') }))
  },
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'eraseCustomer',
    method: 'delete',
    path: '/customers/{id}',
    summary: 'Erases a customer: personal data is gone for good; ids, amounts and times stay',
    description: 'Nothing can be done with the customer afterwards; the e-mail address is free again.',
    who: ['customer', 'operator'],
    body: nothing,
  }),
  (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    const bySelf = customerIdOf(caller) === id
    if (!bySelf && !hasScope(caller, 'operator')) throw absent(customers, id)
    const reason = bySelf ? 'customer_request' : 'operator_request'
    return runCommand(c, customers, toCustomer(id, { type: 'EraseCustomer', reason }))
  },
)

customerRoutes.route(
  '/',
  readingRoutes(customers, {
    get: 'getCustomer',
    history: 'listCustomerEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('cus') },
  }),
)

/** First the address, then the customer: two registrations at once meet at the address. */
async function registerCustomer(c: ApiContext, { email: text, ...fields }: Registration): Promise<Response> {
  const intent = await intentOf(c)
  const id = await idToCreate(c, 'cus', intent)
  const { email, emailHash, object } = emailClaimOf(c, text)
  await claimKey(c, intent)
  // Claimed anew at each repetition: the claim of one that broke off in between has run out by then.
  const claiming = { ...intent, commandId: undefined, condition: undefined }
  const claimStep = toEmailAddress(emailHash, { type: 'ClaimEmailAddress', customerId: id })
  const claim = await execute(c, object, claimStep, claiming)
  if (!claim.ok && intent.dryRun) return answerDryRun(c, unseen, claim)
  accepted(claim)
  const step = toCustomer(id, { type: 'RegisterCustomer', email, emailHash, ...fields })
  const reply = await execute(c, customers.object(c.env, id), step, intent)
  return answer(c, customers, reply, intent, { creates: true })
}

/** A claim on an address is nothing that is shown. */
const unseen = { render: () => null }

async function verifyEmail(c: ApiContext, id: string, token: string): Promise<Response> {
  const intent = await intentOf(c)
  const step = toCustomer(id, { type: 'VerifyEmail', token })
  const reply = await execute(c, customers.object(c.env, id), step, intent)
  if (intent.dryRun) return answerDryRun(c, customers, reply)
  const { reading, replayed } = accepted(reply)
  markReplayed(c, replayed)
  c.header('ETag', entityTag(reading.version))
  return sendJson(c, {
    customer: customers.render(reading, reading.updatedAt),
    // From the time of the event, so that a repetition gets the same token.
    accessToken: await issueAccessToken(c.env, id, ['customer'], reading.updatedAt),
  })
}

import { z } from '@hono/zod-openapi'
import { idSchema } from '../../../shared/core/ids.ts'
import { customerCommand, toCustomer } from '../../../shared/customer/commands.ts'
import { customerListingSchema } from '../../../shared/customer/listing.ts'
import { customerSchema } from '../../../shared/customer/state.ts'
import { segments, tiers } from '../../../shared/promotion/terms.ts'
import { lists } from '../../read-models/lists.ts'
import { issueCustomerToken } from '../http/auth/access-tokens.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { accepted, afterAnswering, answer, answerDryRun, execute, runCommand } from '../http/commands.ts'
import { type ApiContext, sendJson } from '../http/context.ts'
import { birthDateField, commandSchema, emailField, idParams } from '../http/fields.ts'
import { claimKey, idToCreate, intentOf, markReplayed } from '../http/idempotency.ts'
import { listed, listResponses, sendEmptyList, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { Problem } from '../http/problems.ts'
import { entityTag } from '../http/request/conditions.ts'
import { listQuery, searchQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { withTimeout } from '../http/timeout.ts'
import { aggregateNotFound, viewRoutes } from '../http/views.ts'
import { dispatchToAddress, emailHashOf, holderOfEmail, isTaken } from './email-addresses.ts'
import {
  hourlyLimitReached,
  hourlyLimits,
  isTakenWithinLimit,
  useOfAddress,
  useOfCaller,
} from './hourly-limits.ts'
import { customerResource, customers } from './resource.ts'

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
    revision: true,
    currency: true,
    exchange: true,
  }),
  suspend: commandSchema(customerCommand, 'SuspendCustomer').omit({ type: true }),
}
const registerBody = fieldsOf.register.extend({
  birthDate: birthDateField.optional(),
  email: emailField,
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
    summary: 'Registers a customer and mails a token that verifies the address',
    description:
      'The customer is `pending` until `verifyEmail`, and cannot order before. The token is valid for 7 days; an unverified registration then lapses, and its data is erased.',
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
    description: 'The access token in the answer has the scope `customer`.',
    who: 'anyone',
    body: fieldsOf.verify,
    responses: commandResponses(verifiedResource),
  }),
  (c) => verifyEmail(c, c.req.valid('param').id, c.req.valid('json').token),
)

customerRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'resendVerification',
    method: 'post',
    path: '/customers/{id}/resend-verification',
    summary: 'Mails a new token; earlier ones become invalid',
    description:
      'At most 3 such mails go to one address within an hour. The answer is the same for every id: it does not reveal whether the customer exists or whether a mail was sent.',
    who: 'anyone',
    params: idParams('cus'),
    headers: ['IdempotencyKey', 'Traceparent'],
    body: nothing,
    responses: {
      '202': { description: 'If the customer awaits verification, a mail is on its way.' },
    },
  }),
  (c) => resendVerification(c, c.req.valid('param').id),
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'updateProfile',
    method: 'patch',
    path: '/customers/{id}',
    summary: 'Changes the given fields of the profile',
    description:
      'Fields that are left out stay as they are; an empty `phone` removes it; `addresses` replaces all of them.',
    who: ['customer'],
    body: fieldsOf.update.extend({ birthDate: birthDateField.optional() }),
  }),
  (c) => {
    const { id } = c.req.valid('param')
    if (customerIdOf(c.get('caller')) !== id) throw aggregateNotFound(customers, id)
    return runCommand(c, customers, toCustomer(id, { type: 'UpdateProfile', ...c.req.valid('json') }))
  },
)

customerRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'updateSpending',
    method: 'post',
    path: '/customers/{id}/spending',
    summary: 'Adds a delivered order to the spending, or subtracts a refund; once per order and direction',
    description:
      'For orders from elsewhere: an order of this shop is counted by itself. Spending decides on the loyalty tier.',
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
    description:
      'A suspended customer can neither log in nor send commands; orders that await payment are cancelled.',
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
    summary: 'Erases the personal data of a customer irreversibly; ids, amounts and times stay',
    description: 'The customer cannot be used afterwards; the e-mail address becomes available again.',
    who: ['customer', 'operator'],
    body: nothing,
  }),
  (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    const bySelf = customerIdOf(caller) === id
    if (!bySelf && !hasScope(caller, 'operator')) throw aggregateNotFound(customers, id)
    const reason = bySelf ? 'customer_request' : 'operator_request'
    return runCommand(c, customers, toCustomer(id, { type: 'EraseCustomer', reason }))
  },
)

customerRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listCustomers',
    path: '/customers',
    tag: customers.collection,
    summary: 'Lists customers without personal data',
    query: listQuery(lists.customers, customerListingSchema).extend({
      status: severalOf(customerSchema.shape.status.options).optional(),
      tier: severalOf(tiers).optional(),
      segment: severalOf(segments).optional(),
      email: emailField
        .openapi({
          description:
            'Only the customer who holds this e-mail address: verified, or registered with it within the last 7 days. It is looked up in the register of addresses, not in the list.',
        })
        .optional(),
      ...timeRanges,
      ...searchQuery('the name, e-mail address or phone number'),
    }),
    responses: listResponses('ListedCustomer', customerListingSchema),
  }),
  async (c) => {
    const query = c.req.valid('query')
    const { email, status, tier, segment } = query
    const id = email === undefined ? undefined : await holderOfEmail(c, emailHashOf(c, email))
    if (id === null) return sendEmptyList(c, query)
    return sendList(c, lists.customers, query, { id, segment, tier, status })
  },
)

customerRoutes.route(
  '/',
  viewRoutes(customers, {
    get: 'getCustomer',
    history: 'listCustomerEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('cus') },
  }),
)

/**
 * Previews the registration, then checks that the address is not taken, and only then registers: a refused request claims
 * nothing. The claim on the address follows the registration, so that the newest registration holds it; see
 * `shared/email-address`. A dry run looks no address up.
 */
async function registerCustomer(c: ApiContext, { email, ...fields }: Registration): Promise<Response> {
  const intent = await intentOf(c)
  const id = await idToCreate(c, 'cus', intent)
  const emailHash = emailHashOf(c, email)
  await claimKey(c, intent)
  const step = toCustomer(id, { type: 'RegisterCustomer', email, emailHash, ...fields })
  const object = customers.object(c.env, id)
  const preview = await execute(c, object, step, { ...intent, dryRun: true })
  if (intent.dryRun) return answerDryRun(c, customers, preview)
  if (preview.ok && !preview.repeated) {
    if (await isTakenWithinLimit(c, () => isTaken(c, emailHash, id)))
      throw new Problem('email_taken', 'Another customer has this e-mail address.')
    await countRegistration(c, emailHash)
  }
  const reply = await execute(c, object, step, intent)
  return answer(c, customers, reply, intent, { creates: true })
}

/** @throws Problem `rate_limited` after too many registrations by the caller or with the address */
async function countRegistration(c: ApiContext, emailHash: string): Promise<void> {
  const { registrations, verificationMails } = hourlyLimits
  if (!(await useOfCaller(c, { purpose: 'registration', max: registrations })))
    throw hourlyLimitReached('registration', registrations)
  if (!(await useOfAddress(c, emailHash, { purpose: 'verification mail', max: verificationMails })))
    throw hourlyLimitReached('registration', verificationMails)
}

/**
 * Previews the verification, then claims the address, then verifies. Of two customers who verify one address at once,
 * the address's object accepts one; a newer registration is accepted for its own customer only.
 */
async function verifyEmail(c: ApiContext, id: string, token: string): Promise<Response> {
  const intent = await intentOf(c)
  const step = toCustomer(id, { type: 'VerifyEmail', token })
  const object = customers.object(c.env, id)
  const previewWith = (condition: typeof intent.condition) =>
    execute(c, object, step, { ...intent, condition, dryRun: true })
  const tried = await previewWith(undefined)
  // Only a caller with a valid token may learn the customer's version.
  const condition = tried.ok ? intent.condition : undefined
  const preview = condition ? await previewWith(condition) : tried
  if (intent.dryRun) return answerDryRun(c, customers, preview)
  if (preview.ok && !preview.repeated) {
    const { state, createdAt: since } = preview.view
    if (
      !(await dispatchToAddress(c, state.emailHash, { type: 'ConfirmEmailAddress', customerId: id, since }))
    )
      throw new Problem('token_invalid', 'This is not the token that was mailed last.')
  }
  const { view, repeated } = accepted(await execute(c, object, step, { ...intent, condition }))
  markReplayed(c, repeated)
  c.header('ETag', entityTag(view.version))
  return sendJson(c, {
    customer: customers.render(view, view.updatedAt),
    // Issued at the time of the event, so that a repetition gets the same token.
    accessToken: await issueCustomerToken(c.env, id, view.updatedAt),
  })
}

/** The answer reveals nothing about the customer, not even whether it exists; the number of mails is limited. */
async function resendVerification(c: ApiContext, id: string): Promise<Response> {
  const intent = { ...(await intentOf(c)), condition: undefined }
  markReplayed(c, await claimKey(c, intent))
  if (!intent.dryRun)
    afterAnswering(c, async () => {
      const object = customers.object(c.env, id)
      const view = await withTimeout(object.read({}))
      if (view?.state.status !== 'pending' || view.state.superseded) return
      const { mails, verificationMails: max } = hourlyLimits
      if (!(await useOfCaller(c, { purpose: 'mail', max: mails }))) return
      const { emailHash } = view.state
      if (!(await useOfAddress(c, emailHash, { purpose: 'verification mail', max }))) return
      await execute(c, object, toCustomer(id, { type: 'ResendVerification' }), intent)
    })
  return c.body(null, 202)
}

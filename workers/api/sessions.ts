import { z } from '@hono/zod-openapi'
import { SECOND } from '../../shared/core/time.ts'
import { customerCommand, toCustomer } from '../../shared/customer/commands.ts'
import { customerRules } from '../../shared/customer/policies.ts'
import { issueAccessToken } from './access-tokens.ts'
import { accepted, claimKey, execute, intentOf, markReplayed, sendJson } from './commands.ts'
import { jsonResponse, problemResponses } from './documented.ts'
import { emailClaimOf, holderOfEmail } from './email-addresses.ts'
import { commandSchema } from './fields.ts'
import { commandRoute, newApi, nothing } from './operation.ts'
import { Problem } from './problems.ts'
import { customers } from './resources/customer.ts'

const { lifetime, tries } = customerRules.logInCode

const emailField = z.string().max(320).openapi({ format: 'email', example: 'ada@example.com' })
const startedResource = z
  .object({ expiresInSeconds: z.int().openapi({ description: 'How long the mailed code works.' }) })
  .openapi('StartedSession')
const sessionResource = z.object({ accessToken: z.string(), customerId: z.string() }).openapi('Session')

const about = {
  tag: 'sessions',
  who: 'anyone',
  params: nothing,
  // No dry run: it would try codes without counting them.
  query: nothing,
  headers: ['IdempotencyKey', 'Traceparent'],
} as const
const problems = problemResponses('400', '401', '403', '413', '415', '422', '429', '503')

export const sessionRoutes = newApi()

sessionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'startSession',
    method: 'post',
    path: '/sessions',
    summary: 'Mails a one-time code',
    description: 'The answer is the same whether the address belongs to a customer or not.',
    body: z.strictObject({ email: emailField }),
    responses: {
      '200': jsonResponse('If there is such a customer, a mail is on its way.', startedResource),
      ...problems,
    },
  }),
  async (c) => {
    const intent = await intentOf(c)
    await claimKey(c, intent)
    const customerId = await holderOfEmail(c, emailClaimOf(c, c.req.valid('json').email))
    if (customerId !== null) {
      const step = toCustomer(customerId, { type: 'StartSession' })
      // Refused or not, nobody is told.
      await execute(c, customers.object(c.env, customerId), step, { ...intent, condition: undefined })
    }
    return sendJson(c, { expiresInSeconds: lifetime / SECOND })
  },
)

sessionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'completeSession',
    method: 'post',
    path: '/sessions/complete',
    summary: 'Exchanges the mailed code for an access token',
    body: commandSchema(customerCommand, 'CompleteSession')
      .omit({ type: true })
      .extend({ email: emailField }),
    responses: { '200': jsonResponse('Logged in.', sessionResource), ...problems },
  }),
  async (c) => {
    const { email, code } = c.req.valid('json')
    const intent = await intentOf(c)
    await claimKey(c, intent)
    const customerId = await holderOfEmail(c, emailClaimOf(c, email))
    if (customerId === null) throw wrongCode()
    const step = toCustomer(customerId, { type: 'CompleteSession', code })
    const object = customers.object(c.env, customerId)
    const { reading, replayed } = accepted(
      await execute(c, object, step, { ...intent, condition: undefined }),
    )
    markReplayed(c, replayed)
    // From the time of the event, so that a repetition gets the same token.
    const accessToken = await issueAccessToken(c.env, customerId, ['customer'], reading.updatedAt)
    return sendJson(c, { accessToken, customerId })
  },
)

/** What a customer with a wrong code hears too. */
function wrongCode(): Problem {
  return new Problem('code_wrong', 'The code is not the one that was mailed.', {
    facts: { triesLeft: tries - 1 },
  })
}

import { z } from '@hono/zod-openapi'
import { derivedId } from '../../../shared/core/ids.ts'
import { SECOND } from '../../../shared/core/time.ts'
import { customerCommand, toCustomer } from '../../../shared/customer/commands.ts'
import { customerRules } from '../../../shared/customer/policies.ts'
import { issueCustomerToken } from '../http/auth/access-tokens.ts'
import { callerBucket } from '../http/auth/caller.ts'
import { afterAnswering, execute } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { sendJson } from '../http/context.ts'
import { commandSchema, emailField } from '../http/fields.ts'
import { claimKey, type Intent, intentOf, markReplayed } from '../http/idempotency.ts'
import { jsonResponse, problemResponses } from '../http/openapi/documented.ts'
import { commandRoute, newApi, nothing } from '../http/operation.ts'
import { Problem } from '../http/problems.ts'
import { withTimeout } from '../http/timeout.ts'
import { emailHashOf, holderOfEmail } from './email-addresses.ts'
import { hourlyLimits, useOfAddress, useOfCaller } from './hourly-limits.ts'
import { customers } from './resource.ts'
import { newHandle, openSession, type SessionHandle, sealSession } from './session-handles.ts'

const sessionIdField = z
  .string()
  .max(200)
  .openapi({ description: 'To be sent with the code; made anew for every address alike.' })
const startedResource = z
  .object({
    sessionId: sessionIdField,
    expiresInSeconds: z.int().openapi({ description: 'How long a mailed code works.' }),
  })
  .openapi('StartedSession')
const sessionResource = z.object({ accessToken: z.string(), customerId: z.string() }).openapi('Session')
const completeBody = commandSchema(customerCommand, 'CompleteSession')
  .omit({ type: true })
  .extend({ sessionId: sessionIdField.optional(), email: emailField.optional() })
  .refine(({ sessionId, email }) => (sessionId === undefined) !== (email === undefined), {
    message: 'Send either `sessionId` or `email`.',
    path: ['sessionId'],
  })
type Completion = z.infer<typeof completeBody>

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
    description:
      'The answer is the same whether the address belongs to a customer or not. At most 3 codes are mailed to one address within an hour; whoever starts again works with the codes that are still open.',
    body: z.strictObject({ email: emailField }),
    responses: {
      '200': jsonResponse('If there is such a customer, a mail is on its way.', startedResource),
      ...problems,
    },
  }),
  async (c) => {
    const intent = { ...(await intentOf(c)), condition: undefined }
    const emailHash = emailHashOf(c, c.req.valid('json').email)
    markReplayed(c, await claimKey(c, intent))
    const handle = newHandle(c.env, intent)
    const sessionId = await sealSession(c.env, { emailHash, handle })
    afterAnswering(c, () => mailCode(c, emailHash, intent))
    return sendJson(c, { sessionId, expiresInSeconds: customerRules.logInCode.lifetime / SECOND })
  },
)

sessionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'completeSession',
    method: 'post',
    path: '/sessions/complete',
    summary: 'Exchanges the mailed code for an access token',
    description:
      'With the `sessionId` of the start, which has 5 tries of its own; or with the `email`, for which each caller has 5 tries of their own for each code that is mailed. Every failure is `code_wrong`.',
    body: completeBody,
    responses: { '200': jsonResponse('Logged in.', sessionResource), ...problems },
  }),
  async (c) => {
    const completion = c.req.valid('json')
    const intent = { ...(await intentOf(c)), condition: undefined }
    const session = await sessionOf(c, completion)
    await claimKey(c, intent)
    return completeSession(c, session, completion.code, intent)
  },
)

/** Of customers alone who may log in; the customer counts the mails, so that a flood of them is none. */
async function mailCode(c: ApiContext, emailHash: string, intent: Intent): Promise<void> {
  const customerId = await holderOfEmail(c, emailHash)
  if (customerId === null) return
  const object = customers.object(c.env, customerId)
  if ((await withTimeout(object.read({})))?.state.status !== 'active') return
  if (!(await useOfCaller(c, { purpose: 'mail', max: hourlyLimits.mails }))) return
  await execute(c, object, toCustomer(customerId, { type: 'StartSession' }), intent)
}

/** Whose log-in it is; `null` for a `sessionId` that is none. */
async function sessionOf(c: ApiContext, { sessionId, email }: Completion): Promise<Session | null> {
  if (sessionId !== undefined) return openSession(c.env, sessionId)
  return { emailHash: emailHashOf(c, email ?? ''), handle: null }
}

type Session = Omit<SessionHandle, 'handle'> & { readonly handle: string | null }

async function completeSession(
  c: ApiContext,
  session: Session | null,
  code: string,
  intent: Intent,
): Promise<Response> {
  if (!session) throw wrongCode()
  const { emailHash, handle } = session
  const holder = await holderOfEmail(c, emailHash)
  // Where nobody has the address somebody is asked all the same, who does not exist: it takes as long.
  const customerId = holder ?? derivedId('cus', 'nobody', emailHash)
  const asking = holder === null ? { ...intent, commandId: undefined } : intent
  const object = customers.object(c.env, customerId)
  const step = toCustomer(customerId, { type: 'CompleteSession', code })
  const [present, preview] = await Promise.all([
    withTimeout(object.read({})),
    execute(c, object, step, { ...asking, dryRun: true }),
  ])
  // A repetition is no further try. All others count, before it is seen whether the code holds.
  const isRepeated = preview.ok && preview.repeated
  const newest = present?.state.logIns.at(-1)?.secretLabel ?? ''
  const tried = handle ?? `of ${newest} by ${callerBucket(c.get('caller'))}`
  if (!isRepeated && !(await countTry(c, emailHash, tried))) throw wrongCode()
  if (!preview.ok) throw wrongCode()
  const reply = await execute(c, object, step, asking)
  if (!reply.ok) throw wrongCode()
  const { view, repeated } = reply
  markReplayed(c, repeated)
  // From the time of the event, so that a repetition gets the same token.
  const accessToken = await issueCustomerToken(c.env, customerId, view.updatedAt)
  return sendJson(c, { accessToken, customerId })
}

/**
 * Without a `sessionId` the five tries are the caller's own, anew for each code that was mailed: a stranger
 * elsewhere uses up none of them, and whoever shares an address on the network has the other way.
 */
function countTry(c: ApiContext, emailHash: string, handle: string): Promise<boolean> {
  const { tries } = hourlyLimits
  return useOfAddress(
    c,
    emailHash,
    { purpose: `try ${handle}`, max: tries.handle },
    { purpose: `try of ${callerBucket(c.get('caller'))}`, max: tries.caller },
    { purpose: 'try', max: tries.address },
  )
}

/** The same for a wrong, used, or late code, too many tries, and for an address that is nobody's. */
function wrongCode(): Problem {
  return new Problem('code_wrong', 'The code does not hold.')
}

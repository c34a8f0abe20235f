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
import { jsonResponse } from '../http/openapi/documented.ts'
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
  .openapi({ description: 'Send it with the code. Issued for every address, registered or not.' })
const startedResource = z
  .object({
    sessionId: sessionIdField,
    expiresInSeconds: z.int().openapi({ description: 'Lifetime of the mailed code.' }),
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
  // No dry run: it would allow tries that are not counted.
  query: nothing,
  headers: ['IdempotencyKey', 'Traceparent'],
} as const

export const sessionRoutes = newApi()

sessionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'startSession',
    method: 'post',
    path: '/sessions',
    summary: 'Mails a one-time code',
    description:
      'The answer is the same whether or not the address belongs to a customer. At most 3 codes are mailed to one address within an hour; earlier codes stay valid until they expire.',
    body: z.strictObject({ email: emailField }),
    responses: {
      '200': jsonResponse('If the address belongs to a customer, a mail is on its way.', startedResource),
    },
  }),
  async (c) => {
    const intent = { ...(await intentOf(c)), condition: undefined }
    const emailHash = emailHashOf(c, c.req.valid('json').email)
    markReplayed(c, await claimKey(c, intent))
    const handle = newHandle(c.env, intent)
    const sessionId = await sealSession(c.env, { emailHash, handle })
    afterAnswering(c, () => mailCode(c, emailHash, intent))
    return sendJson(c, { sessionId, expiresInSeconds: customerRules.logInCode.lifetimeMs / SECOND })
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
      'With the `sessionId`, which has 5 tries; or with the `email`, with 5 tries per caller and mailed code. Every failure is `code_wrong`.',
    body: completeBody,
    responses: { '200': jsonResponse('Logged in.', sessionResource) },
  }),
  async (c) => {
    const completion = c.req.valid('json')
    const intent = { ...(await intentOf(c)), condition: undefined }
    const session = await sessionOf(c, completion)
    await claimKey(c, intent)
    return completeSession(c, session, completion.code, intent)
  },
)

/** Mails a code to an active customer, within the limits of mails by caller and by customer. */
async function mailCode(c: ApiContext, emailHash: string, intent: Intent): Promise<void> {
  const customerId = await holderOfEmail(c, emailHash)
  if (customerId === null) return
  const object = customers.object(c.env, customerId)
  if ((await withTimeout(object.read({})))?.state.status !== 'active') return
  if (!(await useOfCaller(c, { purpose: 'mail', max: hourlyLimits.mails }))) return
  await execute(c, object, toCustomer(customerId, { type: 'StartSession' }), intent)
}

/** The log-in of a request; `null` for an invalid `sessionId`. */
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
  // For an unknown address a customer that does not exist is called, so that the timing reveals nothing.
  const customerId = holder ?? derivedId('cus', 'nobody', emailHash)
  const login = holder === null ? { ...intent, commandId: undefined } : intent
  const object = customers.object(c.env, customerId)
  const step = toCustomer(customerId, { type: 'CompleteSession', code })
  const [present, preview] = await Promise.all([
    withTimeout(object.read({})),
    execute(c, object, step, { ...login, dryRun: true }),
  ])
  // A repetition is not a further try. Every other try counts, before the code is checked.
  const isRepeated = preview.ok && preview.repeated
  const newest = present?.state.logIns.at(-1)?.secretLabel ?? ''
  const tried = handle ?? `of ${newest} by ${callerBucket(c.get('caller'))}`
  if (!isRepeated && !(await countTry(c, emailHash, tried))) throw wrongCode()
  if (!preview.ok) throw wrongCode()
  const reply = await execute(c, object, step, login)
  if (!reply.ok) throw wrongCode()
  const { view, repeated } = reply
  markReplayed(c, repeated)
  // Issued at the time of the event, so that a repetition gets the same token.
  const accessToken = await issueCustomerToken(c.env, customerId, view.updatedAt)
  return sendJson(c, { accessToken, customerId })
}

/**
 * Without a `sessionId` each caller has five tries for each mailed code, so that others cannot use them up. Callers who
 * share an IP address use the `sessionId`.
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

/** The same for a wrong, used or expired code, too many tries, and an unknown address. */
function wrongCode(): Problem {
  return new Problem('code_wrong', 'The code is not valid.')
}

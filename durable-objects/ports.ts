import type { Trace } from '../shared/core/cloud-event.ts'
import { mailRequestSchema } from '../shared/core/mail.ts'
import { renderMail } from '../shared/ports/mail-templates.ts'
import { chargeRequestSchema, refundRequestSchema } from '../shared/ports/payment-gateway.ts'
import { PortError } from '../shared/ports/port-error.ts'
import { clock } from './clock.ts'
import type { Env } from './env.ts'
import { DevelopmentMailbox } from './mailbox.ts'
import { SandboxGateway } from './sandbox-gateway.ts'
import { oneTimeSecrets } from './secrets.ts'

/** Who calls through a port, and for which time. */
export interface PortCall {
  /** The effect's id: the idempotency key of the call. */
  readonly id: string
  readonly attempts: number
  readonly origin: { readonly kind: string; readonly id: string }
  readonly trace: Trace
}

/**
 * Calls out through a port. The answer is checked by the command that it comes back as.
 *
 * @throws PortError as the port's interface says; RangeError for a port that does not exist
 */
export async function callPort(
  env: Env,
  port: string,
  operation: string,
  input: unknown,
  about: PortCall,
): Promise<unknown> {
  switch (`${port}.${operation}`) {
    case 'payments.charge':
      return charge(env, input, about)
    case 'payments.refund':
      return new SandboxGateway(env.SANDBOX_GATEWAY).refund(refundRequestSchema.parse(input))
    case 'mailer.send':
      return sendMail(env, input, about)
    default:
      throw new RangeError(`there is no operation ${operation} of a port ${port}`)
  }
}

async function charge(env: Env, input: unknown, about: PortCall): Promise<unknown> {
  const gateway = new SandboxGateway(env.SANDBOX_GATEWAY)
  const request = chargeRequestSchema.parse(input)
  // After a failed try the charge may have landed: look before charging, as keys do not live for ever.
  const found = about.attempts > 0 ? await gateway.find(request.key) : null
  return found ?? gateway.charge(request)
}

async function sendMail(env: Env, input: unknown, about: PortCall): Promise<unknown> {
  const { customerId, template, variables, secret } = mailRequestSchema.parse(input)
  const customer = await env.CUSTOMER.get(env.CUSTOMER.idFromName(customerId)).read({})
  const email = customer?.state.email
  if (!email) throw new PortError('rejected', 'no_recipient', 'the customer has no e-mail address')
  const all = { ...variables, customerId, ...(secret && { [secret.as]: secretText(env, about, secret) }) }
  const sentAt = clock.now()
  const mailer = new DevelopmentMailbox(env.DATABASE)
  return mailer.send({
    id: about.id,
    to: email,
    template,
    variables: all,
    sentAt,
    ...renderMail(template, all),
  })
}

function secretText(env: Env, about: PortCall, secret: { form: 'token' | 'digits'; label: string }): string {
  const secrets = oneTimeSecrets(env, about.origin.kind, about.origin.id)
  return secret.form === 'token' ? secrets.token(secret.label) : secrets.digits(secret.label)
}

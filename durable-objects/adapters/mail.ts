import { mailRequestSchema } from '../../shared/core/mail.ts'
import { CloudflareMailer } from '../../shared/ports/mail/cloudflare-mailer.ts'
import type { Mailer } from '../../shared/ports/mail/mailer.ts'
import { renderMail } from '../../shared/ports/mail/templates.ts'
import { PortError } from '../../shared/ports/port-error.ts'
import type { Env } from '../env.ts'
import { clock } from '../sandbox/clock.ts'
import { DevelopmentMailbox } from '../sandbox/mailbox.ts'
import { notConfigured, requireConfigured } from './configuration.ts'
import type { PortCall } from './port-call.ts'
import { oneTimeSecrets } from './secrets.ts'

/**
 * The mailer that `MAILER` names; the default in development is the mailbox in the read database.
 *
 * @throws PortError `unavailable`, `not_configured`
 */
export function mailerOf(
  env: Pick<Env, 'ENVIRONMENT' | 'MAILER' | 'MAIL_FROM' | 'EMAIL' | 'DATABASE'>,
): Mailer {
  const choice = requireConfigured(env, 'MAILER')
  const { EMAIL: email, MAIL_FROM: from } = env
  if (choice === 'mailbox') return new DevelopmentMailbox(env.DATABASE)
  if (!email || !from) throw notConfigured('MAILER is cloudflare, which needs EMAIL and MAIL_FROM.')
  return new CloudflareMailer(email, from)
}

/** Renders and sends one mail to a customer, at the customer's present address. */
export async function sendMail(env: Env, input: unknown, about: PortCall): Promise<{ messageId: string }> {
  const { customerId, template, variables, secret } = mailRequestSchema.parse(input)
  const mailer = mailerOf(env)
  const customer = await env.CUSTOMER.getByName(customerId).read({})
  // An erased customer is no fault: no operator can change it, and open orders continue.
  if (customer?.state.status === 'erased') return { messageId: 'erased' }
  const email = customer?.state.email
  if (!email) throw new PortError('rejected', 'no_recipient', 'the customer has no e-mail address')
  const all = { ...variables, customerId, ...(secret && { [secret.as]: secretText(env, about, secret) }) }
  const written = renderMail(template, all)
  return mailer.send({ id: about.id, to: email, template, variables: all, sentAt: clock.now(), ...written })
}

function secretText(env: Env, about: PortCall, secret: { form: 'token' | 'digits'; label: string }): string {
  const secrets = oneTimeSecrets(env, about.origin.kind, about.origin.id)
  return secret.form === 'token' ? secrets.token(secret.label) : secrets.digits(secret.label)
}

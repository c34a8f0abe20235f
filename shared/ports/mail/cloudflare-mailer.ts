import { z } from 'zod'
import { PortError } from '../port-error.ts'
import type { Mailer, MailMessage } from './mailer.ts'

/** The part of a Worker's `send_email` binding (Cloudflare Email Sending) that Petrel uses. */
export interface EmailBinding {
  send(mail: {
    readonly to: string
    readonly from: string | { readonly email: string; readonly name: string }
    readonly subject: string
    readonly text: string
    readonly html: string
    readonly headers: Record<string, string>
  }): Promise<{ readonly messageId: string }>
}

/** By the service's code: mails that it will never accept, in words for an operator. */
const refusals: ReadonlyMap<string, readonly [code: string, detail: string]> = new Map([
  [
    'E_RECIPIENT_NOT_ALLOWED',
    ['recipient_not_allowed', 'the mail service may not send to this address'] as const,
  ],
  ['E_RECIPIENT_SUPPRESSED', ['recipient_suppressed', 'mails to this address came back before'] as const],
  [
    'E_DELIVERY_FAILED',
    ['delivery_failed', 'the mail server of this address does not take the mail'] as const,
  ],
  ['E_CONTENT_TOO_LARGE', ['mail_too_large', 'the mail is larger than the mail service takes'] as const],
  ['E_VALIDATION_ERROR', ['mail_invalid', 'the mail service cannot read the mail'] as const],
  ['E_FIELD_MISSING', ['mail_invalid', 'the mail service misses something in the mail'] as const],
])

/** By the service's code: mails that may be accepted later: limits, or a sender that is not verified yet. */
const passing: ReadonlyMap<string, string> = new Map([
  ['E_RATE_LIMIT_EXCEEDED', 'the mail service takes no more mails for now'],
  ['E_DAILY_LIMIT_EXCEEDED', 'the mail service takes no more mails today'],
  ['E_SENDER_NOT_VERIFIED', 'the address in MAIL_FROM is not verified at the mail service'],
  ['E_SENDER_DOMAIN_NOT_AVAILABLE', 'the domain of MAIL_FROM is not set up at the mail service'],
])

/** The service's message may quote an address, so only its code is read. */
const faultSchema = z.object({ code: z.string() })

/** `Petrel <shop@example.com>`, or the address alone. */
const SENDER = /^\s*(?:"?([^"<>]*?)"?\s*<([^<>\s]+@[^<>\s]+)>|([^<>\s]+@[^<>\s]+))\s*$/

/**
 * Sends mail through Cloudflare Email Sending. The service has no idempotency key: after a timeout the same mail
 * may arrive twice, with the same `X-Petrel-Mail-Id`.
 */
export class CloudflareMailer implements Mailer {
  readonly #binding: EmailBinding
  readonly #from: string

  /** `from` is an address of a domain that is set up for sending, with or without a name. */
  constructor(binding: EmailBinding, from: string) {
    this.#binding = binding
    this.#from = from
  }

  async send({ id, to, subject, text, html }: MailMessage): Promise<{ messageId: string }> {
    const from = senderOf(this.#from)
    try {
      const headers = { 'X-Petrel-Mail-Id': id }
      const { messageId } = await this.#binding.send({ to, from, subject, text, html, headers })
      return { messageId }
    } catch (thrown) {
      throw portErrorOf(thrown)
    }
  }
}

function senderOf(from: string): string | { email: string; name: string } {
  const [, name, email, address] = SENDER.exec(from) ?? []
  if (email) return name ? { email, name } : email
  if (address) return address
  throw new PortError('unavailable', 'not_configured', 'MAIL_FROM is no e-mail address')
}

function portErrorOf(thrown: unknown): PortError {
  const fault = faultSchema.safeParse(thrown)
  const code = fault.success ? fault.data.code : ''
  const refusal = refusals.get(code)
  if (refusal) return new PortError('rejected', ...refusal)
  const reason = passing.get(code)
  if (reason) return new PortError('unavailable', 'mail_unavailable', reason)
  return new PortError(
    'unknown_outcome',
    'mail_unavailable',
    'the mail service did not say that it took the mail',
  )
}

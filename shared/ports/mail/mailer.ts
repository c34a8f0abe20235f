import type { MailTemplate } from '../../core/mail.ts'
import type { Instant } from '../../core/time.ts'

/** A mail, ready to be sent. */
export interface MailMessage {
  /** The idempotency key. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly template: MailTemplate
  /** The template's variables, for a provider that renders templates of its own. */
  readonly variables: Readonly<Record<string, string>>
  readonly text: string
  readonly html: string
  /** UTC, by the deployment's clock. */
  readonly sentAt: Instant
}

/**
 * Sends mail, idempotent by id. Throws `PortError`: `unknown_outcome` or `unavailable` when the message should be
 * sent again under its id, `rejected` when it will never be accepted (no such recipient).
 */
export interface Mailer {
  send(message: MailMessage): Promise<{ readonly messageId: string }>
}

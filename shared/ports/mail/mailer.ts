import type { MailTemplate } from '../../core/mail.ts'
import type { Instant } from '../../core/time.ts'

/** A mail, ready to be sent. */
export interface MailMessage {
  /** Names the mail: the same id is sent once, whatever is retried. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly template: MailTemplate
  /** What the template was given; a provider that renders templates of its own takes it from here. */
  readonly variables: Readonly<Record<string, string>>
  readonly text: string
  readonly html: string
  /** UTC, by the deployment's clock. */
  readonly sentAt: Instant
}

/**
 * Sends mail. A message may be sent again with the same id and is delivered once. Throws `PortError`:
 * `unknown_outcome` or `unavailable` when it should be sent again under its id, `rejected` when it will
 * never be taken as it is (no such recipient).
 */
export interface Mailer {
  send(message: MailMessage): Promise<{ readonly messageId: string }>
}

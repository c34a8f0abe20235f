import type { EmailBinding } from '../../shared/ports/mail/cloudflare-mailer.ts'
import type { SentMail } from '../world.ts'

type OfferedMail = Parameters<EmailBinding['send']>[0]

/** Why the mail provider refuses a mail, as the `send_email` binding throws it. */
export class MailRefusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The mail provider behind the `send_email` binding. It knows no idempotency: a mail sent twice arrives twice. */
export class MailStandIn {
  readonly #taken: SentMail[] = []

  /**
   * Takes a mail.
   *
   * @param now Unix ms
   * @throws MailRefusal for a mail without an address or a text
   */
  accept({ to, from, subject, text, html, headers }: OfferedMail, now: number): { messageId: string } {
    const sender = typeof from === 'string' ? from : from.email
    if (!isAddress(to) || !isAddress(sender))
      throw new MailRefusal('E_VALIDATION_ERROR', 'an address is not valid')
    if (!subject || !text || !html) throw new MailRefusal('E_FIELD_MISSING', 'the mail is not complete')
    this.#taken.push({ id: headers['X-Petrel-Mail-Id'] ?? '', to, subject, text, html, at: now })
    return { messageId: `<${this.#taken.length}@mail.example>` }
  }

  /** All mails, in the order in which they were taken. */
  mails(): readonly SentMail[] {
    return this.#taken
  }

  /** Mails to an address, oldest first. */
  mailsTo(address: string): SentMail[] {
    return this.#taken.filter(({ to }) => to === address)
  }
}

function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}

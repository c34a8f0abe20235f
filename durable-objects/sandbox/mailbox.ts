import { z } from 'zod'
import type { Instant } from '../../shared/core/time.ts'
import type { Mailer, MailMessage } from '../../shared/ports/mail/mailer.ts'
import { PortError } from '../../shared/ports/port-error.ts'

/** Stores mails in the read database instead of sending them. */
export class DevelopmentMailbox implements Mailer {
  readonly #database: D1Database

  constructor(database: D1Database) {
    this.#database = database
  }

  /** Stores one mail; the first of an id wins. @throws PortError when the database is down */
  async send(message: MailMessage): Promise<{ messageId: string }> {
    const { id, to, subject, template, variables, text, html, sentAt } = message
    const insert = this.#database.prepare(
      `INSERT INTO mailbox (id, recipient, subject, template, variables, text_body, html_body, sent_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    try {
      await insert.bind(id, to, subject, template, JSON.stringify(variables), text, html, sentAt).run()
    } catch {
      // The fault's own text may quote the mail; and the row may be there: the same id makes both harmless.
      throw new PortError('unknown_outcome', 'mailbox_unavailable', 'the mailbox did not answer')
    }
    return { messageId: id }
  }
}

const mailboxRow = z.object({
  position: z.int(),
  to: z.string(),
  subject: z.string(),
  template: z.string(),
  variables: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  text: z.string(),
  html: z.string(),
  /** UTC. */
  sentAt: z.string(),
})
/** A mail as operators of a development deployment read it. */
type MailboxEntry = Readonly<Omit<z.output<typeof mailboxRow>, 'position'>>

/** Where a page ends: the time of its last mail, and the number of its row. */
export type MailboxPosition = readonly [sentAt: Instant, row: number]

export interface MailboxPage {
  readonly data: readonly MailboxEntry[]
  /** The `after` of the next page; `null` on the last. */
  readonly next: MailboxPosition | null
}

/** Mails newest first, all or those to one (normalised) address, `limit` at a time. */
export async function readMailbox(
  database: D1Database,
  { to, limit, after = null }: { to?: string | undefined; limit: number; after?: MailboxPosition | null },
): Promise<MailboxPage> {
  // Row ids order mails of the same millisecond.
  const conditions = [
    ...(to === undefined ? [] : [{ sql: 'recipient = ?', values: [to] }]),
    ...(after ? [{ sql: '(sent_at, rowid) < (?, ?)', values: after }] : []),
  ]
  const where = conditions.length > 0 ? `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}` : ''
  const { results } = await database
    .prepare(
      `SELECT rowid AS position, recipient AS "to", subject, template, variables, text_body AS text,
         html_body AS html, sent_at AS sentAt
       FROM mailbox ${where} ORDER BY sent_at DESC, rowid DESC LIMIT ?`,
    )
    .bind(...conditions.flatMap(({ values }) => values), limit + 1)
    .all()
  const rows = results.slice(0, limit).map((row) => mailboxRow.parse(row))
  const last = rows.at(-1)
  const next = last && results.length > limit ? ([last.sentAt, last.position] as const) : null
  return { data: rows.map(({ position: _, ...entry }) => entry), next }
}

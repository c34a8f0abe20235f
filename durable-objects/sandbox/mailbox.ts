import { z } from 'zod'
import type { Instant } from '../../shared/core/time.ts'
import type { Mailer, MailMessage } from '../../shared/ports/mail/mailer.ts'
import { PortError } from '../../shared/ports/port-error.ts'

/** Keeps mails in the read database instead of sending them, so that a newcomer can read them. */
export class DevelopmentMailbox implements Mailer {
  readonly #database: D1Database

  constructor(database: D1Database) {
    this.#database = database
  }

  /** Keeps one mail; the same id again keeps the first. Throws `PortError` when the database is down. */
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

/** A mail as operators of a development deployment read it. */
interface MailboxEntry {
  readonly to: string
  readonly subject: string
  readonly template: string
  readonly variables: Readonly<Record<string, string>>
  readonly text: string
  readonly html: string
  /** UTC. */
  readonly sentAt: Instant
}

/** Where a page ends: the time of its last mail, and the number of its row. */
export type MailboxPosition = readonly [sentAt: Instant, row: number]

export interface MailboxPage {
  readonly data: readonly MailboxEntry[]
  /** Hand it back as `after` for the next page; `null` on the last. */
  readonly next: MailboxPosition | null
}

const mailboxRow = z.object({
  position: z.int(),
  recipient: z.string(),
  subject: z.string(),
  template: z.string(),
  variables: z.string(),
  text_body: z.string(),
  html_body: z.string(),
  sent_at: z.string(),
})
type MailboxRow = z.infer<typeof mailboxRow>

const variablesSchema = z.record(z.string(), z.string())

/** Mails newest first, all or those to one (normalised) address, `limit` at a time. */
export async function readMailbox(
  database: D1Database,
  { to, limit, after = null }: { to?: string | undefined; limit: number; after?: MailboxPosition | null },
): Promise<MailboxPage> {
  // Mails of the same millisecond keep the order in which they came in, which is that of their row ids.
  const conditions = [
    ...(to === undefined ? [] : [{ sql: 'recipient = ?', values: [to] }]),
    ...(after ? [{ sql: '(sent_at, rowid) < (?, ?)', values: after }] : []),
  ]
  const where = conditions.length > 0 ? `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}` : ''
  const { results } = await database
    .prepare(`SELECT rowid AS position, * FROM mailbox ${where} ORDER BY sent_at DESC, rowid DESC LIMIT ?`)
    .bind(...conditions.flatMap(({ values }) => values), limit + 1)
    .all()
  const rows = results.slice(0, limit).map((row) => mailboxRow.parse(row))
  const last = rows.at(-1)
  const next = last && results.length > limit ? ([last.sent_at, last.position] as const) : null
  return { data: rows.map(entryOf), next }
}

function entryOf(row: MailboxRow): MailboxEntry {
  return {
    to: row.recipient,
    subject: row.subject,
    template: row.template,
    variables: variablesSchema.parse(JSON.parse(row.variables)),
    text: row.text_body,
    html: row.html_body,
    sentAt: row.sent_at,
  }
}

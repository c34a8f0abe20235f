import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import migration from '../../migrations/0001_mailbox.sql?raw'
import type { MailMessage } from '../../shared/ports/mail/mailer.ts'
import { DevelopmentMailbox, type MailboxPage, type MailboxPosition, readMailbox } from './mailbox.ts'

const database = env.DATABASE
const mailbox = new DevelopmentMailbox(database)

function message(id: string, fields: Partial<MailMessage> = {}): MailMessage {
  return {
    id,
    to: 'ada@example.com',
    subject: `Mail ${id}`,
    template: 'log_in_code',
    variables: { code: '123456' },
    text: 'Text',
    html: '<p>HTML</p>',
    sentAt: '2026-03-01T12:00:00.000Z',
    ...fields,
  }
}

async function subjects(query: Parameters<typeof readMailbox>[1]): Promise<string[]> {
  return (await readMailbox(database, query)).data.map((entry) => entry.subject)
}

beforeEach(async () => {
  const withoutComments = migration.replace(/^--.*$/gm, '')
  const statements = ['DROP TABLE IF EXISTS mailbox', ...withoutComments.split(';')]
  await database.batch(statements.filter((sql) => sql.trim() !== '').map((sql) => database.prepare(sql)))
})

describe('the development mailbox', () => {
  it('shows what was sent', async () => {
    expect(await mailbox.send(message('a'))).toEqual({ messageId: 'a' })
    const { id: _, ...entry } = message('a')
    expect(await readMailbox(database, { limit: 10 })).toEqual({ data: [entry], next: null })
  })
  it('stores a mail once, as it was sent first', async () => {
    await mailbox.send(message('a'))
    expect(await mailbox.send(message('a', { subject: 'Again' }))).toEqual({ messageId: 'a' })
    expect(await subjects({ limit: 10 })).toEqual(['Mail a'])
  })
  it('shows the newest first, and of one time those that came last', async () => {
    await mailbox.send(message('c', { sentAt: '2026-03-02T12:00:00.000Z' }))
    await mailbox.send(message('b'))
    await mailbox.send(message('a'))
    expect(await subjects({ limit: 10 })).toEqual(['Mail c', 'Mail a', 'Mail b'])
  })
  it('shows the mails to one address', async () => {
    await mailbox.send(message('a'))
    await mailbox.send(message('b', { to: 'bob@example.com' }))
    expect(await subjects({ to: 'bob@example.com', limit: 10 })).toEqual(['Mail b'])
    expect(await subjects({ to: 'nobody@example.com', limit: 10 })).toEqual([])
  })
  it('gives each mail once over its pages', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await mailbox.send(message(id))
    await mailbox.send(message('x', { to: 'bob@example.com' }))
    const seen: (readonly string[])[] = []
    let after: MailboxPosition | null = null
    do {
      const page: MailboxPage = await readMailbox(database, { to: 'ada@example.com', limit: 2, after })
      seen.push(page.data.map((entry) => entry.subject))
      after = page.next
    } while (after !== null)
    expect(seen).toEqual([
      ['Mail d', 'Mail c'],
      ['Mail b', 'Mail a'],
    ])
  })
  it('throws an unknown outcome when the database fails', async () => {
    await database.prepare('DROP TABLE mailbox').run()
    await expect(mailbox.send(message('a'))).rejects.toMatchObject({
      name: 'PortError',
      kind: 'unknown_outcome',
      code: 'mailbox_unavailable',
    })
  })
})

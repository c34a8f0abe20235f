import { describe, expect, it } from 'vitest'
import { CloudflareMailer, type EmailBinding } from './cloudflare-mailer.ts'
import type { MailMessage } from './mailer.ts'

const message: MailMessage = {
  id: 'order/ord_1/3#0',
  to: 'ada@example.com',
  subject: 'Order ord_1 is confirmed',
  template: 'order_confirmed',
  variables: { orderId: 'ord_1' },
  text: 'Thank you',
  html: '<p>Thank you</p>',
  sentAt: '2026-03-01T12:00:00.000Z',
}

/** A binding that keeps what it is given, or throws. */
function binding(fault?: unknown) {
  const sent: Parameters<EmailBinding['send']>[0][] = []
  const send: EmailBinding['send'] = async (mail) => {
    if (fault !== undefined) throw fault
    sent.push(mail)
    return { messageId: `<${sent.length}@mail.example>` }
  }
  return { send, sent }
}

/** As the service throws: an error with a code, whose words may quote an address. */
function serviceFault(code: string) {
  return Object.assign(new Error('cannot send to ada@example.com'), { code })
}

describe('the mailer of Cloudflare', () => {
  it('hands over both bodies, and the id by which a repeated mail is known', async () => {
    const email = binding()
    const mailer = new CloudflareMailer(email, 'shop@example.com')
    expect(await mailer.send(message)).toEqual({ messageId: '<1@mail.example>' })
    expect(email.sent).toEqual([
      {
        to: 'ada@example.com',
        from: 'shop@example.com',
        subject: 'Order ord_1 is confirmed',
        text: 'Thank you',
        html: '<p>Thank you</p>',
        headers: { 'X-Petrel-Mail-Id': 'order/ord_1/3#0' },
      },
    ])
  })
  it.each([
    ['shop@example.com', 'shop@example.com'],
    ['<shop@example.com>', 'shop@example.com'],
    ['Petrel <shop@example.com>', { name: 'Petrel', email: 'shop@example.com' }],
    ['"Petrel, Inc." <shop@example.com>', { name: 'Petrel, Inc.', email: 'shop@example.com' }],
  ])('writes as %s', async (from, sender) => {
    const email = binding()
    await new CloudflareMailer(email, from).send(message)
    expect(email.sent).toMatchObject([{ from: sender }])
  })
  it('waits for a sender that is an address', async () => {
    await expect(new CloudflareMailer(binding(), 'the shop').send(message)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'not_configured',
    })
  })
  it.each([
    ['E_RECIPIENT_NOT_ALLOWED', 'rejected', 'recipient_not_allowed'],
    ['E_RECIPIENT_SUPPRESSED', 'rejected', 'recipient_suppressed'],
    ['E_DELIVERY_FAILED', 'rejected', 'delivery_failed'],
    ['E_CONTENT_TOO_LARGE', 'rejected', 'mail_too_large'],
    ['E_VALIDATION_ERROR', 'rejected', 'mail_invalid'],
    ['E_FIELD_MISSING', 'rejected', 'mail_invalid'],
    ['E_RATE_LIMIT_EXCEEDED', 'unavailable', 'mail_unavailable'],
    ['E_DAILY_LIMIT_EXCEEDED', 'unavailable', 'mail_unavailable'],
    ['E_SENDER_NOT_VERIFIED', 'unavailable', 'mail_unavailable'],
    ['E_SENDER_DOMAIN_NOT_AVAILABLE', 'unavailable', 'mail_unavailable'],
    ['E_INTERNAL_SERVER_ERROR', 'unknown_outcome', 'mail_unavailable'],
    ['E_SOMETHING_NEW', 'unknown_outcome', 'mail_unavailable'],
  ])('sorts %s as %s', async (code, kind, told) => {
    const sending = new CloudflareMailer(binding(serviceFault(code)), 'shop@example.com').send(message)
    await expect(sending).rejects.toMatchObject({ name: 'PortError', kind, code: told })
    await expect(sending).rejects.not.toThrow(/ada@example/)
  })
  it.each([new TypeError('network'), 'text', null])(
    'does not know whether it was sent after %s',
    async (fault) => {
      const sending = new CloudflareMailer(binding(fault), 'shop@example.com').send(message)
      await expect(sending).rejects.toMatchObject({ kind: 'unknown_outcome' })
    },
  )
})

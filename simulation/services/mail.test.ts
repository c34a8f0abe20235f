import { describe, expect, it } from 'vitest'
import { type MailTemplate, mailTemplates } from '../../shared/core/mail.ts'
import { CloudflareMailer } from '../../shared/ports/mail/cloudflare-mailer.ts'
import { renderMail } from '../../shared/ports/mail/templates.ts'
import { MailStandIn } from './mail.ts'
import {
  codeIn,
  customerIdIn,
  orderIdIn,
  promotionCodeIn,
  skuIn,
  tokenIn,
  trackingNumberIn,
} from './mail-reading.ts'

const now = Date.parse('2026-11-23T12:00:00.000Z')
const orderId = 'ord_01939a2e-0000-7000-8000-00000000abcd'
const customerId = 'cus_01939a2e-0000-7000-8000-00000000abcd'
/** Of all templates; the name tries to look like something set off. */
const variables = {
  ...{ name: '\n\n    Mallory', customerId, orderId, token: '-tok_en9', code: '042137' },
  ...{ promotionCode: 'WELCOME-4F2', percent: '15', total: '10.00 USD', amount: '5.00 USD', sku: 'MUG-1' },
  ...{ trackingNumber: 'SBX0193', reason: 'operator', productName: 'Mug' },
}

/** Petrel's mailer in front of the stand-in. */
function mailer(from = 'Petrel <shop@petrel.example>') {
  const standIn = new MailStandIn()
  const real = new CloudflareMailer({ send: async (mail) => standIn.accept(mail, now) }, from)
  const send = (template: MailTemplate, to = 'ada@example.com') => {
    const written = renderMail(template, variables)
    return real.send({ id: `m/${template}`, to, template, variables, sentAt: '', ...written })
  }
  return { standIn, send }
}

describe('the mail provider', () => {
  it('takes mails in their order, also twice', async () => {
    const { standIn, send } = mailer()
    expect(await send('log_in_code')).toEqual({ messageId: '<1@mail.example>' })
    await send('welcome', 'bob@example.com')
    await send('log_in_code')
    const code = {
      id: 'm/log_in_code',
      to: 'ada@example.com',
      at: now,
      ...renderMail('log_in_code', variables),
    }
    expect(standIn.mailsTo('ada@example.com')).toEqual([code, code])
    expect(standIn.mails().map(({ to }) => to)).toEqual([
      'ada@example.com',
      'bob@example.com',
      'ada@example.com',
    ])
  })
  it.each([
    ['recipient', 'nobody', undefined, { kind: 'rejected', code: 'mail_invalid' }],
    ['sender', 'ada@example.com', 'nobody', { kind: 'unavailable', code: 'not_configured' }],
  ])('takes no mail without a %s', async (_, to, from, fault) => {
    const { standIn, send } = mailer(from)
    await expect(send('welcome', to)).rejects.toMatchObject(fault)
    expect(standIn.mails()).toEqual([])
  })
})

describe('a customer', () => {
  const orders = mailTemplates.filter((one) => one.startsWith('order_') || one === 'review_request')
  it.each([
    ['the token', tokenIn, variables.token, ['verification']],
    ['the code', codeIn, variables.code, ['log_in_code']],
    ['the promotion code', promotionCodeIn, variables.promotionCode, ['welcome', 'retention_offer']],
    ['the tracking number', trackingNumberIn, variables.trackingNumber, ['order_shipped']],
    ['the customer', customerIdIn, customerId, ['verification']],
    ['the order', orderIdIn, orderId, orders],
    ['the product', skuIn, variables.sku, ['review_request']],
  ] as const)('finds %s in the mails that have it, and in no other', async (_, read, value, templates) => {
    const { standIn, send } = mailer()
    for (const template of mailTemplates) await send(template)
    const found = standIn.mails().flatMap((mail) => {
      const text = read(mail)
      return text === null ? [] : [[mail.id, text]]
    })
    expect(found.sort()).toEqual(templates.map((template) => [`m/${template}`, value]).sort())
  })
})

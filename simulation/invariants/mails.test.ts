import { expect, it } from 'vitest'
import { mailsOnce, promisedMails } from './mails.ts'
import { storyOf } from './story.fixture.ts'

const { shop, confirmed, other } = storyOf()
const isOf = (id: string) => (mail: { id: string }) => mail.id.includes(`${id}/`)

it('finds a mail that was never sent, unless its customer is erased or its effect has failed', () => {
  expect(promisedMails.check(shop.inspection())).toEqual([])
  const mails = shop.mails.filter((mail) => !isOf(confirmed)(mail))
  expect(mails.length).toBeLessThan(shop.mails.length)
  expect(promisedMails.check(shop.inspection({ mails }))).toMatchObject([{ about: [`order/${confirmed}`] }])
  shop.run('customer', other, { type: 'EraseCustomer' })
  expect(promisedMails.check(shop.inspection({ mails }))).toEqual([])
})

it('finds a mail that was sent twice without a reason', () => {
  const [mail] = shop.mails.filter(isOf(confirmed))
  const mails = mail ? [...shop.mails, mail] : []
  const check = (kind: string, target = '') =>
    mailsOnce.check(shop.inspection({ mails, faults: [{ kind, at: 0, target }] }))
  expect(mailsOnce.check(shop.inspection())).toEqual([])
  expect(mailsOnce.check(shop.inspection({ mails }))).toHaveLength(1)
  expect(check('sink after')).toHaveLength(1)
  expect(check('object crashed', 'OrderObject/ord_other')).toHaveLength(1)
  expect(check('object crashed', `OrderObject/${confirmed}`)).toEqual([])
  expect(check('mailer after')).toEqual([])
})

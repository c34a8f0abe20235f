import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MailTemplate, mailTemplates } from '../../core/mail.ts'
import { cancellationReasons } from '../../order/events.ts'
import { mailVariables, renderMail } from './templates.ts'

/** A value for each variable of a mail: its own name in capitals. */
function examples(template: MailTemplate): Record<string, string> {
  return Object.fromEntries(mailVariables(template).map((name) => [name, name.toUpperCase()]))
}

describe('every mail', () => {
  it.each([
    ['verification', ['token', 'customerId']],
    ['welcome', ['name', 'promotionCode']],
    ['log_in_code', ['code']],
    ['order_confirmed', ['orderId', 'total']],
    ['order_shipped', ['orderId', 'trackingNumber']],
    ['order_delivered', ['orderId']],
    ['order_cancelled', ['orderId', 'reason']],
    ['order_refunded', ['orderId', 'amount']],
    ['review_request', ['productName', 'orderId', 'sku']],
    ['retention_offer', ['name', 'promotionCode', 'percent']],
  ] as const)('%s shows %j in both bodies', (template, variables) => {
    const { subject, text, html } = renderMail(template, examples(template))
    expect(mailVariables(template)).toEqual(variables)
    expect(subject).not.toBe('')
    for (const name of variables) {
      expect(text).toContain(name.toUpperCase())
      expect(html).toContain(name.toUpperCase())
    }
  })
  it.each(mailTemplates)('%s is a fault when a variable is missing', (template) => {
    for (const name of mailVariables(template)) {
      const { [name]: _, ...others } = examples(template)
      expect(() => renderMail(template, others)).toThrow(
        expect.objectContaining({ name: 'PortError', kind: 'rejected', code: 'template_variable_missing' }),
      )
    }
  })
  it.each(mailTemplates)('%s leaves out what it does not know', (template) => {
    const known = examples(template)
    expect(renderMail(template, { ...known, other: 'OTHER' })).toEqual(renderMail(template, known))
  })
  it.each(mailTemplates)('%s lets no variable be markup, or a line of its own', (template) => {
    const plain = renderMail(template, examples(template))
    const marks = (html: string) => html.match(/<[^>]*>/g)
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('<b>', '"\'&', '\r\nBcc: x', '\n\n', '\u2028', ']]>'),
        (noise, bad) => {
          const given = Object.fromEntries(
            mailVariables(template).map((name) => [name, `${noise}${bad}${noise}`]),
          )
          const { subject, text, html } = renderMail(template, given)
          expect(marks(html)).toEqual(marks(plain.html))
          expect(text.split('\n')).toHaveLength(plain.text.split('\n').length)
          expect(subject).not.toMatch(/[\r\n\u2028\u2029]/)
        },
      ),
    )
  })
})

describe('the form of every mail', () => {
  const rendered = mailTemplates.map((template) => renderMail(template, examples(template)))

  it('says the same in both bodies', () => {
    for (const { text, html } of rendered) {
      const words = html
        .replace(/<head>[\s\S]*<\/head>/, '')
        .replace(/<[^>]*>/g, ' ')
        .replaceAll('&#39;', "'")
        .split(/\s+/)
      expect(words.filter((word) => word !== '' && !text.includes(word))).toEqual([])
    }
  })
  it('has a subject of its own, which fits into a list of mails', () => {
    const subjects = rendered.map(({ subject }) => subject)
    expect(new Set(subjects).size).toBe(mailTemplates.length)
    for (const subject of subjects) expect(subject.length).toBeLessThanOrEqual(78)
  })
  it('leaves no placeholder and loads nothing', () => {
    for (const { subject, text, html } of rendered) {
      expect(`${subject}${text}${html}`).not.toMatch(/\{\{|\}\}|\$\{|\[object|undefined|null|NaN/)
      expect(html).not.toMatch(/<(img|link|script|iframe)|url\(|https?:/)
    }
  })
  it('says why it was sent', () => {
    for (const { text, html } of rendered) {
      expect(text).toMatch(/\n-- \nYou get this mail because .+\.\n$/)
      expect(html).toContain('You get this mail because ')
    }
  })
})

describe('a mail to someone with markup for a name', () => {
  const { text, html } = renderMail('welcome', {
    name: `<script>alert("1 & '2'")</script>`,
    promotionCode: 'WELCOME-1',
  })

  it('escapes the HTML', () => {
    expect(html).toContain('&lt;script&gt;alert(&quot;1 &amp; &#39;2&#39;&quot;)&lt;/script&gt;')
    expect(html).not.toContain('<script')
  })
  it('leaves the plain text as it is', () => {
    expect(text).toContain(`<script>alert("1 & '2'")</script>`)
  })
})

describe('a cancelled order', () => {
  it('has its reason in words', () => {
    const { text } = renderMail('order_cancelled', { orderId: 'ord_1', reason: 'out_of_stock' })
    expect(text).toContain('ord_1 is cancelled. We are sorry: not everything in it is in stock any more.')
  })
  it('tells a reason that is new in its own words', () => {
    const { text } = renderMail('order_cancelled', { orderId: 'ord_1', reason: 'lost_at_sea' })
    expect(text).toContain('The reason: lost at sea.')
  })
  it.each(cancellationReasons)('has a sentence for %s', (reason) => {
    const { text } = renderMail('order_cancelled', { orderId: 'ord_1', reason })
    expect(text).not.toContain('The reason:')
  })
  it('does not inherit variables', () => {
    expect(() => renderMail('order_delivered', Object.create({ orderId: 'ord_1' }))).toThrow('orderId')
  })
})

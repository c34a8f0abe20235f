import type { MailTemplate } from '../core/mail.ts'
import { PortError } from './port-error.ts'

/** A paragraph; `shown` is one that stands out: a code to copy. */
type Paragraph = string | { readonly shown: string }

interface Letter {
  readonly subject: string
  readonly body: readonly Paragraph[]
}

interface Template {
  readonly variables: readonly string[]
  write(given: Variables, name: MailTemplate): Letter
}

type Variables = Readonly<Record<string, string>>

/** A letter that can use the variables it names, and no others. */
function letter<const Name extends string>(
  variables: readonly Name[],
  write: (value: (name: Name) => string) => Letter,
): Template {
  return {
    variables,
    write: (given, template) => {
      for (const name of variables) variableOf(given, name, template)
      return write((name) => variableOf(given, name, template))
    },
  }
}

/** On one line: no variable can begin a paragraph or a header of its own. */
function variableOf(given: Variables, name: string, template: MailTemplate): string {
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (value === undefined)
    throw new PortError('rejected', 'template_variable_missing', `the mail ${template} needs ${name}`)
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

const templates = {
  verification: letter(['name', 'token', 'customerId'], (value) => ({
    subject: 'Verify your e-mail address',
    body: [
      `Hello ${value('name')},`,
      'thank you for registering. Verify your e-mail address with this token, which works for 7 days:',
      { shown: value('token') },
      `Your customer number is ${value('customerId')}.`,
      'If you did not register, you need do nothing.',
    ],
  })),
  welcome: letter(['name', 'promotionCode'], (value) => ({
    subject: 'Welcome: 10 % off your first order',
    body: [
      `Hello ${value('name')},`,
      'your e-mail address is verified. Here is a welcome present: 10 % off your first order, for 30 days, with this code:',
      { shown: value('promotionCode') },
      'The code is yours alone and works once.',
    ],
  })),
  log_in_code: letter(['code'], (value) => ({
    subject: 'Your log-in code',
    body: [
      'Your log-in code is:',
      { shown: value('code') },
      'It works once, within 10 minutes. Give it to nobody: we never ask for it.',
      'If you did not ask for it, you need do nothing.',
    ],
  })),
  order_confirmed: letter(['orderId', 'total'], (value) => ({
    subject: `Order ${value('orderId')} is confirmed`,
    body: [
      `Thank you: your order ${value('orderId')} is confirmed.`,
      `Its total is ${value('total')}. We will write to you when it is on its way.`,
    ],
  })),
  order_shipped: letter(['orderId', 'trackingNumber'], (value) => ({
    subject: `Order ${value('orderId')} is on its way`,
    body: [
      `Your order ${value('orderId')} is on its way. Its tracking number is:`,
      { shown: value('trackingNumber') },
    ],
  })),
  order_delivered: letter(['orderId'], (value) => ({
    subject: `Order ${value('orderId')} has arrived`,
    body: [
      `Your order ${value('orderId')} has been delivered.`,
      'Please confirm the delivery; if you do not, it counts as confirmed after 24 hours.',
    ],
  })),
  order_cancelled: letter(['orderId', 'reason'], (value) => ({
    subject: `Order ${value('orderId')} is cancelled`,
    body: [
      `Your order ${value('orderId')} is cancelled: ${value('reason').replaceAll('_', ' ')}.`,
      'Whatever was charged for it is refunded in full.',
    ],
  })),
  order_refunded: letter(['orderId', 'amount'], (value) => ({
    subject: `A refund for order ${value('orderId')}`,
    body: [
      `We have refunded ${value('amount')} for your order ${value('orderId')}.`,
      'Your bank may need some days to show it.',
    ],
  })),
} satisfies Record<MailTemplate, Template>

/** The variables that each mail has to be given. */
export function mailVariables(template: MailTemplate): readonly string[] {
  return templates[template].variables
}

/**
 * The subject and both bodies of a mail. Every variable stands as plain text in each: on one line, and
 * escaped in the HTML. Variables that a mail does not know are left out.
 *
 * @throws PortError `rejected`, `template_variable_missing`
 */
export function renderMail(
  template: MailTemplate,
  variables: Variables,
): { subject: string; text: string; html: string } {
  const { subject, body } = templates[template].write(variables, template)
  const text = `${body.map((part) => (typeof part === 'string' ? part : `    ${part.shown}`)).join('\n\n')}\n`
  const paragraphs = body.map((part) =>
    typeof part === 'string'
      ? `<p>${escapeHtml(part)}</p>`
      : `<p><strong>${escapeHtml(part.shown)}</strong></p>`,
  )
  return { subject, text, html: page(subject, paragraphs) }
}

function page(subject: string, paragraphs: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body>',
    ...paragraphs,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

import { z } from 'zod'
import { call, type Effect, type Message } from './effect.ts'

export const mailTemplates = [
  'verification',
  'welcome',
  'log_in_code',
  'order_confirmed',
  'order_shipped',
  'order_delivered',
  'order_cancelled',
  'order_refunded',
  'review_request',
  'retention_offer',
] as const
export type MailTemplate = (typeof mailTemplates)[number]

/**
 * A mail to a customer as an effect. The address is looked up when the mail is sent, so only the customer's own
 * log holds it. `secret` names a one-time secret of the sending aggregate: its clear text is derived when the
 * mail is sent and passed to the template as the variable `as`.
 */
export const mailRequestSchema = z.object({
  customerId: z.string(),
  template: z.enum(mailTemplates),
  variables: z.record(z.string(), z.string()),
  secret: z
    .object({ as: z.enum(['token', 'code']), form: z.enum(['token', 'digits']), label: z.string() })
    .optional(),
})

/** Sends a mail to a customer; `reply` gets the outcome `{messageId}`. */
export function mail(request: z.infer<typeof mailRequestSchema>, reply?: Message): Effect {
  return call('mailer', 'send', request, reply)
}

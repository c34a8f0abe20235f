import { z } from 'zod'
import type { StepReply } from '../../../durable-objects/aggregate/protocol.ts'
import { unpackRefusal } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { type CarrierNews, carrierNewsSchema, commandsOfNews } from '../../../shared/delivery/carrier-news.ts'
import { containsCardNumber } from '../../../shared/payment/card-number/card-number.ts'
import { deliveryOfSandboxNumber } from '../../../shared/ports/sandbox/carrier.ts'
import type { ApiContext } from '../http/context.ts'
import { sendJson } from '../http/context.ts'
import { errorsOf, newApi } from '../http/operation.ts'
import { cardNumberRejected, invalidRequest, Problem, problemOf } from '../http/problems.ts'
import { textErrors } from '../http/request/body-text.ts'
import { withTimeout } from '../http/timeout.ts'
import { signedBody, type WebhookSender, webhookRoute } from '../http/webhook.ts'
import { deliveries } from './resource.ts'

const carrier: WebhookSender = {
  header: 'Petrel-Signature',
  setting: 'CARRIER_WEBHOOK_SECRET',
  scheme: 'carrierSignature',
}

/** What the delivery answers to news that something else has overtaken meanwhile: the carrier need not know. */
const overtaken = ['delivery_ended', 'delay_not_in_future']

export const carrierWebhookRoutes = newApi()

carrierWebhookRoutes.openapi(
  webhookRoute({
    operationId: 'carrierWebhook',
    path: '/webhooks/carrier',
    tag: deliveries.collection,
    summary:
      "Takes a carrier's news of a parcel: where it is, delays, failed attempts, its arrival or return",
    description:
      'Any number of times and in any order: news is known by its `eventId`, and what comes too late changes nothing. News that cannot be yet (a return before the delivery has failed, a parcel that is not known yet) is refused with 409 or 404, and taken when it is sent again. A parcel that the carrier has is started if nobody has started it.',
    sender: carrier,
    body: carrierNewsSchema,
    problems: ['404', '409'],
  }),
  async (c) => {
    const news = carrierNewsSchema.safeParse(await signedBody(c, carrier))
    if (!news.success) throw invalidRequest(...errorsOf('json', news.error))
    // It goes into mails as what operators write does.
    const notText = textErrors(news.data)
    if (notText.length > 0) throw invalidRequest(...notText)
    // An id of another system may look like a card number; all else is looked through as everywhere.
    const { eventId: _, ...told } = news.data
    if (containsCardNumber(told)) throw cardNumberRejected()
    await clock.sync(c.env)
    await dispatch(c, news.data)
    return sendJson(c, { received: true })
  },
)

/** @throws Problem `delivery_not_found`, or the refusal of news that comes too early */
async function dispatch(c: ApiContext, news: CarrierNews): Promise<void> {
  const id = await deliveryOf(c, news)
  const delivery = c.env.DELIVERY.getByName(id)
  const view = await withTimeout(delivery.read({}))
  if (!view) throw unknownParcel()
  for (const command of commandsOfNews(news, view.state, clock.now())) {
    // Without a command id: the delivery itself knows news that it has had, and what is refused today may be
    // taken tomorrow.
    const reply = await withTimeout<StepReply>(delivery.dispatch({ id, command, trace: c.get('trace') }))
    if (!reply.ok && !overtaken.includes(reply.refusal.code)) throw problemOf(unpackRefusal(reply.refusal))
  }
}

const row = z.object({ id: z.string() })

/** The delivery that news is about: by its id, by a number of the sandbox, or as the lists know it. */
async function deliveryOf(c: ApiContext, { deliveryId, trackingNumber = '' }: CarrierNews): Promise<string> {
  const known = deliveryId ?? deliveryOfSandboxNumber(trackingNumber)
  if (known) return known
  const found = await c.env.DATABASE.prepare(
    'SELECT id FROM deliveries WHERE tracking_number = ? ORDER BY id DESC LIMIT 1',
  )
    .bind(trackingNumber)
    .first()
  if (!found) throw unknownParcel()
  return row.parse(found).id
}

function unknownParcel(): Problem {
  return new Problem('delivery_not_found', 'No parcel of ours is known by this name yet.')
}

import { z } from 'zod'
import type { StepReply } from '../../../durable-objects/aggregate/protocol.ts'
import { unpackRefusal } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import {
  type CarrierReport,
  carrierReportSchema,
  reportCommands,
} from '../../../shared/delivery/carrier-report.ts'
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

/** Refusals of outdated news. The carrier gets 200, because sending it again would not help. */
const outdated = ['delivery_ended', 'delay_not_in_future']

export const carrierWebhookRoutes = newApi()

carrierWebhookRoutes.openapi(
  webhookRoute({
    operationId: 'carrierWebhook',
    path: '/webhooks/carrier',
    tag: deliveries.collection,
    summary: "Receives a carrier's news of a parcel: tracking, delays, failed attempts, delivery or return",
    description:
      'Idempotent by `eventId`, in any order; outdated news changes nothing. Premature news (a return before the delivery has failed, a parcel that is not known yet) is refused with 409 or 404 and accepted when it is sent again. A delivery that has not been started is started by the first news that the carrier has the parcel.',
    sender: carrier,
    body: carrierReportSchema,
  }),
  async (c) => {
    const news = carrierReportSchema.safeParse(await signedBody(c, carrier))
    if (!news.success) throw invalidRequest(...errorsOf('json', news.error))
    // Its text is shown to buyers and mailed, so it is checked like any other field.
    const notText = textErrors(news.data)
    if (notText.length > 0) throw invalidRequest(...notText)
    // The id of another system can look like a card number; everything else is searched.
    const { eventId: _, ...fields } = news.data
    if (containsCardNumber(fields)) throw cardNumberRejected()
    await clock.sync(c.env)
    await dispatch(c, news.data)
    return sendJson(c, { received: true })
  },
)

/** @throws Problem `delivery_not_found`, or the refusal of premature news */
async function dispatch(c: ApiContext, news: CarrierReport): Promise<void> {
  const id = await deliveryOf(c, news)
  const delivery = c.env.DELIVERY.getByName(id)
  const view = await withTimeout(delivery.read({}))
  if (!view) throw unknownParcel()
  for (const command of reportCommands(news, view.state, clock.now())) {
    // Without a command id: the delivery deduplicates news itself, and a refused command may succeed later.
    const reply = await withTimeout<StepReply>(delivery.dispatch({ id, command, trace: c.get('trace') }))
    if (!reply.ok && !outdated.includes(reply.refusal.code)) throw problemOf(unpackRefusal(reply.refusal))
  }
}

const row = z.object({ id: z.string() })

/** The delivery of the news: by its id, by a tracking number of the sandbox, or from the list of deliveries. */
async function deliveryOf(
  c: ApiContext,
  { deliveryId, trackingNumber = '' }: CarrierReport,
): Promise<string> {
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
  return new Problem('delivery_not_found', 'No parcel with this id or tracking number is known yet.')
}

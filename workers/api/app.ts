import { publicOrigin } from '../../durable-objects/public-url.ts'
import { cartQuoteRoutes } from './cart/quote.ts'
import { cartRoutes } from './cart/routes.ts'
import { productRoutes } from './catalog/routes.ts'
import { customerRoutes } from './customer/routes.ts'
import { sessionRoutes } from './customer/sessions.ts'
import { carrierWebhookRoutes } from './delivery/carrier-webhook.ts'
import { deliveryRoutes } from './delivery/routes.ts'
import { type ApiContext, sendJson, telemetryOf } from './http/context.ts'
import { admit, identify, limitTime, preflight, requireConfiguration } from './http/middleware.ts'
import { asyncApiDocument } from './http/openapi/asyncapi.ts'
import { docsPage } from './http/openapi/docs.ts'
import { eventSchema, schemaNames } from './http/openapi/event-schemas.ts'
import { type OpenApiDocument, openApiDocument, registerComponents } from './http/openapi/openapi.ts'
import { problemPages } from './http/openapi/problem-pages.ts'
import { type StaticDocument, sendStatic, staticDocument } from './http/openapi/static-documents.ts'
import { newApi } from './http/operation.ts'
import { pace } from './http/pacing.ts'
import { answerFault, notFound, Problem, problemResponse } from './http/problems.ts'
import { methodsAt } from './http/request/methods.ts'
import { inventoryRoutes } from './inventory/routes.ts'
import { deadLetterRoutes } from './ops/dead-letters.ts'
import { forwardingRoutes } from './ops/forwarding.ts'
import { checkHealth, emitHealth, healthDetail } from './ops/health.ts'
import { lakeRoutes } from './ops/lake.ts'
import { parkedEffectRoutes } from './ops/parked-effects.ts'
import { projectionRoutes } from './ops/projections.ts'
import { replayRoutes } from './ops/replay.ts'
import { sandboxRoutes } from './ops/sandbox.ts'
import { checkoutRoutes } from './order/checkout.ts'
import { orderRoutes } from './order/routes.ts'
import { paymentRoutes } from './payment/routes.ts'
import { webhookRoutes } from './payment/stripe-webhook.ts'
import { promotionRoutes } from './promotion/routes.ts'
import { reviewRoutes } from './review/routes.ts'

/** The HTTP API, built once per isolate. */
export const app = newApi()

app.onError(answerFault)
const allowedAt = methodsAt(app.routes)
app.use(identify, preflight(allowedAt), requireConfiguration)
app.use('/v1/*', pace, limitTime, admit)

for (const routes of [
  productRoutes,
  inventoryRoutes,
  promotionRoutes,
  customerRoutes,
  sessionRoutes,
  cartRoutes,
  cartQuoteRoutes,
  checkoutRoutes,
  orderRoutes,
  paymentRoutes,
  deliveryRoutes,
  reviewRoutes,
  webhookRoutes,
  carrierWebhookRoutes,
  parkedEffectRoutes,
  sandboxRoutes,
  lakeRoutes,
  forwardingRoutes,
  replayRoutes,
  deadLetterRoutes,
  projectionRoutes,
])
  app.route('/v1', routes)
app.route('/', problemPages)

app.get('/', (c) =>
  sendJson(c, {
    name: 'Petrel',
    api: '/v1',
    docs: '/docs',
    openapi: '/openapi.json',
    asyncapi: '/asyncapi.json',
    problems: '/problems',
    schemas: '/schemas',
    health: '/health',
  }),
)

app.get('/health', async (c) => {
  const health = await checkHealth(c.env)
  c.header('Cache-Control', 'no-store')
  emitHealth(telemetryOf(c), health, 'request')
  const { status, checks, notConfigured, sandbox } = health
  const inSandbox = sandbox.length > 0 && { sandbox }
  if (status === 'ok') return sendJson(c, { status, checks, ...inSandbox })
  throw new Problem('unhealthy', healthDetail(health), {
    facts: { checks, ...(notConfigured.length > 0 && { notConfigured }), ...inSandbox },
    headers: { 'Retry-After': '5' },
  })
})

app.get('/openapi.json', (c) => sendStatic(c, openApiText()))
app.get('/asyncapi.json', (c) => sendStatic(c, asyncApiText(publicOrigin(c.env))))
app.get('/docs', (c) => docsPage(c, apiDocument()))

app.get('/schemas', (c) => {
  const data = schemaNames().map((name) => `${publicOrigin(c.env)}/schemas/${name}.json`)
  return sendStatic(c, staticDocument(JSON.stringify({ data }), 'application/json'))
})
app.get('/schemas/:file{.+\\.json}', (c) => {
  const schema = eventSchema(c.req.param('file').slice(0, -'.json'.length), publicOrigin(c.env))
  if (!schema) throw notFound('There is no event of this type and version.')
  return sendStatic(c, staticDocument(JSON.stringify(schema), 'application/schema+json'))
})

registerComponents(app)

app.notFound((c: ApiContext) => {
  const allowed = allowedAt(c.req.path)
  if (allowed.length === 0) return problemResponse(c, notFound())
  const problem = new Problem('method_not_allowed', `${c.req.method} is not allowed here.`, {
    headers: { Allow: [...allowed, 'OPTIONS'].join(', ') },
  })
  return problemResponse(c, problem)
})

let document: OpenApiDocument | null = null
let documentText: StaticDocument | null = null

function apiDocument(): OpenApiDocument {
  document ??= openApiDocument(app)
  return document
}

function openApiText(): StaticDocument {
  documentText ??= staticDocument(JSON.stringify(apiDocument()), 'application/json')
  return documentText
}

let events: { origin: string; document: StaticDocument } | null = null

/** Cached for the origin of the deployment. */
function asyncApiText(origin: string): StaticDocument {
  if (events?.origin !== origin) {
    const text = JSON.stringify(asyncApiDocument(origin))
    events = { origin, document: staticDocument(text, 'application/json') }
  }
  return events.document
}

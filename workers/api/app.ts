import { asyncApiDocument } from './asyncapi.ts'
import { carrierWebhookRoutes } from './carrier-webhook.ts'
import { cartQuoteRoutes } from './cart-quote.ts'
import { cartRoutes } from './carts.ts'
import { checkoutRoutes } from './checkout.ts'
import { sendJson } from './commands.ts'
import { type ApiContext, tellerOf } from './context.ts'
import { customerRoutes } from './customers.ts'
import { deliveryRoutes } from './deliveries.ts'
import { deliveryOperationRoutes } from './delivery-operations.ts'
import { docsPage } from './docs.ts'
import { eventSchema, schemaNames } from './event-schemas.ts'
import { checkHealth, healthDetail, tellHealth } from './health.ts'
import { publicOrigin } from './http/public-url.ts'
import { inventoryRoutes } from './inventory.ts'
import { lakeRoutes } from './lake.ts'
import { listRoutes } from './lists.ts'
import { projectionRoutes } from './lists-operations.ts'
import { methodsAt } from './methods.ts'
import { admit, identify, preflight, requireConfiguration } from './middleware.ts'
import { type OpenApiDocument, openApiDocument, registerComponents } from './openapi.ts'
import { newApi } from './operation.ts'
import { opsRoutes } from './ops.ts'
import { orderRoutes } from './orders.ts'
import { paymentRoutes } from './payments.ts'
import { problemPages } from './problem-pages.ts'
import { answerFault, notFound, Problem, problemResponse } from './problems.ts'
import { productRoutes } from './products.ts'
import { promotionRoutes } from './promotions.ts'
import { replayRoutes } from './replay.ts'
import { reviewRoutes } from './reviews.ts'
import { sessionRoutes } from './sessions.ts'
import { setAsideRoutes } from './set-aside.ts'
import { webhookRoutes } from './webhooks.ts'

/** The whole HTTP API, built once for each isolate. */
export const app = newApi()

app.onError(answerFault)
const allowedAt = methodsAt(app.routes)
app.use(identify, preflight(allowedAt), requireConfiguration)
app.use('/v1/*', admit)

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
  opsRoutes,
  lakeRoutes,
  deliveryOperationRoutes,
  replayRoutes,
  setAsideRoutes,
  listRoutes,
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
  tellHealth(tellerOf(c), health, 'request')
  const { status, checks, notConfigured, sandbox } = health
  const playing = sandbox.length > 0 && { sandbox }
  if (status === 'ok') return sendJson(c, { status, checks, ...playing })
  throw new Problem('unhealthy', healthDetail(health), {
    facts: { checks, ...(notConfigured.length > 0 && { notConfigured }), ...playing },
    headers: { 'Retry-After': '5' },
  })
})

app.get('/openapi.json', (c) => c.body(openApiText(), 200, { 'Content-Type': 'application/json' }))
app.get('/asyncapi.json', (c) =>
  c.body(asyncApiText(publicOrigin(c.env)), 200, { 'Content-Type': 'application/json' }),
)
app.get('/docs', (c) => docsPage(c, apiDocument()))

app.get('/schemas', (c) =>
  sendJson(c, { data: schemaNames().map((name) => `${publicOrigin(c.env)}/schemas/${name}.json`) }),
)
app.get('/schemas/:file{.+\\.json}', (c) => {
  const schema = eventSchema(c.req.param('file').slice(0, -'.json'.length), publicOrigin(c.env))
  if (!schema) throw notFound('There is no event of this type and version.')
  return c.body(JSON.stringify(schema), 200, { 'Content-Type': 'application/schema+json' })
})

registerComponents(app)

app.notFound((c: ApiContext) => {
  const allowed = allowedAt(c.req.path)
  if (allowed.length === 0) return problemResponse(c, notFound())
  const problem = new Problem('method_not_allowed', `${c.req.method} is not taken here.`, {
    headers: { Allow: [...allowed, 'OPTIONS'].join(', ') },
  })
  return problemResponse(c, problem)
})

let document: OpenApiDocument | null = null
let documentText: string | null = null

function apiDocument(): OpenApiDocument {
  document ??= openApiDocument(app)
  return document
}

function openApiText(): string {
  documentText ??= JSON.stringify(apiDocument())
  return documentText
}

let events = { origin: '', text: '' }

/** Written once for the origin of the deployment. */
function asyncApiText(origin: string): string {
  if (events.text === '' || events.origin !== origin)
    events = { origin, text: JSON.stringify(asyncApiDocument(origin)) }
  return events.text
}

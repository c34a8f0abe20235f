import type { PublishedMessage } from '../shared/core/cloud-event.ts'
import type { ProjectionMessage } from '../shared/core/projection.ts'
import type {
  AllowanceObject,
  CartObject,
  ClockObject,
  CustomerObject,
  CustomerProfileObject,
  DeliveryObject,
  EmailAddressObject,
  ForwarderObject,
  IdempotencyKeysObject,
  InventoryObject,
  OrderObject,
  PaymentObject,
  ProductObject,
  PromotionObject,
  ReplayObject,
  ReviewObject,
  SandboxGatewayObject,
} from './index.ts'

/** The Worker's bindings, as `wrangler.toml` declares them. Secrets come only from here. */
export interface Env {
  readonly CUSTOMER: DurableObjectNamespace<CustomerObject>
  readonly EMAIL_ADDRESS: DurableObjectNamespace<EmailAddressObject>
  readonly PRODUCT: DurableObjectNamespace<ProductObject>
  readonly CART: DurableObjectNamespace<CartObject>
  readonly CUSTOMER_PROFILE: DurableObjectNamespace<CustomerProfileObject>
  readonly ORDER: DurableObjectNamespace<OrderObject>
  readonly PAYMENT: DurableObjectNamespace<PaymentObject>
  readonly INVENTORY: DurableObjectNamespace<InventoryObject>
  readonly DELIVERY: DurableObjectNamespace<DeliveryObject>
  readonly PROMOTION: DurableObjectNamespace<PromotionObject>
  readonly REVIEW: DurableObjectNamespace<ReviewObject>
  readonly IDEMPOTENCY_KEYS: DurableObjectNamespace<IdempotencyKeysObject>
  /** What callers, and strangers about one address, have done within the last hour. */
  readonly ALLOWANCE: DurableObjectNamespace<AllowanceObject>
  readonly CLOCK: DurableObjectNamespace<ClockObject>
  readonly SANDBOX_GATEWAY: DurableObjectNamespace<SandboxGatewayObject>
  readonly FORWARDER: DurableObjectNamespace<ForwarderObject>
  readonly REPLAY: DurableObjectNamespace<ReplayObject>

  /** Every published event, on its way to the sinks. */
  readonly EVENTS: Queue<PublishedMessage>
  /** Aggregates whose rows in the lists may be out of date. */
  readonly PROJECTIONS: Queue<ProjectionMessage>
  /** The read database: lists, the development mailbox, the register of parked effects. */
  readonly DATABASE: D1Database
  readonly LAKE: R2Bucket
  readonly RATE_LIMIT: RateLimit
  readonly RATE_LIMIT_OPERATOR: RateLimit

  /** `development` or `production`; anything but `development` counts as production. */
  readonly ENVIRONMENT?: string
  /** The origin under which clients reach this deployment: `https://shop.example`; references are relative without it. */
  readonly PUBLIC_URL?: string
  /** HS256 key of the tokens that Petrel itself signs, and of one-time secrets; at least 32 characters. */
  readonly JWT_SECRET?: string
  /** Names the objects of e-mail addresses, for as long as there are customers; JWT_SECRET without it. */
  readonly EMAIL_ADDRESS_SECRET?: string
  /** Where an OIDC issuer publishes its keys; tokens signed by them are then accepted too. */
  readonly JWKS_URL?: string
  readonly JWT_ISSUER?: string
  readonly JWT_AUDIENCE?: string
  /** `adjustable` lets operators move the deployment's time; never in production. */
  readonly CLOCK_MODE?: string

  /** The currency that spending, tiers, points and limits are counted in (ISO 4217); USD without it. */
  readonly BASE_CURRENCY?: string
  /** What other currencies are worth in it, as JSON: `{"asOf": "2026-11-01", "rates": {"EUR": "1.08"}}`. */
  readonly EXCHANGE_RATES?: string

  /** Where money goes: `sandbox` (in development without it), or `stripe`; see `ports/configuration.ts`. */
  readonly PAYMENT_GATEWAY?: string
  readonly STRIPE_SECRET_KEY?: string
  /** The secret of the webhook endpoint at Stripe (`whsec_…`), by which its events are known. */
  readonly STRIPE_WEBHOOK_SECRET?: string
  /** Another address than Stripe's own, for a stand-in such as stripe-mock. */
  readonly STRIPE_API_URL?: string

  /** The secret that carriers sign their webhooks with. */
  readonly CARRIER_WEBHOOK_SECRET?: string

  /** Where mail goes: `mailbox` (in development without it), or `cloudflare`. */
  readonly MAILER?: string
  /** The sender, with or without a name: `Petrel <shop@example.com>`. */
  readonly MAIL_FROM?: string
  /** The `send_email` binding of Cloudflare Email Sending; see wrangler.toml. */
  readonly EMAIL?: SendEmail

  /** Where events go: `lake` (without it), `kafka`, or `firehose`. */
  readonly EVENT_SINK?: string
  /** Over how many forwarder objects the aggregates are spread; 8 without it. */
  readonly FORWARDERS?: string
  /** `true`: an event that the sink refuses for good holds up the later ones of its aggregate. */
  readonly STRICT_ORDER?: string

  /** `host:port`, with commas between them. */
  readonly KAFKA_BROKERS?: string
  /** One topic, or one for each context: `petrel.{context}`. */
  readonly KAFKA_TOPIC?: string
  /** `none` (only in development), `scram-sha-512`, or `msk-iam`. */
  readonly KAFKA_AUTHENTICATION?: string
  /** `false` (only in development) speaks without TLS. */
  readonly KAFKA_TLS?: string
  readonly KAFKA_USERNAME?: string
  readonly KAFKA_PASSWORD?: string
  /** The largest batch that the broker takes (bytes), its `message.max.bytes`; 1,000,000 without it. */
  readonly KAFKA_MAX_BATCH_BYTES?: string

  readonly FIREHOSE_STREAM?: string
  readonly AWS_REGION?: string
  readonly AWS_ACCESS_KEY_ID?: string
  readonly AWS_SECRET_ACCESS_KEY?: string
  readonly AWS_SESSION_TOKEN?: string
  /** A role that is assumed with the keys above; its credentials are renewed before they end. */
  readonly AWS_ROLE_ARN?: string
  /** Another address than AWS's own, for a stand-in. */
  readonly AWS_ENDPOINT_URL?: string
}

/** The binding of a kind's Durable Object class. */
export function bindingOf<Kind extends string>(kind: Kind): Uppercase<Kind>
export function bindingOf(kind: string): string {
  return kind.toUpperCase()
}

/** Whether this deployment plays: sandbox clock, mailbox over HTTP, a development key. */
export function isDevelopment(env: Pick<Env, 'ENVIRONMENT'>): boolean {
  return env.ENVIRONMENT === 'development'
}

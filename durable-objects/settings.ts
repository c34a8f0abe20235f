import { z } from 'zod'

/**
 * What an operator sets: variables of wrangler.toml and secrets. What a setting holds is checked where it is used,
 * so that one that is wrong stops only what needs it. docs/deployment.md has a row for each of them.
 */
export const settingsSchema = z.object({
  /** `development` or `production`; anything but `development` counts as production. */
  ENVIRONMENT: z.string().optional(),
  /**
   * The origin under which clients reach this deployment: `https://shop.example`. Problems, schemas and the source of events
   * are named by it; without it references are relative.
   */
  PUBLIC_URL: z.string().optional(),
  /** HS256 key of the tokens that Petrel itself signs, and of one-time secrets; at least 32 characters. */
  JWT_SECRET: z.string().optional(),
  /** Names the objects of e-mail addresses, for as long as there are customers; JWT_SECRET without it. */
  EMAIL_ADDRESS_SECRET: z.string().optional(),
  /** Where an OIDC issuer publishes its keys; tokens signed by them are then accepted too. */
  JWKS_URL: z.string().optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  /** `adjustable` lets operators move the deployment's time; never in production. */
  CLOCK_MODE: z.string().optional(),

  /** The currency that spending, tiers, points and limits are counted in (ISO 4217); USD without it. */
  BASE_CURRENCY: z.string().optional(),
  /** What other currencies are worth in it, as JSON: `{"asOf": "2026-11-01", "rates": {"EUR": "1.08"}}`. */
  EXCHANGE_RATES: z.string().optional(),

  /** Where money goes: `sandbox` (in development without it), or `stripe`; see `adapters/configuration.ts`. */
  PAYMENT_GATEWAY: z.string().optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  /** The secret of the webhook endpoint at Stripe (`whsec_…`), which verifies its events. */
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  /** An address in place of Stripe's own, for a mock such as stripe-mock. */
  STRIPE_API_URL: z.string().optional(),

  /** The secret that carriers sign their webhooks with. */
  CARRIER_WEBHOOK_SECRET: z.string().optional(),

  /** Where mail goes: `mailbox` (in development without it), or `cloudflare`. */
  MAILER: z.string().optional(),
  /** The sender, with or without a name: `Petrel <shop@example.com>`. */
  MAIL_FROM: z.string().optional(),

  /** Where events go: `lake` (without it), `kafka`, or `firehose`. */
  EVENT_SINK: z.string().optional(),
  /** The number of forwarder objects that new aggregates are spread over; 8 without it. */
  FORWARDERS: z.string().optional(),
  /** `true`: an event that the sink refuses permanently blocks the later ones of its aggregate. */
  STRICT_ORDER: z.string().optional(),

  /** `host:port`, with commas between them. */
  KAFKA_BROKERS: z.string().optional(),
  /** One topic, or one for each context: `petrel.{context}`. */
  KAFKA_TOPIC: z.string().optional(),
  /** `none` (only in development), `scram-sha-512`, or `msk-iam`. */
  KAFKA_AUTHENTICATION: z.string().optional(),
  /** `false` (only in development) connects without TLS. */
  KAFKA_TLS: z.string().optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  /** The largest batch that the broker takes (bytes), its `message.max.bytes`; 1,000,000 without it. */
  KAFKA_MAX_BATCH_BYTES: z.string().optional(),

  FIREHOSE_STREAM: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  /** A role that is assumed with the keys above; its credentials are renewed before they end. */
  AWS_ROLE_ARN: z.string().optional(),
  /** An address in place of AWS's own, for a mock. */
  AWS_ENDPOINT_URL: z.string().optional(),
})
export type Settings = Readonly<z.infer<typeof settingsSchema>>

import { v5 } from 'uuid'
import { z } from 'zod'
import { unsequencedCloudEvent } from '../../../shared/core/cloud-event.ts'
import { systemEventVersion } from '../../../shared/core/system-events.ts'
import { type Instant, instantSchema } from '../../../shared/core/time.ts'
import { unsequencedMessage } from '../../../shared/core/wire/queue-message.ts'
import { streamName } from '../../../shared/stream-names.ts'
import type { Env } from '../../env.ts'
import { publicOrigin } from '../../public-url.ts'
import type { FailedEffect } from '../journal/stored-rows.ts'

/** Namespace of the ids of parked effects; a random UUID that must never change. */
const NAMESPACE = '0a4f3c0e-8f0b-4a51-9f27-31d1a2f4c7aa'

const parkedEffectSchema = z.object({
  id: z.string(),
  kind: z.string(),
  aggregateId: z.string(),
  effectId: z.string(),
  /** A port's operation, or the commands and their receivers. */
  description: z.string(),
  attempts: z.int(),
  error: z.string(),
  parkedAt: instantSchema,
})
/** An effect that gave up and that an operator has to check. */
export type ParkedEffect = Readonly<z.output<typeof parkedEffectSchema>>

const SELECT = `SELECT id, kind, aggregate_id AS aggregateId, effect_id AS effectId, description, attempts, error,
  parked_at AS parkedAt FROM parked_effects`

/** The id that operators use: an effect's own id does not fit into a URL's path. */
function parkedId(effectId: string): string {
  return v5(effectId, NAMESPACE)
}

/**
 * Raises `SystemError` for a parked effect, then enters it into the register: whatever operators find there was raised.
 * Idempotent.
 */
export async function reportParked(
  env: Env,
  origin: { kind: string; id: string },
  failed: FailedEffect,
): Promise<void> {
  // Raised again after a crash, it is the same event: its time is stored.
  const parkedAt = failed.nextAt
  const parked = [parkedId(failed.id), origin.kind, origin.id, failed.id, describe(failed)] as const
  const event = unsequencedCloudEvent({
    origin: publicOrigin(env),
    id: `${failed.id}/parked`,
    context: 'system',
    type: 'SystemError',
    schemaVersion: systemEventVersion('SystemError'),
    subject: streamName(origin.kind, origin.id),
    time: parkedAt,
    category: 'error',
    trace: failed.trace,
    data: { fault: 'effect_parked', parkedId: parked[0], effect: parked[4], attempts: failed.attempts },
  })
  await env.EVENTS.send(unsequencedMessage(event), { contentType: 'text' })
  await env.DATABASE.prepare(
    `INSERT INTO parked_effects (id, kind, aggregate_id, effect_id, description, attempts, error, parked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, error = excluded.error`,
  )
    .bind(...parked, failed.attempts, failed.error, parkedAt)
    .run()
}

/** Removes an effect that has happened after all from the register. */
export async function forgetParked(env: Env, effectId: string): Promise<void> {
  await env.DATABASE.prepare('DELETE FROM parked_effects WHERE id = ?').bind(parkedId(effectId)).run()
}

/** Parked effects, oldest first, after a cursor (the last id of the page before, with its time). */
export async function listParked(
  database: D1Database,
  { limit, after }: { limit: number; after?: { parkedAt: Instant; id: string } },
): Promise<ParkedEffect[]> {
  const { results } = await database
    .prepare(`${SELECT} WHERE (parked_at, id) > (?, ?) ORDER BY parked_at, id LIMIT ?`)
    .bind(after?.parkedAt ?? '', after?.id ?? '', limit)
    .all()
  return parkedEffectSchema.array().parse(results)
}

/** One parked effect; `null` where none has this id. */
export async function findParked(database: D1Database, id: string): Promise<ParkedEffect | null> {
  const row = await database.prepare(`${SELECT} WHERE id = ?`).bind(id).first()
  return parkedEffectSchema.nullable().parse(row)
}

function describe({ effect }: FailedEffect): string {
  return effect.type === 'call'
    ? `${effect.port}.${effect.operation}`
    : effect.steps.map(({ to, command }) => `${command.type} to ${streamName(to.kind, to.id)}`).join(', ')
}

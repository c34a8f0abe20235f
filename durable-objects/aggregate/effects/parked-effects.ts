import { v5 } from 'uuid'
import { z } from 'zod'
import { unsequencedCloudEvent } from '../../../shared/core/cloud-event.ts'
import { systemEventVersion } from '../../../shared/core/system-events.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { streamName } from '../../../shared/stream-names.ts'
import type { Env } from '../../env.ts'
import type { FailedEffect } from '../journal/stored-rows.ts'

/** Namespace of the ids of parked effects; a random UUID that must never change. */
const NAMESPACE = '0a4f3c0e-8f0b-4a51-9f27-31d1a2f4c7aa'

const parkedRow = z.object({
  id: z.string(),
  kind: z.string(),
  aggregate_id: z.string(),
  effect_id: z.string(),
  description: z.string(),
  attempts: z.int(),
  error: z.string(),
  parked_at: z.string(),
})

/** An effect that an operator has to look at. */
export interface ParkedEffect {
  readonly id: string
  readonly kind: string
  readonly aggregateId: string
  readonly effectId: string
  /** What was to be done: a port's operation, or the commands and whom they are for. */
  readonly description: string
  readonly attempts: number
  readonly error: string
  /** UTC. */
  readonly parkedAt: Instant
}

/** The name under which operators find an effect: its own id would not fit into a URL's path. */
function parkedId(effectId: string): string {
  return v5(effectId, NAMESPACE)
}

/** Enters a parked effect into the register and raises `SystemError`; repeating it changes nothing. */
export async function reportParked(
  env: Env,
  origin: { kind: string; id: string },
  failed: FailedEffect,
  now: Instant,
): Promise<void> {
  await env.DATABASE.prepare(
    `INSERT INTO parked_effects (id, kind, aggregate_id, effect_id, description, attempts, error, parked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, error = excluded.error`,
  )
    .bind(
      parkedId(failed.id),
      origin.kind,
      origin.id,
      failed.id,
      describe(failed),
      failed.attempts,
      failed.error,
      now,
    )
    .run()
  const event = unsequencedCloudEvent({
    id: `${failed.id}/parked`,
    context: 'system',
    type: 'SystemError',
    schemaVersion: systemEventVersion('SystemError'),
    subject: streamName(origin.kind, origin.id),
    time: now,
    category: 'error',
    trace: failed.trace,
    data: {
      fault: 'effect_parked',
      parkedId: parkedId(failed.id),
      effect: describe(failed),
      attempts: failed.attempts,
    },
  })
  await env.EVENTS.send({ event }, { contentType: 'json' })
}

/** Takes an effect that has happened after all out of the register. */
export async function forgetParked(env: Env, effectId: string): Promise<void> {
  await env.DATABASE.prepare('DELETE FROM parked_effects WHERE id = ?').bind(parkedId(effectId)).run()
}

/** Parked effects, oldest first, after a cursor (the last id of the page before, with its time). */
export async function listParked(
  database: D1Database,
  { limit, after }: { limit: number; after?: { parkedAt: Instant; id: string } },
): Promise<ParkedEffect[]> {
  const { results } = await database
    .prepare(`SELECT * FROM parked_effects WHERE (parked_at, id) > (?, ?) ORDER BY parked_at, id LIMIT ?`)
    .bind(after?.parkedAt ?? '', after?.id ?? '', limit)
    .all()
  return results.map((row) => parkedOf(row))
}

/** One parked effect; `null` when there is none of this id. */
export async function findParked(database: D1Database, id: string): Promise<ParkedEffect | null> {
  const row = await database.prepare('SELECT * FROM parked_effects WHERE id = ?').bind(id).first()
  return row ? parkedOf(row) : null
}

function parkedOf(row: unknown): ParkedEffect {
  const { id, kind, aggregate_id, effect_id, description, attempts, error, parked_at } = parkedRow.parse(row)
  return {
    id,
    kind,
    aggregateId: aggregate_id,
    effectId: effect_id,
    description,
    attempts,
    error,
    parkedAt: parked_at,
  }
}

function describe({ effect }: FailedEffect): string {
  return effect.type === 'call'
    ? `${effect.port}.${effect.operation}`
    : effect.steps.map(({ to, command }) => `${command.type} to ${streamName(to.kind, to.id)}`).join(', ')
}

import type { Stream } from '../../shared/core/projection.ts'
import type { CheckpointStore, StreamCheckpoint } from './checkpoint-store.ts'
import type { Course } from './stream-buffer.ts'

/**
 * The account of an aggregate with a sink. A stream that is new here begins after what another forwarder
 * is known to have on its books (`confirmed`); one that another sink had begins at the beginning.
 */
export function accountWith(
  sink: string | null,
  stream: Stream,
  stored: StreamCheckpoint | null,
  confirmed: number,
): StreamCheckpoint {
  if (!stored)
    return {
      stream,
      sink: sink ?? '',
      delivered: confirmed,
      known: confirmed,
      owedSince: null,
      dueAt: null,
      tries: 0,
      heldAt: null,
    }
  if (sink === null || stored.sink === sink) return stored
  if (stored.sink === '') return { ...stored, sink }
  const dueAt = stored.heldAt === null ? stored.dueAt : stored.owedSince
  return { ...stored, sink, delivered: 0, heldAt: null, dueAt }
}

/** With versions up to `known` on the books, to be delivered from now on (Unix ms). */
export function withOwed(account: StreamCheckpoint, known: number, now: number): StreamCheckpoint {
  return {
    ...account,
    known: Math.max(account.known, known),
    owedSince: account.owedSince ?? now,
    dueAt: account.heldAt === null ? (account.dueAt ?? now) : null,
  }
}

/** With everything delivered up to a version. What was owed beyond it still is. */
export function withDelivered(account: StreamCheckpoint, delivered: number): StreamCheckpoint {
  const known = Math.max(account.known, delivered)
  const isOwed = known > delivered && account.owedSince !== null
  return {
    ...account,
    delivered,
    known,
    owedSince: isOwed ? account.owedSince : null,
    dueAt: isOwed ? account.dueAt : null,
    tries: 0,
  }
}

/** Stores the account of an aggregate that is in memory. */
export function saveAccount(ledger: CheckpointStore, course: Course, account: StreamCheckpoint): void {
  ledger.save(course.stored, account)
  course.stored = account
  course.account = account
}

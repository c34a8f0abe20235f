import type { Stream } from '../../shared/core/projection.ts'
import type { Account, ForwarderLedger } from './ledger.ts'
import type { Course } from './memory.ts'

/**
 * The account of an aggregate with a sink. A stream that is new here begins after what another forwarder
 * is known to have on its books (`confirmed`); one that another sink had begins at the beginning.
 */
export function accountWith(
  sink: string | null,
  stream: Stream,
  stored: Account | null,
  confirmed: number,
): Account {
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
export function withOwed(account: Account, known: number, now: number): Account {
  return {
    ...account,
    known: Math.max(account.known, known),
    owedSince: account.owedSince ?? now,
    dueAt: account.heldAt === null ? (account.dueAt ?? now) : null,
  }
}

/** With everything delivered up to a version. What was owed beyond it still is. */
export function withDelivered(account: Account, delivered: number): Account {
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
export function saveAccount(ledger: ForwarderLedger, course: Course, account: Account): void {
  ledger.save(course.stored, account)
  course.stored = account
  course.account = account
}

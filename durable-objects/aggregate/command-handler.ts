import type { DomainEvent, Typed } from '../../shared/core/aggregate.ts'
import type { Trace } from '../../shared/core/cloud-event.ts'
import type { Message } from '../../shared/core/effect.ts'
import { newId } from '../../shared/core/ids.ts'
import type { Decision, Refusal } from '../../shared/core/refusal.ts'
import { shopCurrencies } from '../adapters/currencies.ts'
import { oneTimeSecrets } from '../adapters/secrets.ts'
import type { Env } from '../env.ts'
import { clock } from '../sandbox/clock.ts'
import type { PendingEffect } from './effects/effects.ts'
import type { CommitOptions, Journal } from './journal/journal.ts'
import type { StoredEvent } from './journal/stored-rows.ts'
import type { CommandEnvelope, CommandReply } from './protocol.ts'
import { accepted, preview, refused, replyFromRecord } from './replies.ts'

/** A refusal of a malformed command lists at most so many issues. */
const MAX_ISSUES = 20

/**
 * Takes a command from the envelope to the commit: the record of an earlier equal command, the expected version, the
 * decision. Synchronous throughout, so that nothing else runs between load and commit.
 */
export class CommandHandler<State> {
  readonly #env: Env
  readonly #journal: Journal<State>
  /** Called in the tick of each commit: what it does to storage is part of the same transaction. */
  readonly #committed: (stored: readonly StoredEvent[]) => void

  constructor(env: Env, journal: Journal<State>, committed: (stored: readonly StoredEvent[]) => void) {
    this.#env = env
    this.#journal = journal
    this.#committed = committed
  }

  handle(envelope: CommandEnvelope): CommandReply<State> {
    const { id, commandId, fingerprint, expectedVersions } = envelope
    const { aggregate, cache, log } = this.#journal
    if (cache.id !== null && cache.id !== id)
      throw new RangeError(`an object of ${aggregate.kind} was asked for an id that is not its own`)
    const record = commandId === undefined ? null : log.command(commandId)
    if (record) return replyFromRecord(this.#journal, record, fingerprint)
    const unexpected = expectedVersions && unexpectedVersion(cache.version, expectedVersions)
    if (unexpected) return refused(unexpected, cache.version)
    const command = aggregate.command.safeParse(envelope.command)
    if (!command.success) {
      const invalid = command.error.issues.slice(0, MAX_ISSUES)
      const issues = invalid.map(({ path, code }) => ({ path: path.join('/'), code }))
      const detail = 'The command does not have the expected shape.'
      return refused({ code: 'command_invalid', detail, facts: { issues } }, cache.version)
    }
    const decision = this.#decide(command.data, id)
    // Checked before the commit: a command without a reply must not leave a record either.
    if (cache.state === null && decision.events.length === 0 && !decision.refusal)
      throw new Error(`${aggregate.kind} accepted its first command without an event`)
    if (envelope.dryRun) return preview(this.#journal, id, decision, clock.now())
    const recorded =
      commandId === undefined ? {} : { command: { id: commandId, fingerprint: fingerprint ?? null } }
    const stored = this.#commit(id, decision, envelope.trace, recorded)
    return decision.refusal
      ? refused(decision.refusal, cache.version, stored)
      : accepted(this.#journal, stored)
  }

  /**
   * Runs the command in which an effect's outcome comes back, once. Returns the refusal, which would be a defect. One
   * that changes nothing leaves no record: brought again, it is decided as if it came late, as any may.
   */
  deliver(message: Message, effect: PendingEffect): Refusal | null {
    const { aggregate, cache, log } = this.#journal
    if (cache.id === null || log.command(effect.id)) return null
    const decision = this.#decide(aggregate.command.parse(message), cache.id)
    // Not recorded: once the defect is fixed, an operator's retry is decided anew.
    if (decision.refusal) return decision.refusal
    if (decision.events.length > 0)
      this.#commit(cache.id, decision, effect.trace, { command: { id: effect.id, fingerprint: null } })
    return null
  }

  /** Runs the command of a timer that fired, on an aggregate that exists. */
  fire(id: string, timerId: string, message: Message, trace: Trace): void {
    const decision = this.#decide(this.#journal.aggregate.command.parse(message), id)
    this.#commit(id, decision, trace, { firedTimer: timerId })
  }

  #decide(command: Typed, id: string): Decision<DomainEvent> {
    const { aggregate, cache } = this.#journal
    const env = this.#env
    return aggregate.decide(command, cache.state, {
      id,
      now: clock.now(),
      nextVersion: cache.version + 1,
      newId,
      // Computed on demand: few decisions use a secret.
      get secrets() {
        return oneTimeSecrets(env, aggregate.kind, id)
      },
      // Read on demand: a decision without money works while the setting is broken.
      get currencies() {
        return shopCurrencies(env)
      },
    })
  }

  #commit(id: string, decision: Decision<DomainEvent>, trace: Trace, options: CommitOptions): StoredEvent[] {
    const stored = this.#journal.commit(id, decision, trace, clock.now(), options)
    this.#committed(stored)
    return stored
  }
}

/** Why a command is not for this version; `null` when it is. */
export function unexpectedVersion(version: number, expected: 'any' | readonly number[]): Refusal | null {
  if (expected === 'any' ? version > 0 : expected.includes(version)) return null
  if (version === 0) return { code: 'not_found', detail: 'There is no version of this yet.' }
  return {
    code: 'version_conflict',
    detail: `The present version is ${version}, and none that was named.`,
    facts: { currentVersion: version },
  }
}

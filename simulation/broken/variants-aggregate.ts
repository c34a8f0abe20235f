import type { Variant } from './variant.ts'

const JOURNAL = 'durable-objects/aggregate/journal/journal.ts'
const HANDLER = 'durable-objects/aggregate/command-handler.ts'
const REHYDRATION = 'durable-objects/aggregate/journal/rehydration.ts'

/** Of the aggregate object: commits, records of commands, effects, timers, snapshots. */
export const aggregateVariants: readonly Variant[] = [
  {
    name: 'command-recorded-after-the-commit',
    promise: 'Events and the record of their command are committed together.',
    patches: [
      {
        file: JOURNAL,
        find: 'this.log.append(stored, record)',
        replace: 'this.log.append(stored, null)',
      },
      {
        file: JOURNAL,
        find: '    cache.shard = shard\n',
        replace: `    if (record && stored.length > 0) {
      const { id: commandId, ...recorded } = record
      const query = "UPDATE log SET command = ?, body = json_set(body, '$.command', json(?)) WHERE version = ?"
      // The caller does not wait for the record.
      setTimeout(() => {
        if (this.log.command(commandId)) return
        this.#storage.sql.exec(query, commandId, JSON.stringify({ ...recorded, answered: null }), last)
      })
    }
    cache.shard = shard
`,
      },
    ],
  },
  {
    name: 'alarm-armed-after-the-commit',
    promise: 'The alarm is set in the same commit as the events that need it.',
    patches: [
      {
        file: 'durable-objects/aggregate/object.ts',
        find: `      // In the same tick as the commit, and so in the same transaction: no crash comes between.
      void this.#alarm.scheduleBy(this.#schedule.nextDue())`,
        replace: '      setTimeout(() => void this.#alarm.scheduleBy(this.#schedule.nextDue()))',
      },
    ],
  },
  {
    name: 'effect-ids-random',
    promise: 'An effect has the same id after every crash, so that its receiver makes it once.',
    patches: [
      {
        file: REHYDRATION,
        find: '  return effects.flatMap((effect, index) =>',
        replace: '  return effects.flatMap((effect) =>',
      },
      {
        file: REHYDRATION,
        find: `id: \`\${causationId}#\${index}\``,
        replace: `id: \`\${causationId}#\${crypto.randomUUID()}\``,
      },
    ],
  },
  {
    name: 'reply-delivered-twice',
    promise: 'A reply that is on record is not delivered again.',
    patches: [
      {
        file: HANDLER,
        find: '    const { aggregate, cache, log } = this.#journal\n    if (cache.id === null || log.command(effect.id)) return null',
        replace: '    const { aggregate, cache } = this.#journal\n    if (cache.id === null) return null',
      },
      {
        file: REHYDRATION,
        find: 'if (!failed.has(effect.id) && !log.command(effect.id)) pending',
        replace: 'if (!failed.has(effect.id)) pending',
      },
    ],
  },
  {
    name: 'snapshot-with-pending-effects',
    promise: 'A snapshot is taken only when no effect is pending that would have to be derived again.',
    patches: [
      {
        file: JOURNAL,
        find: 'version - cache.snapshotVersion >= SNAPSHOT_EVERY_EVENTS && pending.size === 0) {',
        replace: 'version - cache.snapshotVersion >= SNAPSHOT_EVERY_EVENTS) {',
      },
      {
        file: JOURNAL,
        find: 'const { state, version, pending, createdAt, updatedAt } = cache',
        replace: 'const { state, version, createdAt, updatedAt } = cache',
      },
    ],
  },
  {
    name: 'reacted-one-too-far',
    promise: 'The cursor of effects stays before the event of a pending one.',
    patches: [
      {
        file: JOURNAL,
        find: '...open.map((effect) => effect.version - 1))',
        replace: '...open.map((effect) => effect.version))',
      },
    ],
  },
  {
    name: 'stale-version-accepted',
    promise: 'A command for an older version is refused and changes nothing.',
    patches: [
      {
        file: HANDLER,
        find: "  if (expected === 'any' ? version > 0 : expected.includes(version)) return null",
        replace:
          "  if (expected === 'any' ? version > 0 : expected.some((one) => one <= version)) return null",
      },
    ],
  },
  {
    name: 'key-reused-with-another-body',
    promise: 'A key that was used for another request is refused.',
    patches: [
      {
        file: HANDLER,
        find: 'replyFromRecord(this.#journal, record, fingerprint)',
        replace: 'replyFromRecord(this.#journal, record, undefined)',
      },
    ],
  },
  {
    name: 'waiting-answer-forgotten',
    promise: 'A repeated request that waited gets the answer of the first.',
    patches: [
      {
        file: 'durable-objects/aggregate/settlement.ts',
        find: `      if (commandId !== undefined && answered() === null) this.#journal.recordAnswer(commandId)
`,
        replace: '',
      },
    ],
  },
  {
    name: 'records-kept-for-seconds',
    promise: 'Records of commands are kept as long as their events, without events for two days.',
    patches: [
      // Seconds where milliseconds are meant.
      {
        file: JOURNAL,
        find: 'COMMAND_RETENTION_MS = 2 * DAY',
        replace: 'COMMAND_RETENTION_MS = 2 * 24 * 60 * 60',
      },
      {
        file: 'durable-objects/aggregate/journal/event-log.ts',
        find: "    if (!this.#present.has('log')) return 0\n",
        replace: `    if (!this.#present.has('log')) return 0
    this.#sql.run("UPDATE log SET command = NULL WHERE body ->> '$.at' < ?", instant)
`,
      },
    ],
  },
  {
    name: 'timers-forgotten-at-restart',
    promise: 'Timers survive a restart.',
    patches: [
      {
        file: REHYDRATION,
        find: 'timers: new Map(head?.timers.map((timer) => [timer.id, timer])),',
        replace: 'timers: new Map(),',
      },
    ],
  },
  {
    name: 'fired-timer-stays-stored',
    promise: 'A timer that has fired is removed with the commit of its command, and never fires again.',
    patches: [
      {
        file: JOURNAL,
        find: `    if (options.firedTimer !== undefined && !changes.has(options.firedTimer))
      changes.set(options.firedTimer, null)
`,
        replace: `    if (options.firedTimer !== undefined && !changes.has(options.firedTimer))
      cache.timers = changed(cache.timers, new Map([[options.firedTimer, null]]))
`,
      },
    ],
  },
  {
    name: 'rest-of-refused-steps-carried-out',
    promise: 'After a refused step the rest are only asked whether they would be refused.',
    patches: [
      {
        file: 'durable-objects/aggregate/effects/effects.ts',
        find: 'const intent = commandId === null ? { dryRun: true } : { commandId }',
        replace: 'const intent = commandId === null ? {} : { commandId }',
      },
    ],
  },
  {
    name: 'parked-after-three-tries',
    promise: 'An effect is tried for about three hours before it is parked.',
    patches: [
      {
        file: 'durable-objects/aggregate/effects/effects.ts',
        find: 'export const MAX_ATTEMPTS = 25',
        replace: 'export const MAX_ATTEMPTS = 3',
      },
    ],
  },
  {
    name: 'parked-effect-marked-before-its-report',
    promise: 'Every parked effect is reported to the operators.',
    patches: [
      {
        file: 'durable-objects/aggregate/effects/effect-runner.ts',
        find: `      await reportParked(env, { kind: journal.aggregate.kind, id }, effect)
      journal.updateFailure({ ...effect, reported: true })`,
        replace: `      journal.updateFailure({ ...effect, reported: true })
      await reportParked(env, { kind: journal.aggregate.kind, id }, effect)`,
      },
    ],
  },
]

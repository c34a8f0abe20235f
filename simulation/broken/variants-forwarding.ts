import type { Variant } from './variant.ts'

const PUBLISHER = 'durable-objects/aggregate/publisher.ts'
const EVENTS = 'workers/consumers/events.ts'
const SENDER = 'durable-objects/forwarder/sender.ts'
const COMPACTION = 'shared/ports/lake/compaction.ts'
const INTAKE = 'durable-objects/forwarder/intake.ts'

/** Of the way of an event from its log to the sink, and of a change to the lists. */
export const forwardingVariants: readonly Variant[] = [
  {
    name: 'sent-before-the-queue-took-it',
    promise: 'An event counts as sent only once the queue has taken it.',
    patches: [
      {
        file: PUBLISHER,
        find: '    const missing = stored.filter(({ version }) => !this.#confirmed.has(version))\n',
        replace: `    const missing = stored.filter(({ version }) => !this.#confirmed.has(version))
    this.#journal.moveCursors({ sent: Math.max(cursors.sent, stored.at(-1)?.version ?? 0) })
`,
      },
    ],
  },
  {
    name: 'published-once-sent',
    promise: 'An event counts as published only once a forwarder has recorded it.',
    patches: [
      {
        file: PUBLISHER,
        find: '    this.#journal.moveCursors({ sent })\n',
        replace:
          '    this.#journal.moveCursors({ sent, published: sent })\n    this.#journal.saveCursors()\n',
      },
    ],
  },
  {
    name: 'never-sent-again',
    promise: 'An event that is not confirmed is sent again.',
    patches: [
      {
        file: PUBLISHER,
        find: '    if (resendDue !== null) due.push(resendDue)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'upcast-skipped-on-publish',
    promise: 'Events of earlier releases are published in the newest form.',
    patches: [
      {
        file: 'durable-objects/aggregate/journal/event-log.ts',
        find: `  /** All events after a version, read in pages. */`,
        replace: `  /** As \`eventsAfter\`, without the work of upcasting. */
  storedAfter(version: number, limit: number): StoredEvent[] {
    return this.#commitsAfter(version, limit).flatMap(([last, { at: time, trace, events }]) =>
      events
        .map(({ type, data }, index) => ({ version: last - events.length + 1 + index, type, data, time, trace }))
        .filter((event) => event.version > version),
    )
  }

  /** All events after a version, read in pages. */`,
      },
      {
        file: PUBLISHER,
        find: 'const stored = log.eventsAfter(',
        replace: 'const stored = log.storedAfter(',
      },
    ],
  },
  {
    name: 'published-with-personal-data',
    promise: 'No personal data reaches a sink.',
    patches: [
      {
        file: 'durable-objects/aggregate/publication.ts',
        find: 'serialized(toCloudEvent(published, withoutPersonalData(published.aggregate, stored)))',
        replace: 'serialized(toCloudEvent(published, stored))',
      },
    ],
  },
  {
    name: 'confirmed-before-recorded',
    promise: 'An event is confirmed to its aggregate only once a forwarder has recorded it.',
    patches: [
      {
        file: EVENTS,
        find: '  // In parallel, so that the lists do not wait for the sink, nor the sink for the lists.\n',
        replace: '  await confirm(env, batch.queue, received)\n',
      },
      {
        file: EVENTS,
        find: '  await confirm(env, batch.queue, settled)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'forwarder-fault-ignored',
    promise: 'What a forwarder did not take is tried again, and not confirmed.',
    patches: [
      {
        file: EVENTS,
        find: `      const fault = faultText(thrown)
      for (const { one } of sharded) faults.set(one, fault)
`,
        replace: `      // It has received them, and goes on with them.
      logQueueFault('petrel-events', 'forwarding', faultText(thrown), { events: events.length })
`,
      },
    ],
  },
  {
    name: 'checkpoint-before-acknowledgement',
    promise: 'A checkpoint moves only once the sink has acknowledged the events.',
    patches: [
      {
        file: SENDER,
        find: '    const outcomes = await sink.deliver(\n',
        replace: '    this.#checkpoint(batch)\n    const outcomes = await sink.deliver(\n',
      },
      {
        file: SENDER,
        find: '  /** Stores a dead letter before anything moves: one that cannot be stored now is offered again. */',
        replace: `  /** Stores how far this batch brings each stream. */
  #checkpoint(batch: readonly BufferedEvent[]): void {
    const { store } = this.#parts
    const versions = new Map<StreamBuffer, number[]>()
    for (const { buffer, version } of batch)
      if (buffer) versions.set(buffer, [...(versions.get(buffer) ?? []), version])
    store.transaction(() => {
      for (const [buffer, sent] of versions) {
        const checkpoint = buffer.checkpointAfter(sent)
        store.save(buffer.stored, checkpoint)
        buffer.stored = checkpoint
      }
    })
  }

  /** Stores a dead letter before anything moves: one that cannot be stored now is offered again. */`,
      },
    ],
  },
  {
    name: 'backlog-in-memory-only',
    promise: 'What the sink does not have yet is recorded before it is confirmed.',
    patches: [
      {
        file: INTAKE,
        find: '    this.#record(messages, received)\n',
        replace: '    if (!sink.isDown) this.#record(messages, received)\n',
      },
    ],
  },
  {
    name: 'sent-without-its-predecessor',
    promise: 'A sink gets the events of an aggregate in order and without a gap.',
    patches: [
      {
        file: 'durable-objects/forwarder/stream-buffer.ts',
        find: `    for (let version = this.nextVersion; ; version += 1) {
      if (this.#ackedAhead.has(version)) continue
      const event = this.#events.get(version)
      if (!event || this.#inFlight.has(version)) return
      yield event
    }`,
        replace: `    for (const event of this.#events.values()) if (!this.#inFlight.has(event.version)) yield event`,
      },
    ],
  },
  {
    name: 'repeated-event-sent-again',
    promise: 'An event that the sink has is dropped when its message comes again.',
    patches: [
      {
        file: INTAKE,
        find: '      const checkpoint = checkpointFor(sink.name, { kind, id }, stored, confirmed)\n',
        replace: '      const checkpoint = checkpointFor(sink.name, { kind, id }, null, confirmed)\n',
      },
    ],
  },
  {
    name: 'forwarder-never-rests',
    promise: 'A forwarder without a backlog sets no alarm.',
    patches: [
      {
        file: 'durable-objects/forwarder/object.ts',
        find: '    if (due === null) return null\n',
        replace: '    if (due === null) return now + 5 * MINUTE\n',
      },
    ],
  },
  {
    name: 'replay-moves-checkpoints',
    promise: 'A replay moves no checkpoint.',
    patches: [
      {
        file: 'durable-objects/forwarder/redelivery.ts',
        find: '      const events = outcomes.filter((outcome) => outcome.delivered).length\n',
        replace: `      const events = outcomes.filter((outcome) => outcome.delivered).length
      const stored = store.checkpoint(stream)
      if (stored) store.save(stored, withAcknowledged(stored, wanted.at(-1)?.sequence ?? delivered))
`,
      },
    ],
  },
  {
    name: 'older-row-overwrites-newer',
    promise: 'A row of a list is never replaced by an older one.',
    patches: [
      {
        file: 'workers/read-models/project.ts',
        find: `item = excluded.item
     WHERE excluded.version >= \${table}.version\``,
        replace: 'item = excluded.item`',
      },
    ],
  },
  {
    name: 'refused-row-dropped',
    promise: 'A row that the read database refuses is written later.',
    patches: [
      {
        file: EVENTS,
        find: '    for (const [name, { stream }] of rows) asked.set(name, stream)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'failed-projection-dropped',
    promise: 'A row that could not be written is written later.',
    patches: [
      {
        file: 'workers/consumers/projections.ts',
        find: `    if (fault === undefined) for (const message of messages) message.ack()
    else retry(batch.queue, messages, fault, { ...stream })`,
        replace: `    for (const message of messages) message.ack()
    if (fault !== undefined) logQueueFault(batch.queue, 'projection', fault, { ...stream })`,
      },
    ],
  },
  {
    name: 'compacted-by-aggregate',
    promise: 'Compaction keeps every event of an aggregate.',
    patches: [
      {
        file: COMPACTION,
        find: '          lines.set(line.id, laterForm(lines.get(line.id), line))\n',
        replace: '          lines.set(line.partitionkey, line)\n',
      },
    ],
  },
]

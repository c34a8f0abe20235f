import { isDeepStrictEqual } from 'node:util'
import { schemaVersion } from '../../shared/core/aggregate.ts'
import { always, atRest, finding } from './invariant.ts'
import { everyStream, versionOf } from './streams.ts'

export const gaplessLog = always(
  'a log has no gap',
  'The versions of a log are 1, 2, 3, … and every event in it can be read and folded, whatever release wrote it.',
  function* (inspection) {
    for (const stream of everyStream(inspection)) {
      const { name, id, identity, forms, aggregate, fault } = stream
      if (identity.kind !== aggregate.kind || identity.id !== id)
        yield finding(
          `The object of ${name} has recorded the identity ${identity.kind}/${identity.id}.`,
          name,
        )
      const gap = forms.findIndex(({ version }, index) => version !== index + 1)
      if (gap >= 0)
        yield finding(
          `The log of ${name} has version ${forms[gap]?.version} where ${gap + 1} is expected.`,
          name,
        )
      if (fault !== null) yield finding(`The log of ${name} cannot be read at ${fault}.`, name)
      for (const { version, type, schema } of forms)
        if (schema < 1 || schema > schemaVersion(aggregate, type))
          yield finding(
            `Version ${version} of ${name} is stored as ${type} with schema ${schema}; the newest is ` +
              `${schemaVersion(aggregate, type)}.`,
            name,
          )
    }
  },
)

export const faithfulSnapshot = always(
  'a snapshot equals the log',
  'A snapshot is the state that its log folds to at its version, and leaves no effect behind.',
  function* (inspection) {
    for (const { name, aggregate, snapshot, entries, forms, identity } of everyStream(inspection)) {
      if (!snapshot) continue
      const { version, stateVersion } = snapshot
      if (version > forms.length)
        yield finding(`${name} has a snapshot of version ${version} and a log of ${forms.length}.`, name)
      if (version > identity.reacted)
        yield finding(
          `${name} has a snapshot of version ${version}, but reacted only up to ${identity.reacted}: the effects in ` +
            'between are lost with the next cold start.',
          name,
        )
      const entry = entries[version - 1]
      // One of another release is ignored by this one.
      if (!entry || stateVersion !== aggregate.stateVersion) continue
      const stored = aggregate.state.safeParse(JSON.parse(snapshot.state))
      if (stored.success && !isDeepStrictEqual(asStored(stored.data), asStored(entry.state)))
        yield finding(
          `The snapshot of ${name} at version ${version} is ${JSON.stringify(stored.data)}, but the log folds to ` +
            `${JSON.stringify(entry.state)}.`,
          name,
        )
    }
  },
)

export const saneCursors = always(
  'cursors and records point into the log',
  'published ≤ sent ≤ version, reacted ≤ version, and every record of a command names versions that exist.',
  function* (inspection) {
    for (const stream of everyStream(inspection)) {
      const { name, commands } = stream
      const { sent, published, reacted } = stream.identity
      const version = versionOf(stream)
      if (!(0 <= published && published <= sent && sent <= version && 0 <= reacted && reacted <= version))
        yield finding(
          `${name} is at version ${version}, with the cursors sent ${sent}, published ${published}, reacted ${reacted}.`,
          name,
        )
      for (const { id, first, last, answered } of commands)
        if (first < 1 || last < first - 1 || last > version || (answered ?? last) > version)
          yield finding(
            `${name} is at version ${version}, and the record of the command ${id} names versions ${first} to ${last}` +
              `${answered === null ? '' : `, answered with ${answered}`}.`,
            name,
          )
    }
  },
)

export const followedLog = atRest(
  'a log is followed to its end',
  'Every event is published and confirmed, and every effect has happened or is parked.',
  function* (inspection) {
    for (const stream of everyStream(inspection)) {
      const { name, failedEffects } = stream
      const { published, reacted } = stream.identity
      const version = versionOf(stream)
      if (published !== version)
        yield finding(
          `${name} is at version ${version}, but only ${published} is confirmed as published.`,
          name,
        )
      if (reacted !== version)
        yield finding(`${name} is at version ${version}, but has reacted only up to ${reacted}.`, name)
      for (const { id, parked, attempts, error } of failedEffects)
        if (!parked)
          yield finding(`${name}: the effect ${id} still waits after ${attempts} tries (${error}).`, name)
    }
  },
)

/** As JSON stores it: without members that are undefined. */
function asStored(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state))
}

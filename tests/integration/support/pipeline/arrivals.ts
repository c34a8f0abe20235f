/** One event as a reader of the sink meets it. */
export interface Arrival {
  /** What keeps the events of one aggregate together. */
  readonly key: string
  /** Its version in the aggregate's log. */
  readonly version: number
}

/** What is to be said of a reader's whole view of the sink. */
export interface ArrivalReport {
  readonly events: number
  readonly aggregates: number
  /** At or below the highest version that had come of the same aggregate. */
  readonly repeats: number
  /** Times at which an aggregate went back to a version that had come before. */
  readonly rewinds: number
  /** The most of them that one aggregate had. */
  readonly rewindsOfOne: number
  /** New versions that came before an older one had. */
  readonly gaps: readonly string[]
  /** Repeats that do not go on where they were: neither a rewind nor the next version. */
  readonly jumps: readonly string[]
  /** How far each aggregate has come, without a gap. */
  readonly complete: ReadonlyMap<string, number>
}

/**
 * Reads arrivals in the order of the sink, of which only the order within each aggregate counts. All is well
 * when each new version is the highest before it plus one, and a repeat, if there is any, goes back once and
 * then on without leaving one out.
 */
export function reportOf(arrivals: Iterable<Arrival>): ArrivalReport {
  const aggregates = new Map<string, { highest: number; last: number; complete: number; rewinds: number }>()
  const gaps: string[] = []
  const jumps: string[] = []
  let events = 0
  let repeats = 0
  for (const { key, version } of arrivals) {
    events += 1
    const known = aggregates.get(key) ?? { highest: 0, last: 0, complete: 0, rewinds: 0 }
    aggregates.set(key, known)
    if (version <= known.highest) {
      repeats += 1
      if (version <= known.last) known.rewinds += 1
      else if (version !== known.last + 1) jumps.push(`${key}: ${known.last} -> ${version}`)
    } else {
      if (version !== known.highest + 1) gaps.push(`${key}: ${known.highest} -> ${version}`)
      else if (version !== known.last + 1) jumps.push(`${key}: ${known.last} -> ${version}`)
      if (version === known.complete + 1) known.complete = version
      known.highest = version
    }
    known.last = version
  }
  const rewinds = [...aggregates.values()].map((known) => known.rewinds)
  return {
    events,
    aggregates: aggregates.size,
    repeats,
    rewinds: rewinds.reduce((sum, count) => sum + count, 0),
    rewindsOfOne: rewinds.reduce((most, count) => Math.max(most, count), 0),
    gaps,
    jumps,
    complete: new Map([...aggregates].map(([key, known]) => [key, known.complete])),
  }
}

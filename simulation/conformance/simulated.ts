import { join } from 'node:path'
import { build } from 'esbuild'
import { Random } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { Deployment } from '../platform/deployment.ts'
import { Disturbances } from '../platform/disturbances.ts'
import { loadRelease, type Release } from '../releases/load.ts'
import { SinkWatch } from '../run/sink-watch.ts'
import { surround } from '../surroundings/globals.ts'
import { bindings, consumers, objects, queues } from './configuration.ts'
import type { Fact } from './fact.ts'

/** When a fact begins (Unix ms), and how long it may take of the simulated time. */
const STARTS_AT = Date.UTC(2026, 2, 1)
const TIME_LIMIT_MS = 60_000

/** The probe, built for the simulated platform. */
export async function buildProbe(): Promise<Release> {
  const folder = import.meta.dirname
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'probe.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'neutral',
    target: 'es2024',
    external: ['cloudflare:workers'],
    alias: { 'conformance:evict': join(folder, 'evict.simulated.ts') },
  })
  const release = loadRelease('probe', { base: '', worker: outputFiles[0]?.text ?? '', imports: [] })
  // Its modules are evaluated anew for each fact: what they noted is not to be found by the next one.
  return { ...release, giveBack: () => {} }
}

/** Runs one fact on a simulated platform of its own; returns what it shows, or the fault that ended it. */
export async function runSimulated(probe: Release, { name, later }: Fact, seed: number): Promise<unknown> {
  const random = new Random(`conformance-${seed}`)
  const scheduler = new Scheduler(random.fork('scheduler'), STARTS_AT, (task) => deployment.turnEnded(task))
  const deployment: Deployment = new Deployment({
    scheduler,
    random: random.fork('deployment'),
    disturbances: new Disturbances(scheduler, random.fork('disturbances'), 1),
    configuration: { platform: 'local' },
    config: {
      objects,
      queues,
      consumers,
      rateLimits: [bindings.rateLimit],
      databaseBinding: bindings.database,
      bucketBinding: bindings.bucket,
      migrations: [],
    },
    settings: { EVICT: () => evictIdle() },
    release: probe,
    sink: new SinkWatch(
      () => scheduler.now,
      () => false,
    ),
  })
  /** All objects of the fact are idle soon, and evicted then. */
  const evictIdle = async (): Promise<void> => {
    while (deployment.objects.all().some(({ life }) => life !== null)) {
      await scheduler.wait(5, 'eviction')
      deployment.objects.evictIdle(1, random)
    }
  }
  surround({ scheduler, fetch: () => Promise.reject(new Error('there is no network')), log: () => {} })
  try {
    let shown: unknown
    const send = async (path: 'run' | 'later') => {
      const request = new Request(`http://probe/${path}`, { method: 'POST', body: name })
      const { text } = await deployment.fetch(request, name)
      return JSON.parse(text)
    }
    const answered = send('run')
      .then((first) => (later ? send('later') : first))
      .then((last) => {
        shown = last
      })
    const isOver = () => shown !== undefined
    // Streams of Node itself take turns of its event loop, in which no task may be left.
    for (let round = 0; round < 20 && !isOver(); round += 1) {
      await scheduler.run(STARTS_AT + TIME_LIMIT_MS, isOver)
      await new Promise(setImmediate)
    }
    if (!isOver()) return { fault: 'there was no answer in time' }
    await answered
    return shown
  } finally {
    surround(null)
    deployment.close()
  }
}

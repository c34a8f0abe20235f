import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { CloudEvent } from '../../../shared/core/cloud-event.ts'
import type { SinkOutcome } from '../../../shared/ports/event-sink.ts'
import { runCommand } from './command.ts'

const COMPATIBILITY = { compatibility_date: '2026-08-01', compatibility_flags: ['nodejs_compat'] }

const outcomesSchema = z.array(
  z.union([
    z.object({ delivered: z.literal(true) }),
    z.object({ delivered: z.literal(false), kind: z.enum(['retry', 'refused']), error: z.string() }),
  ]),
)

/** KafkaSinks inside of Durable Objects, in workerd. */
export interface KafkaSinkServer {
  /** Lets the sink of this name, made with these bindings at its first use, deliver. */
  deliver(
    name: string,
    env: Readonly<Record<string, string>>,
    events: readonly CloudEvent[],
  ): Promise<SinkOutcome[]>
  stop(): Promise<void>
}

/**
 * Bundles the sink as it is deployed, and starts it.
 *
 * @param authority a PEM file whose authority it trusts beside the usual ones
 */
export async function startKafkaSinks(authority: string): Promise<KafkaSinkServer> {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-kafka-sink-'))
  const config = join(folder, 'wrangler.json')
  const main = join(import.meta.dirname, 'kafka-sink-worker.ts')
  await writeFile(config, JSON.stringify({ name: 'kafka-sinks', main, ...COMPATIBILITY }))
  const bundle = join(folder, 'bundle')
  await runCommand(
    resolve('node_modules', '.bin', 'wrangler'),
    ['deploy', '--dry-run', '--config', config, '--outdir', bundle],
    { timeout: 60_000, missing: 'wrangler is not installed', environment: { CI: 'true' } },
  )
  // Read when miniflare is loaded: workerd takes no authority by other ways.
  process.env.NODE_EXTRA_CA_CERTS = authority
  const { Miniflare } = await import('miniflare')
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: bundle,
    scriptPath: join(bundle, 'kafka-sink-worker.js'),
    compatibilityDate: COMPATIBILITY.compatibility_date,
    compatibilityFlags: COMPATIBILITY.compatibility_flags,
    durableObjects: { SINKS: 'KafkaSinkObject' },
  })
  const url = await miniflare.ready
  return {
    async deliver(name, env, events) {
      const response = await fetch(new URL(name, url), {
        method: 'POST',
        body: JSON.stringify({ env, events }),
        signal: AbortSignal.timeout(30_000),
      })
      const answer = await response.text()
      if (!response.ok) throw new Error(answer)
      return outcomesSchema.parse(JSON.parse(answer))
    },
    async stop() {
      await miniflare.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

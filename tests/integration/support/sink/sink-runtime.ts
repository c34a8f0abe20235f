import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { CloudEvent } from '../../../../shared/core/cloud-event.ts'
import type { SinkOutcome } from '../../../../shared/ports/event-sink.ts'
import { runCommand } from '../tools/command.ts'

const WRANGLER = resolve('node_modules', 'wrangler', 'bin', 'wrangler.js')
const BUILD_TIMEOUT_MS = 60_000
const DELIVERY_TIMEOUT_MS = 60_000

const outcomesSchema = z.array(
  z.union([
    z.object({ delivered: z.literal(true) }),
    z.object({ delivered: z.literal(false), kind: z.enum(['retry', 'refused']), error: z.string() }),
  ]),
)

/** The Workers runtime with objects that each hold a sink. */
export interface SinkRuntime {
  /** Delivers through the sink of this object, which the first delivery opens with its bindings. */
  deliver(
    name: string,
    bindings: Readonly<Record<string, string>>,
    events: readonly CloudEvent[],
    target?: string,
  ): Promise<SinkOutcome[]>
  stop(): Promise<void>
}

/**
 * Builds sink-worker.ts as `wrangler deploy` would, and starts it.
 *
 * @param certificateAuthority a PEM file with an authority that the runtime trusts besides the public ones
 */
export async function startSinkRuntime(
  sink: 'firehose' | 'kafka',
  certificateAuthority?: string,
): Promise<SinkRuntime> {
  // Miniflare, which wrangler imports too, reads this when it is loaded; workerd accepts no authority otherwise.
  if (certificateAuthority !== undefined) process.env.NODE_EXTRA_CA_CERTS = certificateAuthority
  const { Miniflare, NoOpLog } = await import('miniflare')
  const { unstable_readConfig } = await import('wrangler')
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } =
    unstable_readConfig({ config: 'wrangler.toml' })
  if (compatibilityDate === undefined) throw new Error('wrangler.toml has no compatibility_date')
  const miniflare = new Miniflare({
    modules: true,
    script: await build(compatibilityDate, compatibilityFlags),
    compatibilityDate,
    compatibilityFlags,
    durableObjects: { SINK: { className: 'SinkObject', useSQLite: true } },
    log: new NoOpLog(),
    cf: false,
  })
  const url = await miniflare.ready
  return {
    async deliver(name, bindings, events, target) {
      const response = await fetch(new URL(name, url), {
        method: 'POST',
        body: JSON.stringify({ sink, bindings, target, events }),
        signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
      })
      if (!response.ok) throw new Error(`the sink's object answered with ${await response.text()}`)
      return outcomesSchema.parse(await response.json())
    },
    stop: () => miniflare.dispose(),
  }
}

async function build(compatibilityDate: string, compatibilityFlags: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-sink-'))
  try {
    const configuration = {
      name: 'sink',
      main: join(import.meta.dirname, 'sink-worker.ts'),
      compatibility_date: compatibilityDate,
      compatibility_flags: compatibilityFlags,
    }
    const path = join(folder, 'wrangler.json')
    await writeFile(path, JSON.stringify(configuration))
    const built = join(folder, 'built')
    await runCommand(
      process.execPath,
      [WRANGLER, 'deploy', '--dry-run', '--config', path, '--outdir', built],
      {
        environment: { WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' },
        timeout: BUILD_TIMEOUT_MS,
        missing: 'The Node that runs these tests was not found.',
      },
    )
    return await readFile(join(built, 'sink-worker.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

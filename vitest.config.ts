import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

// Servers and scripts that tests start are compiled once: wrangler is 15 MB of JavaScript.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'node')

const migrations = await readD1Migrations('migrations')

/** A test that hangs is found in a minute; one that is slow because the machine is busy is not a failure (ms). */
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 }

const workerdTests = ['{durable-objects,workers}/**/*.test.ts']

/**
 * Tests of what lives as long as an isolate: effects under way, what is reported once, the time in new ids (a UUIDv7
 * never goes back, and other files move the clock ahead), and all dead letters, among which late events of another
 * file's objects would stand. Each costs a runtime of its own (3 s of CPU).
 */
const ownIsolate = [
  'durable-objects/{aggregate/cost,telemetry,sandbox/clock}.test.ts',
  'workers/system-events.test.ts',
  'workers/api/ops/dead-letters.test.ts',
]

/** What the rule for wrangler.toml in itself does when the Worker is built. */
const wranglerTomlAsText = {
  name: 'wrangler-toml-as-text',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.endsWith('/wrangler.toml') ? `export default ${JSON.stringify(code)}` : null,
}

/** A project in the Workers runtime. Sharing one runtime saves two thirds of the time of small test files. */
function workerd(
  name: string,
  files: { include: string[]; exclude?: string[]; isolate: boolean },
): TestProjectConfiguration {
  return {
    plugins: [
      // .dev.vars is read too, so tests run as development: sandbox clock, mailbox, a known key.
      cloudflareTest({ wrangler: { configPath: './wrangler.toml' } }),
    ],
    test: {
      name,
      include: files.include,
      exclude: ['**/*.node.test.ts', ...(files.exclude ?? [])],
      isolate: files.isolate,
      ...timeouts,
      setupFiles: ['./tests/workerd/start-empty.ts'],
      provide: { migrations },
    },
  }
}

/**
 * Projects, told apart by where a test stands:
 *
 * - `domain` (Node): pure code in `shared/`, `scripts/`, `simulation/`, `bench/`, and `*.node.test.ts` anywhere
 * - `workerd` (the Workers runtime, with every binding of wrangler.toml): `durable-objects/`, `workers/`;
 *   those that look at what an isolate keeps to itself are `workerd-isolated`
 * - `system` (Node, against a whole running server): `tests/`
 */
export default defineConfig({
  test: {
    // Both Workers projects load the same modules; the next run loads what has not changed.
    fsModuleCache: true,
    // One more than there are cores: system tests wait for queues most of the time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        plugins: [wranglerTomlAsText],
        test: {
          name: 'domain',
          include: [
            '{shared,scripts,simulation,bench}/**/*.test.ts',
            '{durable-objects,workers}/**/*.node.test.ts',
          ],
          environment: 'node',
          ...timeouts,
          // Pure code leaves nothing behind: a process of its own for each file would only cost time.
          isolate: false,
        },
      },
      workerd('workerd', { include: workerdTests, exclude: ownIsolate, isolate: false }),
      workerd('workerd-isolated', { include: ownIsolate, isolate: true }),
      {
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          // Against other systems: see tests/integration/vitest.config.ts.
          exclude: ['tests/integration/**'],
          environment: 'node',
          globalSetup: ['./tests/support/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

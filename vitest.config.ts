import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * Three projects, told apart by where a test stands:
 *
 * - `domain` (Node): pure code in `shared/`, `scripts/`, and `*.node.test.ts` anywhere
 * - `workerd` (the Workers runtime, with every binding of wrangler.toml): `durable-objects/`, `workers/`
 * - `system` (Node, against a whole running server): `tests/`
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'domain',
          include: ['{shared,scripts}/**/*.test.ts', '{durable-objects,workers}/**/*.node.test.ts'],
          environment: 'node',
          // Pure code leaves nothing behind: a process of its own for each file would only cost time.
          isolate: false,
        },
      },
      {
        plugins: [
          // .dev.vars is read too, so tests run as development: sandbox clock, mailbox, a known key.
          cloudflareTest({ wrangler: { configPath: './wrangler.toml' } }),
        ],
        test: {
          name: 'workerd',
          include: ['{durable-objects,workers}/**/*.test.ts'],
          exclude: ['**/*.node.test.ts'],
          setupFiles: ['./tests/workerd/apply-migrations.ts'],
          provide: { migrations: await readD1Migrations('migrations') },
        },
      },
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
          // Each test file starts servers of its own: side by side they would only slow each other down.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

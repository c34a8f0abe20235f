import { defineConfig } from 'vitest/config'

/**
 * Tests against other systems, which each test file gets and starts by itself, on free ports and without a
 * screen: `bun run test:integration`. Not among the projects of `bun run test`, which needs nothing but itself.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          // The first run builds or downloads what is tested against.
          hookTimeout: 600_000,
          // Each file starts servers of its own: side by side they would only slow each other down.
          maxWorkers: 1,
          isolate: true,
        },
      },
    ],
  },
})

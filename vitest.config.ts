import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'domain', include: ['shared/**/*.test.ts'], environment: 'node' },
      },
    ],
  },
})

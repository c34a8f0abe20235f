import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'

// Before each test file, whose storage is its own: migrations already applied are left out.
await applyD1Migrations(env.DATABASE, inject('migrations'))

import type { D1Migration } from 'cloudflare:test'
import type { Env as PetrelEnv } from '../../durable-objects/env.ts'

declare global {
  namespace Cloudflare {
    /** What tests inside workerd read from `cloudflare:workers`. */
    interface Env extends PetrelEnv {}
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    migrations: D1Migration[]
  }
}

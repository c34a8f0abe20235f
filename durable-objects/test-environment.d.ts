/** The bindings that tests inside workerd read from `cloudflare:workers`. */
declare namespace Cloudflare {
  type PetrelEnv = import('./env.ts').Env

  interface Env extends PetrelEnv {}
}

/** A migration as text, for tests that lay their own table. */
declare module '*.sql?raw' {
  const text: string
  export default text
}

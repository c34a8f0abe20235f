import type { TestProject } from 'vitest/node'
import { startServer } from './server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the server that all system tests share listens. */
    readonly serverUrl: string
  }
}

/** One server for all files of the system tests; those that crash theirs start their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  project.provide('serverUrl', server.url)
  return () => server.remove()
}

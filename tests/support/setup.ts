import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { MIGRATED_STORAGE, startServer } from './server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the server that all system tests share listens. */
    readonly serverUrl: string
  }
}

const WRANGLER = join('node_modules', 'wrangler', 'bin', 'wrangler.js')

/** One server for all files of the system tests; those that crash theirs start their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // To migrate takes longer than to start a server: it is done once, and every server starts with a copy.
  const migrated = await mkdtemp(join(tmpdir(), 'petrel-migrated-'))
  const migrate = ['d1', 'migrations', 'apply', 'DATABASE', '--local', '--persist-to', migrated]
  await promisify(execFile)(process.execPath, [WRANGLER, ...migrate])
  process.env[MIGRATED_STORAGE] = migrated
  const server = await startServer()
  project.provide('serverUrl', server.url)
  return async () => {
    await server.remove()
    await rm(migrated, { recursive: true, force: true })
  }
}

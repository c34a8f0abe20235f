import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A file system in memory, where Linux has one: flushes cost nothing on it. */
const MEMORY = '/dev/shm'

/** Where a runtime keeps its data. */
export interface Storage {
  readonly name: 'disk' | 'memory'
  readonly folder: string
}

/** The folder that was asked for; without one, the project's on disk, and memory where there is such a thing. */
export function storagesFor(folder: string | null): readonly Storage[] {
  if (folder !== null) return [{ name: resolve(folder).startsWith(MEMORY) ? 'memory' : 'disk', folder }]
  const disk: Storage = { name: 'disk', folder: join('.wrangler', 'bench') }
  const memory: Storage = { name: 'memory', folder: join(MEMORY, 'petrel-bench') }
  return existsSync(MEMORY) ? [disk, memory] : [disk]
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Lends a new folder to some work and deletes it after, even when the run is ended by a signal. */
export async function withFolder<Result>(
  parent: string | null,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const within = parent ?? join('.wrangler', 'bench')
  mkdirSync(within, { recursive: true })
  const folder = mkdtempSync(resolve(within, 'run-'))
  const clean = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clean)
  try {
    return await work(folder)
  } finally {
    clean()
  }
}

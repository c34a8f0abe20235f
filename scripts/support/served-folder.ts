import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** How long a server may take to answer before it counts as stopped. */
const ANSWER_TIMEOUT_MS = 5_000

const noteSchema = z.object({ pid: z.int().positive(), url: z.url() })

/** The server of a storage folder: the process of `bun run dev`, and its address. */
export type Serving = z.output<typeof noteSchema>

/** The server that runs on a folder; `null` without one. Ignores the note of a killed process. */
export async function servingOf(folder: string): Promise<Serving | null> {
  const serving = noted(folder)
  return serving && isAlive(serving.pid) && (await answers(serving.url)) ? serving : null
}

/** Records beside the data that this process serves it. Two runtimes on the same files corrupt them. */
export function noteServing(folder: string, serving: Serving): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(noteOf(folder), JSON.stringify(serving))
}

/** Removes the note of this process only. */
export function forgetServing(folder: string, pid: number): void {
  if (noted(folder)?.pid === pid) rmSync(noteOf(folder), { force: true })
}

function noteOf(folder: string): string {
  return join(folder, 'served-by.json')
}

function noted(folder: string): Serving | null {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(noteOf(folder), 'utf8')))
  } catch {
    // Missing or incomplete: no server.
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only checks whether the process exists.
    return process.kill(pid, 0)
  } catch (fault) {
    // The process belongs to another user.
    return fault instanceof Error && 'code' in fault && fault.code === 'EPERM'
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    return true
  } catch {
    return false
  }
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** How long a server may take to answer before it counts as gone (ms). */
const ANSWER_WITHIN = 5_000

const noteSchema = z.object({ pid: z.int().positive(), url: z.url() })

/** Who serves a folder of storage: the process of `bun run dev`, and where it answers. */
export type Serving = z.output<typeof noteSchema>

/** The server that runs on a folder; `null` without one. What a killed one left behind does not count. */
export async function servingOf(folder: string): Promise<Serving | null> {
  const serving = noted(folder)
  return serving && isAlive(serving.pid) && (await answers(serving.url)) ? serving : null
}

/** Notes beside the data that this process serves it. Two runtimes on the same files damage each other's work. */
export function noteServing(folder: string, serving: Serving): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(noteOf(folder), JSON.stringify(serving))
}

/** Removes the note of a process, and nobody else's. */
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
    // None, or half of one: nobody who stands for it.
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0)
  } catch (fault) {
    // Another user's.
    return fault instanceof Error && 'code' in fault && fault.code === 'EPERM'
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_WITHIN) })
    return true
  } catch {
    return false
  }
}

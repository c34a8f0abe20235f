import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often to look (ms). */
const INTERVAL = 1_000

/**
 * Calls back once when whoever started this script is gone, so that a stopped `npx bun run …` leaves
 * nothing running: npx passes no signal on to bun, and a killed bun none to us.
 */
export function onOrphaned(callback: () => void): void {
  const chain = launchers()
  const watch = setInterval(() => {
    const intact = chain.every((pid, index) => parentOf(index === 0 ? process.pid : chain[index - 1]) === pid)
    if (intact) return
    clearInterval(watch)
    callback()
  }, INTERVAL)
  watch.unref()
}

/**
 * The processes above this one, nearest first: bun, and under npx its shell and npx. Not the user's own
 * shell, which may be left while the script goes on.
 */
function launchers(): number[] {
  if (process.env.npm_lifecycle_event === undefined) return []
  const chain = [process.ppid]
  if (!/np[mx]-cli\.[cm]?js$/.test(process.env.npm_execpath ?? '')) return chain
  const above = parentOf(process.ppid)
  if (above === null) return chain
  chain.push(above)
  const npx = /^-?(ba|da|z)?sh$/.test(nameOf(above)) ? parentOf(above) : null
  if (npx !== null) chain.push(npx)
  return chain
}

/** The parent of a process; `null` when it is gone. */
function parentOf(pid: number | undefined): number | null {
  if (pid === undefined) return null
  if (pid === process.pid) return process.ppid
  // "<pid> (<name, which may hold anything>) <state> <parent> …"
  const status = contentOf(`/proc/${pid}/stat`)
  const parent = status?.replace(/^.*\) /s, '').split(' ')[1] ?? toldByPs(pid, 'ppid')
  return Number(parent) || null
}

function nameOf(pid: number): string {
  return (contentOf(`/proc/${pid}/comm`) ?? toldByPs(pid, 'comm')).trim().replace(/^.*\//, '')
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** For systems without /proc. */
function toldByPs(pid: number, field: 'ppid' | 'comm'): string {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

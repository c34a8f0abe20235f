import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The polling interval (ms). */
const POLL_INTERVAL_MS = 1_000

/**
 * Calls back once when the starting process has ended, so that a stopped `npx bun run …` leaves
 * nothing running: npx does not forward signals to bun, and a killed bun does not forward any to this script.
 */
export function onOrphaned(callback: () => void): void {
  const chain = launchers()
  const watch = setInterval(() => {
    const intact = chain.every((pid, index) => parentOf(index === 0 ? process.pid : chain[index - 1]) === pid)
    if (intact) return
    clearInterval(watch)
    callback()
  }, POLL_INTERVAL_MS)
  watch.unref()
}

/**
 * The processes above this one, nearest first: bun, and under npx its shell and npx. Not the user's own
 * shell, which may exit while the script keeps running.
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

/** The parent of a process; `null` when it has ended. */
function parentOf(pid: number | undefined): number | null {
  if (pid === undefined) return null
  if (pid === process.pid) return process.ppid
  // "<pid> (<name, which may contain anything>) <state> <parent> …"
  const status = contentOf(`/proc/${pid}/stat`)
  const parent = status?.replace(/^.*\) /s, '').split(' ')[1] ?? fromPs(pid, 'ppid')
  return Number(parent) || null
}

function nameOf(pid: number): string {
  return (contentOf(`/proc/${pid}/comm`) ?? fromPs(pid, 'comm')).trim().replace(/^.*\//, '')
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** For systems without /proc. */
function fromPs(pid: number, field: 'ppid' | 'comm'): string {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

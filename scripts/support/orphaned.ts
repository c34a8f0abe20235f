import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often to look (ms). */
const INTERVAL = 1_000

/**
 * Calls back once when whoever started this script is gone, so that a stopped `npx bun run …` leaves
 * nothing running: npx passes no signal on to bun, and a killed bun none to us.
 */
export function onOrphaned(callback: () => void): void {
  const bun = process.ppid
  // npx puts a shell of its own above bun, which dies with it. Without npx it is the user's shell that
  // stands there, and that may be left while the script goes on.
  const underNpx = (process.env.npm_execpath ?? '').includes('npm')
  const shell = underNpx ? parentOf(bun) : null
  const watch = setInterval(() => {
    const now = shell === null ? null : parentOf(bun)
    if (process.ppid === bun && now === shell) return
    clearInterval(watch)
    callback()
  }, INTERVAL)
  watch.unref()
}

/** The parent of a process; `null` when it is gone. */
function parentOf(pid: number): number | null {
  try {
    // "<pid> (<name, which may hold anything>) <state> <parent> …"
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(parent)
  } catch {
    return parentToldByPs(pid)
  }
}

/** For systems without /proc. */
function parentToldByPs(pid: number): number | null {
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })) || null
  } catch {
    return null
  }
}

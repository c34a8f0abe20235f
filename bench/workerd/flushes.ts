import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** How Miniflare is told which workerd to start. */
const WORKERD_PATH = 'MINIFLARE_WORKERD_PATH'
/** The call itself: where two threads overlap, its end stands on a line of its own, without the parenthesis. */
const FLUSH = /\bf(?:data)?sync\(/g

/**
 * Runs some work whose runtimes have their flushes (fsync, fdatasync) counted: it gets a function that tells how many
 * there were so far. It gets `null` where there is no strace, or none that may trace; nothing else is needed.
 *
 * strace stops workerd at these calls only, but that is enough to slow it down: no times are to be taken meanwhile.
 */
export async function withFlushCount<Result>(
  folder: string,
  work: (flushes: (() => number) | null) => Promise<Result>,
): Promise<Result> {
  if (!canTrace(join(folder, 'strace.try'))) return work(null)
  const log = join(folder, 'flushes.log')
  const script = join(folder, 'traced-workerd.sh')
  writeFileSync(log, '')
  // -D: workerd stays the child of this process, so that it is found and ended as always.
  const trace = `strace -D -f --seccomp-bpf -qq -e trace=fsync,fdatasync -e signal=none -o '${log}'`
  writeFileSync(script, `#!/bin/sh\nexec ${trace} '${workerdPath()}' "$@"\n`, { mode: 0o755 })
  const before = process.env[WORKERD_PATH]
  process.env[WORKERD_PATH] = script
  try {
    return await work(() => readFileSync(log, 'latin1').match(FLUSH)?.length ?? 0)
  } finally {
    if (before === undefined) delete process.env[WORKERD_PATH]
    else process.env[WORKERD_PATH] = before
  }
}

function canTrace(log: string): boolean {
  try {
    execFileSync('strace', ['-f', '--seccomp-bpf', '-e', 'trace=fsync', '-o', log, 'true'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** The binary that Miniflare would start by itself. */
function workerdPath(): string {
  const ofMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'))
  const platform = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`
  return createRequire(ofMiniflare.resolve('workerd')).resolve(`${platform}/bin/workerd`)
}

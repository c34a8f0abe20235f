import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/** What the numbers were measured on. */
export interface Machine {
  readonly processors: number
  readonly model: string
  readonly platform: string
  readonly node: string
  readonly workerd: string
}

/** The machine that the bench runs on. */
export function thisMachine(): Machine {
  const [first] = cpus()
  return {
    processors: cpus().length,
    model: first?.model.trim() ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    workerd: workerdVersion(),
  }
}

/** The first line of a report. */
export function heading(title: string, { processors, model, platform, node, workerd }: Machine): string {
  return `${title} · ${processors} × ${model}, ${platform} · node ${node.slice(1)} · workerd ${workerd}`
}

/** Of the workerd that Miniflare brings along. */
function workerdVersion(): string {
  const manifest = readFileSync(join('node_modules', 'miniflare', 'package.json'), 'utf8')
  return z.object({ dependencies: z.object({ workerd: z.string() }) }).parse(JSON.parse(manifest))
    .dependencies.workerd
}

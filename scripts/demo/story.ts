import type { DemoRequest } from './client.ts'

/** The width of step titles, in columns. */
const TITLE = 40

/** Prints what happens, for readers new to event stores. */
export const story = {
  chapter(title: string): void {
    process.stdout.write(`\n${title}\n`)
  },

  /** One step: its purpose, the request, and the result. */
  step(
    title: string,
    { method, path }: Pick<DemoRequest, 'method' | 'path'>,
    status: number,
    result: string,
  ): void {
    process.stdout.write(`  ${title.padEnd(TITLE)} ${method} /v1${shortened(path)} → ${status}\n`)
    process.stdout.write(`      ${result}\n`)
  },

  /** An automatic reaction. */
  note(text: string): void {
    process.stdout.write(`  ${text}\n`)
  },

  event(event: { time: string; type: string; subject: string; category: string }): void {
    const { time, type, subject, category } = event
    process.stdout.write(`  ${time.slice(11, 23)}  ${type.padEnd(38)} ${category.padEnd(9)} ${subject}\n`)
  },
}

/** Shortens long ids to their ends, which differ; ids are printed in full at their creation. */
function shortened(path: string): string {
  return path.replaceAll(/_[0-9a-f-]{30}([0-9a-f]{6})/g, '_…$1')
}

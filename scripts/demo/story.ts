import type { DemoRequest } from './client.ts'

/** How wide the titles of steps are, in columns. */
const TITLE = 40

/** Prints what happens, for a person who has never seen an event store. */
export const story = {
  chapter(title: string): void {
    process.stdout.write(`\n${title}\n`)
  },

  /** One step: what was wanted, the request behind it, and what came of it. */
  step(
    title: string,
    { method, path }: Pick<DemoRequest, 'method' | 'path'>,
    status: number,
    result: string,
  ): void {
    process.stdout.write(`  ${title.padEnd(TITLE)} ${method} /v1${shortened(path)} → ${status}\n`)
    process.stdout.write(`      ${result}\n`)
  },

  /** Something that happened by itself. */
  note(text: string): void {
    process.stdout.write(`  ${text}\n`)
  },

  event(event: { time: string; type: string; subject: string; category: string }): void {
    const { time, type, subject, category } = event
    process.stdout.write(`  ${time.slice(11, 23)}  ${type.padEnd(38)} ${category.padEnd(9)} ${subject}\n`)
  },
}

/** The ends of long ids tell them apart; they stand in full where they come into being. */
function shortened(path: string): string {
  return path.replaceAll(/_[0-9a-f-]{30}([0-9a-f]{6})/g, '_…$1')
}

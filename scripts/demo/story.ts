import type { DemoRequest } from './client.ts'

/** Where the events of a line start, in columns. */
const TITLE = 44

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
    process.stdout.write(`  ${title.padEnd(TITLE)} ${method} /v1${path} → ${status}\n`)
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

/** 24.90 USD, from minor units. */
export function priceText({ amount, currency }: { amount: number; currency: string }): string {
  return `${(amount / 100).toFixed(2)} ${currency}`
}

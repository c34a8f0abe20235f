/** What is counted of an operation, in the units that Cloudflare bills. */
export interface BilledCounts {
  readonly objectRequests: number
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly alarmsSet: number
  readonly queueMessages: number
  /** Operations of class A: puts and lists. */
  readonly bucketWrites: number
  readonly databaseRowsRead: number
  readonly databaseRowsWritten: number
}

interface Price {
  /** US dollars a million, of the paid plan, past what it includes. */
  readonly dollars: number
  readonly source: string
}

const DURABLE_OBJECTS = 'https://developers.cloudflare.com/durable-objects/platform/pricing/'
const QUEUES = 'https://developers.cloudflare.com/queues/platform/pricing/'
const R2 = 'https://developers.cloudflare.com/r2/pricing/'
const D1 = 'https://developers.cloudflare.com/d1/platform/pricing/'

/** List prices as of November 2026. Not among them: Worker requests, CPU time, duration, and what is stored. */
export const prices: Readonly<Record<keyof BilledCounts, Price>> = {
  objectRequests: { dollars: 0.15, source: DURABLE_OBJECTS },
  rowsRead: { dollars: 0.001, source: DURABLE_OBJECTS },
  rowsWritten: { dollars: 1, source: DURABLE_OBJECTS },
  // Each setAlarm bills as one row written.
  alarmsSet: { dollars: 1, source: DURABLE_OBJECTS },
  // 0.40 for each operation: a message of up to 64 KB is written, read and deleted.
  queueMessages: { dollars: 1.2, source: QUEUES },
  bucketWrites: { dollars: 4.5, source: R2 },
  databaseRowsRead: { dollars: 0.001, source: D1 },
  databaseRowsWritten: { dollars: 1, source: D1 },
}

/** Each unit, in the order of the table of prices. */
export const billedUnits = Object.keys(prices) as (keyof BilledCounts)[]

/** What a million operations cost by the list (US dollars), if one of them counts so much. */
export function priceOfMillion(counts: BilledCounts): number {
  return billedUnits.reduce((sum, unit) => sum + counts[unit] * prices[unit].dollars, 0)
}

import type { Meter } from '../../durable-objects/aggregate/meter.ts'
import { markdownTable } from './generated-part.ts'

const COMMANDS: Readonly<Record<string, string>> = {
  firstItem: 'first item into a cart',
  anotherItem: 'another item',
  checkout: 'checkout of one line, up to the scheduled delivery',
  repetition: 'the same checkout once more',
}

/** The table of what commands cost in each object that they touch, with a sum where there are several. */
export function costsTable(costs: Readonly<Record<string, Readonly<Record<string, Meter>>>>): string {
  const rows = Object.entries(costs).flatMap(([command, objects]) => {
    const meters = Object.entries(objects)
    const sum =
      meters.length > 1
        ? [
            row(
              command,
              '**all**',
              meters.map(([, meter]) => meter),
            ),
          ]
        : []
    return [...meters.map(([object, meter]) => row(command, object, [meter])), ...sum]
  })
  return markdownTable([['command', 'object', 'rows', 'alarms', 'RPCs', 'queue sends'], ...rows])
}

function row(command: string, object: string, meters: readonly Meter[]): string[] {
  const sum = (of: (meter: Meter) => number) => `${meters.reduce((total, meter) => total + of(meter), 0)}`
  return [
    COMMANDS[command] ?? command,
    object,
    sum(({ rowsWritten }) => rowsWritten),
    sum(({ alarmsSet }) => alarmsSet),
    sum(({ rpcs }) => rpcs),
    sum(({ queueSends }) => queueSends),
  ]
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPetrel } from '../bundle.ts'
import { startRuntime } from '../environment.ts'
import { hello, insert } from '../scenarios/bare.ts'
import { checkout, hotCheckout } from '../scenarios/checkout.ts'
import { measureColdStart } from '../scenarios/cold-start.ts'
import { command } from '../scenarios/command.ts'
import { hotReservation } from '../scenarios/hot-reservation.ts'
import { logProgress, MisuseError, type Suite } from '../suite.ts'
import { withFolder } from '../workspace.ts'
import { type Options, RUNTIME_USAGE, readOptions } from './options.ts'
import { render, reportOn } from './report.ts'
import { measureRounds } from './rounds.ts'

const COLD_START = 'cold-start'
const scenarios = [hello, insert, command, checkout, hotReservation, hotCheckout]

/** Petrel beside the least that the same runtime can do on the same disk. */
export const runtimeSuite: Suite = {
  summary: 'commands, checkouts and cold starts, beside a bare Worker and a bare Durable Object',
  usage: RUNTIME_USAGE,
  async run(args) {
    const options = readOptions(args)
    for (const name of options.only ?? [])
      if (name !== COLD_START && !scenarios.some((scenario) => scenario.name === name))
        throw new MisuseError(`There is no scenario ${name}.`)
    return withFolder(options.storage, (folder) => measure(options, folder))
  },
}

async function measure(options: Options, folder: string): Promise<number> {
  const wanted = (name: string) => options.only?.includes(name) ?? true
  logProgress('building the Worker')
  const modules = await buildPetrel(join(folder, 'bundle'))
  const storage = join(folder, 'storage')
  const runtime = await startRuntime(modules, storage)
  const chosen = scenarios.filter(({ name }) => wanted(name))
  const measured = await measureRounds(runtime, chosen, options, logProgress)
  const coldStart = wanted(COLD_START)
    ? await measureColdStart(runtime, modules, storage, options.coldStart, logProgress)
    : []
  await runtime.stop()
  if (runtime.complaints.length > 0)
    logProgress(
      `the runtime wrote ${runtime.complaints.length} lines of complaint, first:\n${runtime.complaints[0]}`,
    )

  const report = reportOn(options, measured, coldStart)
  process.stdout.write(`\n${render(report)}`)
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
  return report.rows.some(({ failures }) => failures > 0) ? 1 : 0
}

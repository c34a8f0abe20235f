import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepRelease } from '../releases/keep.ts'
import { hello, insert } from '../scenarios/bare.ts'
import { checkout, hotCheckout } from '../scenarios/checkout.ts'
import { type ColdStart, measureColdStart } from '../scenarios/cold-start.ts'
import { command } from '../scenarios/command.ts'
import { hotReservation } from '../scenarios/hot-reservation.ts'
import { logProgress, MisuseError, type Suite } from '../suite.ts'
import { buildPetrel, type WorkerModule } from '../workerd/bundle.ts'
import { startRuntime } from '../workerd/environment.ts'
import type { Storage } from '../workerd/storages.ts'
import { withFolder } from '../workerd/workspace.ts'
import { countScenarios } from './counts.ts'
import { measureLatency } from './latency.ts'
import { type Options, RUNTIME_USAGE, readOptions } from './options.ts'
import { render } from './render.ts'
import { hasFailed, reportOn } from './report.ts'
import { measureRounds } from './rounds.ts'
import { rowsOf } from './rows.ts'
import type { OnStorage } from './targets.ts'

const scenarios = [hello, insert, command, checkout, hotReservation, hotCheckout]
/** What is measured beside them. */
const LATENCY = 'latency'
const COUNTS = 'counts'
const COLD_START = 'cold-start'

/** Petrel beside the least that the same runtime can do on the same disk. */
export const runtimeSuite: Suite = {
  summary:
    'commands and checkouts with all that they set off, beside a bare Worker and a bare Durable Object',
  usage: RUNTIME_USAGE,
  async run(args) {
    const options = readOptions(args)
    const names = [...scenarios.map(({ name }) => name), LATENCY, COUNTS, COLD_START]
    for (const name of options.only ?? [])
      if (!names.includes(name)) throw new MisuseError(`There is no scenario ${name}.`)
    const report = await measureAll(options)
    process.stdout.write(`\n${render(report)}`)
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
    if (options.release) logProgress(`kept as ${keepRelease(report)}`)
    return hasFailed(report) ? 1 : 0
  },
}

async function measureAll(options: Options) {
  const wanted = (name: string) => options.only?.includes(name) ?? true
  const [first] = options.storages
  const last = options.storages.at(-1)
  if (!first || !last) throw new Error('there is nowhere to store anything')
  return withFolder(first.folder, async (folder) => {
    logProgress('building the Worker')
    const modules = await buildPetrel(join(folder, 'bundle'))
    const measured: OnStorage[] = []
    for (const storage of options.storages)
      measured.push(await withFolder(storage.folder, (data) => measureOn(storage, data, modules, options)))
    // Where flushes cost nothing, they are counted soonest.
    const counted = wanted(COUNTS)
      ? await withFolder(last.folder, (data) => countScenarios(chosen(options), modules, data, options))
      : []
    let coldStart: ColdStart[] = []
    if (wanted(COLD_START)) {
      const storage = join(folder, 'cold')
      const runtime = await startRuntime(modules, storage)
      coldStart = await measureColdStart(runtime, modules, storage, options.coldStart, logProgress)
    }
    return reportOn(options, measured, counted, coldStart)
  })
}

function chosen({ only }: Options) {
  // Alone, the counts are of all scenarios.
  const named = scenarios.filter(({ name }) => only?.includes(name) ?? true)
  return named.length > 0 ? named : scenarios
}

async function measureOn(
  { name }: Storage,
  folder: string,
  modules: readonly WorkerModule[],
  options: Options,
): Promise<OnStorage> {
  const timed = scenarios.filter((scenario) => options.only?.includes(scenario.name) ?? true)
  const isLatencyWanted = options.only?.includes(LATENCY) ?? true
  if (timed.length === 0 && !isLatencyWanted) return { storage: name, rows: [], latency: null }
  const runtime = await startRuntime(modules, join(folder, 'storage'))
  try {
    const rows = rowsOf(name, await measureRounds(runtime, timed, options, name))
    const sustained = rows.find((row) => row.name === checkout.name)?.sustained ?? null
    const latency = isLatencyWanted ? await measureLatency(runtime, options, sustained) : null
    return { storage: name, rows, latency }
  } finally {
    await runtime.stop()
    if (runtime.complaints.length > 0)
      logProgress(
        `the runtime wrote ${runtime.complaints.length} lines of complaint, first:\n${runtime.complaints[0]}`,
      )
  }
}

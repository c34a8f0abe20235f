import { misused } from '../scripts/support/arguments.ts'
import { outageSuite } from './outage/suite.ts'
import { pipelineSuite } from './pipeline/suite.ts'
import { pageSuite } from './releases/suite.ts'
import { runtimeSuite } from './runtime/suite.ts'
import { soakSuite } from './soak/suite.ts'
import { MisuseError, type Suite } from './suite.ts'

const DEFAULT_SUITE = 'runtime'
/** By their names on the command line. */
const suites: Readonly<Record<string, Suite>> = {
  [DEFAULT_SUITE]: runtimeSuite,
  pipeline: pipelineSuite,
  outage: outageSuite,
  soak: soakSuite,
  page: pageSuite,
}

const USAGE = `Measures Petrel on this machine. It fails only if something is broken, not if it is slow; a connection that
the runtime resets is broken.

  npx bun run bench [suite] [flags]

${Object.entries(suites)
  .map(
    ([name, { summary, usage }]) =>
      `${name}: ${summary}${name === DEFAULT_SUITE ? ' (default)' : ''}\n${usage}`,
  )
  .join('\n')}`

const args = process.argv.slice(2)
const [first] = args
const named = first !== undefined && !first.startsWith('-')
const suite = suites[named ? first : DEFAULT_SUITE]

// Ended by a signal, it still takes its data off the disk: that is done on exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(USAGE)
} else if (!suite) {
  misused(`There is no suite ${first}.`, USAGE)
} else {
  try {
    process.exitCode = await suite.run(named ? args.slice(1) : args)
  } catch (fault) {
    if (fault instanceof MisuseError) misused(fault.message, USAGE)
    throw fault
  }
}

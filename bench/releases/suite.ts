import { readFlags } from '../flags.ts'
import type { Suite } from '../suite.ts'
import { writePage } from './keep.ts'

/** Measures nothing. */
export const pageSuite: Suite = {
  summary: 'draws bench/results/index.html of the results that are kept there; measures nothing',
  usage: '',
  async run(args) {
    readFlags(args, {})
    process.stdout.write(`bench/results/index.html: ${writePage()} results\n`)
    return 0
  },
}

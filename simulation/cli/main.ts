import { runBroken } from './broken.ts'
import { helpText, type Task, taskOf, UsageError, variantsText } from './flags.ts'
import { runMany } from './many.ts'
import { runOne } from './one.ts'

// Workers log a rejection that nobody handles, and go on.
process.on('unhandledRejection', () => {})

// Whoever reads the output may have read enough (`| head`).
process.stdout.on('error', () => process.exit(0))

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    return await run(taskOf(process.argv.slice(2)))
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault
    console.error(`${fault.message}\n\n${helpText()}`)
    return 2
  }
}

async function run(task: Task): Promise<number> {
  switch (task.do) {
    case 'many':
      return runMany(task)
    case 'one':
      return runOne(task)
    case 'broken':
      return runBroken(task.variants, task.seeds)
    case 'list':
      console.log(variantsText())
      return 0
    case 'help':
      console.log(helpText())
      return 0
  }
}

import type { Fact } from '../fact.ts'
import { alarmFailureFacts } from './alarm-failures.ts'
import { alarmFacts } from './alarms.ts'
import { bucketFacts } from './bucket.ts'
import { callFacts } from './calls.ts'
import { crashFacts } from './crashes.ts'
import { databaseFacts } from './database.ts'
import { errorFacts } from './errors.ts'
import { evictionFacts } from './eviction.ts'
import { identityFacts } from './identity.ts'
import { outputGateFacts } from './output-gate.ts'
import { queueFacts } from './queues.ts'
import { sqlFacts } from './sql.ts'
import { cursorFacts } from './sql-cursor.ts'
import { transactionFacts } from './transactions.ts'
import { valueFacts } from './values.ts'
import { workerFacts } from './worker.ts'

/** Everything that Petrel relies on and that the suite tries. */
export const facts: readonly Fact[] = [
  ...transactionFacts,
  ...outputGateFacts,
  ...crashFacts,
  ...sqlFacts,
  ...cursorFacts,
  ...alarmFacts,
  ...alarmFailureFacts,
  ...evictionFacts,
  ...identityFacts,
  ...valueFacts,
  ...errorFacts,
  ...callFacts,
  ...workerFacts,
  ...queueFacts,
  ...databaseFacts,
  ...bucketFacts,
]

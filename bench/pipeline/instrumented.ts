import { bareWorker, type WorkerModule } from '../workerd/bundle.ts'
import { readConfiguration } from '../workerd/configuration.ts'

const FORWARDER = 'ForwarderObject'
/** Beside what a forwarder does: it throws away its memory. */
const FORWARDER_METHODS = `
  async forget() {
    this.ctx.abort('the bench has closed this object')
  }
`

/**
 * Petrel behind an entry of the bench: its objects are as they are, but they count for the bench what they
 * cost, and their queue can be closed so that events pile up in the logs. Hidden paths report the costs, close the queue,
 * and set objects to work, for the end of which nobody waits.
 */
export function instrument(petrel: readonly WorkerModule[]): WorkerModule[] {
  const main = petrel[0]?.path
  if (main === undefined) throw new Error('there is no Worker to instrument')
  const classes = readConfiguration().durable_objects.bindings.map(({ class_name }) => class_name)
  const contents = `
import petrel, * as objects from './${main}'
import { answer, countCalls, instrumented, register, swallow } from './instruments.js'
${classes
  .map(
    (name) => `export class ${name} extends objects.${name} {
  constructor(state, env) {
    super(state, instrumented(env))
    register('${name}', this)
  }
  async resume() {
    void this.alarm()
  }
${name === FORWARDER ? FORWARDER_METHODS : ''}}
countCalls(${name}.prototype)`,
  )
  .join('\n')}
export default {
  ...petrel,
  fetch: async (request, env, context) =>
    (await answer(request, env)) ?? petrel.fetch(request, env, context),
  queue: async (batch, env, context) => {
    if (!swallow(batch)) await petrel.queue(batch, env, context)
  },
}
`
  return [{ type: 'ESModule', path: 'bench.js', contents }, ...petrel, ...bareWorker('instruments')]
}

import { z } from 'zod'
import { type Aggregate, command, event } from '../../shared/core/aggregate.ts'
import { asynchronousEffectSchema, type Effect } from '../../shared/core/effect.ts'
import { accept, type RefusalCatalog, recorded, refusing } from '../../shared/core/refusal.ts'

const effectSchema = z.union([
  asynchronousEffectSchema,
  z.object({
    type: z.literal('timer'),
    id: z.string(),
    at: z.string(),
    command: z.looseObject({ type: z.string() }),
  }),
  z.object({ type: z.literal('cancelTimer'), id: z.string() }),
])

const pageSchema = z.object({ text: z.string(), effects: z.array(effectSchema) })

const notebookCommand = z.discriminatedUnion('type', [
  /** One event for each page; none at all is fine. */
  command('Write', { pages: z.array(pageSchema) }),
  /** Refused; with `tried` the try itself is an event. */
  command('Tear', { tried: z.boolean() }),
  /** The outcome of an effect. */
  command('Hear', { about: z.string().optional(), outcome: z.unknown() }),
])
export type NotebookCommand = z.infer<typeof notebookCommand>

const notebookEvent = z.discriminatedUnion('type', [
  event('Noted', pageSchema),
  event('Heard', z.object({ about: z.string().optional(), outcome: z.unknown() })),
  event('TearTried', z.object({})),
])
export type NotebookEvent = z.infer<typeof notebookEvent>

const notebookSchema = z.object({
  texts: z.array(z.string()),
  heard: z.array(z.object({ about: z.string().optional(), outcome: z.unknown() })),
  /** Effects without an outcome yet. */
  unheard: z.int(),
})
export type Notebook = z.infer<typeof notebookSchema>

const refusals = {
  not_torn: { kind: 'conflict', title: 'No page is torn out.', remedy: 'Write another page instead.' },
} as const satisfies RefusalCatalog
const refuse = refusing(refusals)

/** The smallest aggregate that can do all that an object does: each page lists its effects. */
export const notebook: Aggregate<Notebook, NotebookCommand, NotebookEvent> = {
  kind: 'notebook',
  context: 'stationery',
  command: notebookCommand,
  event: notebookEvent,
  refusals: {},
  state: notebookSchema,
  stateVersion: 1,
  evolve(before, event) {
    const state = before ?? { texts: [], heard: [], unheard: 0 }
    switch (event.type) {
      case 'Noted':
        return {
          ...state,
          texts: [...state.texts, event.data.text],
          unheard: state.unheard + event.data.effects.filter((effect) => 'reply' in effect).length,
        }
      case 'Heard':
        return { ...state, heard: [...state.heard, event.data], unheard: state.unheard - 1 }
      case 'TearTried':
        return state
    }
  },
  decide(command) {
    switch (command.type) {
      case 'Write':
        return accept(...command.pages.map((data) => ({ type: 'Noted', data }) as const))
      case 'Hear':
        return accept({ type: 'Heard', data: { about: command.about, outcome: command.outcome } })
      case 'Tear': {
        const refused = refuse('not_torn', 'Pages stay where they are.', { reason: 'bound' })
        return command.tried ? recorded(refused, { type: 'TearTried', data: {} }) : refused
      }
    }
  },
  react: (event) => (event.type === 'Noted' ? event.data.effects : []),
  errorEvents: ['TearTried'],
  settled: (state) => state.unheard <= 0,
}

/** The command that writes one page, and what is to follow from it. */
export function write(text: string, ...effects: Effect[]): NotebookCommand {
  return { type: 'Write', pages: [{ text, effects }] }
}

/** The command that writes many pages at once. */
export function writeMany(...texts: string[]): NotebookCommand {
  return { type: 'Write', pages: texts.map((text) => ({ text, effects: [] })) }
}

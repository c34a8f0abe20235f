import { describe, expect, it } from 'vitest'
import { combineFeatures, type Feature } from './feature.ts'
import { accept, type Decision } from './refusal.ts'
import { NOW, specificationContext } from './specification.fixture.ts'

type Lamp = { readonly on: boolean }
type LampCommand = { readonly type: 'Install' } | { readonly type: 'Switch'; readonly on: boolean }
type LampEvent =
  | { readonly type: 'Installed'; readonly data: { readonly on: boolean } }
  | { readonly type: 'Switched'; readonly data: { readonly on: boolean } }
type LampFeature = Feature<Lamp, LampCommand, LampEvent>

const installation = {
  creation: {
    evolve: { Installed: (_, { on }) => ({ on }) },
    decide: {
      Install: (_, state) => (state ? accept() : accept({ type: 'Installed', data: { on: false } })),
    },
  },
} satisfies LampFeature

const switching = {
  evolve: { Switched: (state, { on }) => ({ ...state, on }) },
  decide: { Switch: ({ on }) => accept({ type: 'Switched', data: { on } }) },
  react: { Switched: (_data, _state, { id, at }) => [{ type: 'cancelTimer', id: `${id} ${at}` }] },
} satisfies LampFeature

const features = [installation, switching] as const
const missing = (): Decision<never> => ({ events: [], refusal: { code: 'no_lamp', detail: '' } })
const lamp = combineFeatures<Lamp, LampCommand, LampEvent, typeof features>(features, missing)
const context = specificationContext()

describe('the features of an aggregate', () => {
  it('give it their functions by the type of the command or the event', () => {
    expect(lamp.decide({ type: 'Switch', on: true }, { on: false }, context).events).toEqual([
      { type: 'Switched', data: { on: true } },
    ])
    expect(lamp.evolve({ on: false }, { type: 'Switched', data: { on: true } }, NOW)).toEqual({ on: true })
    expect(lamp.react({ type: 'Switched', data: { on: true } }, { on: true }, NOW, 'a')).toEqual([
      { type: 'cancelTimer', id: `a ${NOW}` },
    ])
  })

  it('let an event without a reaction cause nothing', () => {
    expect(lamp.react({ type: 'Installed', data: { on: false } }, { on: false }, NOW, 'a')).toEqual([])
  })

  it('give what begins the aggregate its state as well: none, or the present one', () => {
    expect(lamp.decide({ type: 'Install' }, null, context).events).toHaveLength(1)
    expect(lamp.decide({ type: 'Install' }, { on: true }, context)).toEqual(accept())
    expect(lamp.evolve(null, { type: 'Installed', data: { on: false } }, NOW)).toEqual({ on: false })
  })

  it('let nothing else begin it', () => {
    expect(lamp.decide({ type: 'Switch', on: true }, null, context).refusal?.code).toBe('no_lamp')
    expect(() => lamp.evolve(null, { type: 'Switched', data: { on: true } }, NOW)).toThrow(/first event/)
  })

  it('are refused by the type checker where a type has no handler or two', () => {
    const incomplete = [switching] as const
    // @ts-expect-error nothing handles `Install` and `Installed`
    combineFeatures<Lamp, LampCommand, LampEvent, typeof incomplete>(incomplete, missing)
    const twice = [installation, switching, switching] as const
    // @ts-expect-error `Switch` and `Switched` are handled twice
    combineFeatures<Lamp, LampCommand, LampEvent, typeof twice>(twice, missing)
  })
})

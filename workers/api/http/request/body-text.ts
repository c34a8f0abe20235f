import { type TextFault, type TextForm, textFault, textFaults } from '../../../../shared/core/text/text.ts'
import type { ProblemError } from '../problems.ts'
import { pointerTo } from './pointers.ts'

/** Twice what any operation needs. Bounds recursion where the JSON is serialized. */
const MAX_DEPTH = 32
/** The check stops after this many faults. */
const MAX_FAULTS = 20
/** Fields with multi-line text. All other text is a single line. */
const PARAGRAPHS = new Set(['text', 'note', 'description'])

interface Place {
  readonly value: unknown
  /** The name of the enclosing field; items of an array share the array's. */
  readonly key: string
  readonly step: PropertyKey
  readonly parent: Place | null
  readonly depth: number
}

/**
 * The strings and keys of parsed JSON that are not valid text (see `textFault`), and values nested too deeply. `form`
 * overrides the form of every field, for bodies of other systems. Linear, without recursion.
 */
export function textErrors(body: unknown, form?: TextForm): ProblemError[] {
  const errors: ProblemError[] = []
  const waiting: Place[] = [{ value: body, key: '', step: '', parent: null, depth: 0 }]
  for (let place = waiting.pop(); place && errors.length < MAX_FAULTS; place = waiting.pop()) {
    const { value, depth } = place
    if (typeof value === 'string') {
      const fault = textFault(value, form ?? (PARAGRAPHS.has(place.key) ? 'lines' : 'line'))
      if (fault) errors.push(error(place, fault))
    } else if (typeof value === 'object' && value !== null) {
      if (depth === MAX_DEPTH) errors.push({ pointer: pointerOf(place), ...tooDeep })
      else if (Array.isArray(value)) waiting.push(...itemsOf(value, place))
      else waiting.push(...membersOf(value, place, errors))
    }
  }
  return errors.slice(0, MAX_FAULTS)
}

const tooDeep = { code: 'too_deep', detail: `Bodies are nested at most ${MAX_DEPTH} deep.` }

/** The items of an array in reverse, as they go on a stack. */
function itemsOf(items: readonly unknown[], parent: Place): Place[] {
  const { key, depth } = parent
  return items.map((value, index) => ({ value, key, step: index, parent, depth: depth + 1 })).reverse()
}

/** The members of an object in reverse; invalid names are added to `errors`. */
function membersOf(members: object, parent: Place, errors: ProblemError[]): Place[] {
  const places = Object.entries(members).map(([key, value]: [string, unknown]) => {
    const fault = textFault(key)
    if (fault && errors.length < MAX_FAULTS) errors.push(error(parent, fault, 'A member name: '))
    return { value, key, step: key, parent, depth: parent.depth + 1 }
  })
  return places.reverse()
}

function error(place: Place, fault: TextFault, where = ''): ProblemError {
  return { pointer: pointerOf(place), code: fault, detail: `${where}${textFaults[fault]}` }
}

function pointerOf(place: Place): string {
  const steps: PropertyKey[] = []
  for (let one: Place | null = place; one?.parent; one = one.parent) steps.unshift(one.step)
  return pointerTo(steps)
}

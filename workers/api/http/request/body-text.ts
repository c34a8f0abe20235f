import { type TextFault, type TextForm, textFault, textFaults } from '../../../../shared/core/text/text.ts'
import type { ProblemError } from '../problems.ts'
import { pointerTo } from './pointers.ts'

/** No operation takes a body that is nested half as deep. Deeper, its JSON could not be written again. */
const MAX_DEPTH = 32
/** Enough to see what is wrong; the rest of a body full of faults is not looked at. */
const MAX_FAULTS = 20
/** Fields in which people write at length. All other text is one line. */
const PARAGRAPHS = new Set(['text', 'note', 'description'])

interface Place {
  readonly value: unknown
  /** The field that it is in, of which an array has only one. */
  readonly key: string
  readonly step: PropertyKey
  readonly parent: Place | null
  readonly depth: number
}

/**
 * What in parsed JSON is no text, keys too, and what is nested too deeply; see `textFault`. With `form` all text is
 * measured alike, for bodies whose fields are not ours. Walks each value once, without recursion.
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

/** The items of an array, the last first: they are text of the field that the array is in. */
function itemsOf(items: readonly unknown[], parent: Place): Place[] {
  const { key, depth } = parent
  return items.map((value, index) => ({ value, key, step: index, parent, depth: depth + 1 })).reverse()
}

/** The members of an object, the last first; names that are no text are noted. */
function membersOf(members: object, parent: Place, errors: ProblemError[]): Place[] {
  const places = Object.entries(members).map(([key, value]: [string, unknown]) => {
    const fault = textFault(key)
    if (fault && errors.length < MAX_FAULTS) errors.push(error(parent, fault, 'A name in here: '))
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

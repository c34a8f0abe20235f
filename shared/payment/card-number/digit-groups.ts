import { cardNumberRules } from './card-networks.ts'

/** Adjacent digits, and the separator from the group before in their run. */
export interface DigitGroup {
  readonly digits: string
  readonly between: string
}

/** Invisible characters do not split a number. Marks turn digits into keycaps. */
const INVISIBLE = /[\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]/u
const LETTER = /[\p{L}\p{N}]/u
const NUMBER = /\p{N}/u
const DECIMAL = /\p{Nd}/u
/** The longest block of decimal digits in Unicode: the mathematical ones, five times ten. */
const LONGEST_BLOCK = 50

/**
 * Reads a text once and yields each run of digits with few characters between them: in any script, separated
 * by anything but letters.
 */
export function* digitRuns(text: Iterable<string>): Generator<readonly DigitGroup[]> {
  let run: DigitGroup[] = []
  let digits = ''
  let between = ''
  const endGroup = () => {
    if (digits === '') return
    run.push({ digits, between: run.length === 0 ? '' : between })
    digits = ''
    between = ''
  }
  for (const character of text) {
    const digit = digitOf(character)
    if (digit !== null) digits += digit
    else if (!isInvisible(character)) {
      endGroup()
      if (run.length === 0) continue
      between += character
      if (!isLetter(character) && between.length <= cardNumberRules.longestGap) continue
      yield run
      run = []
      between = ''
    }
  }
  endGroup()
  if (run.length > 0) yield run
}

/** The decimal digit that a character is or shows, such as 4, ４, ٤ or ④; `null` for all others. */
function digitOf(character: string): string | null {
  if (character >= '0' && character <= '9') return character
  if (character <= '\u007f' || !NUMBER.test(character)) return null
  const point = character.codePointAt(0) ?? 0
  if (DECIMAL.test(character)) return `${(point - startOfBlock(point)) % 10}`
  // A single character: normalisation can neither grow it nor reorder it.
  const plain = character.normalize('NFKC')
  return /^\d$/.test(plain) ? plain : null
}

/** In Unicode the decimal digits of a script are contiguous, from 0 to 9. */
function startOfBlock(point: number): number {
  let start = point
  while (point - start < LONGEST_BLOCK && DECIMAL.test(String.fromCodePoint(start - 1))) start -= 1
  return start
}

function isInvisible(character: string): boolean {
  return character > '\u007f' && INVISIBLE.test(character)
}

function isLetter(character: string): boolean {
  return character <= '\u007f' ? /[A-Za-z]/.test(character) : LETTER.test(character)
}

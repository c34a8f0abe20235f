// What a module remembers between calls is lost when its isolate ends. A new isolate of a run is the evaluated code with
// renewed state, as evaluating it again costs more than a run. So each form of state is renewed, or refused.

/** A variable of a module on one line, or an object that one creates empty. */
const RENEWABLE =
  /^(export )?(?:let (\w+)(: [^=]+?)?(?: = (.*?[^\s{[(,=+?:&|;]))?|const (\w+)(: [^=]+)? = (new \w+(?:<.*>)?\(\)|\{\}|\[\]));?$/gm
/** A constant that holds something that can change. `type` is what it is declared as. */
const HOLDER = /^(?:export )?const (?<name>\w+)(?:: (?<type>[^=]+))? = (?<value>\[|\{|new (?<class>\w+))/gm
/** Other variables, and static fields that can be assigned or hold something that can change. */
const VARIABLE = /^(?:export )?(?:let|var)\b.*/gm
const STATIC_FIELD =
  /^\s+(?:(?:public|private|protected) )?static (?!readonly )#?\w+(?:: [^=]+)? ?[=;].*|^\s+.*\bstatic readonly #?\w+(?:: [^=]+)? = (?:new (?:Weak)?(?:Map|Set)\b.*\(\)|\[\]|\{\}).*/gm
/** Classes whose instances are as they were made, or change only by the methods below. */
const PLAIN_CLASSES = ['RegExp', 'Set', 'Map', 'TextEncoder', 'TextDecoder', 'URL', 'Intl']
const MUTATORS = 'set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|append'

/** Adds to a module what sets its variables to what they were at first; a table that it fills itself is left alone. */
export function renewable(text: string): string {
  const renewals: string[] = []
  const declared = text.replaceAll(
    RENEWABLE,
    (
      line,
      exported = '',
      variable,
      variableType = '',
      first = 'undefined',
      object,
      objectType = '',
      empty,
    ) => {
      if (object !== undefined && isFilled(object, text)) return line
      const [name, value] = [variable ?? object, empty ?? first]
      renewals.push(`onRenewal(() => { ${name} = ${value} });`)
      return `${exported}let ${name}${variableType || objectType} = ${value};`
    },
  )
  return renewals.length === 0 ? text : `${declared}\n${renewals.join('\n')}\n`
}

/**
 * The lines of a module that keep state which `renewable` does not renew. What another module changes, and what a function
 * encloses, is not seen.
 */
export function stateOf(text: string): string[] {
  const rest = text.replaceAll(RENEWABLE, '')
  const found = [...rest.matchAll(VARIABLE), ...rest.matchAll(STATIC_FIELD)].map(([line]) => line.trim())
  // Its renewal would empty what the module itself has filled.
  for (const [line, , , , , name] of text.matchAll(RENEWABLE))
    if (name !== undefined && isFilled(name, text)) found.push(line)
  for (const { 0: line, groups = {} } of rest.matchAll(HOLDER)) {
    const { name = '', class: made } = groups
    if (made !== undefined && !PLAIN_CLASSES.includes(made)) found.push(line)
    else if (isChanged(name, text)) found.push(line)
  }
  return found
}

/** Whether a module fills an object that it holds when it is evaluated, in a statement or a loop. */
function isFilled(name: string, text: string): boolean {
  const loop = String.raw`(?:for \(.*\)(?: \{)?\s+)?`
  return new RegExp(String.raw`^${loop}${name}(?:\.(?:${MUTATORS})\(|\[[^\]\n]*\] = )`, 'm').test(text)
}

/** Whether a module assigns into an object that it holds, or calls a method that changes it. */
function isChanged(name: string, text: string): boolean {
  const part = String.raw`(?:\.\w+|\[[^\]\n]*\])`
  // A `lastIndex` is set before each use of an expression.
  const assigned = String.raw`\b${name}(?!\.lastIndex\b)${part}+ ?(?:[-+*/|&?%]{0,2}=(?![=>])|\+\+|--)`
  const called = String.raw`\b${name}${part}*\.(?:${MUTATORS})\(|\bdelete ${name}\b|\bObject\.assign\(${name}\b`
  return new RegExp(`(?<![.\\w])(?:${assigned}|${called})`).test(text)
}

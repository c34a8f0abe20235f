import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** Checks events against the JSON Schemas that a running Petrel publishes, as an analyst's tool would. */
export class PublishedSchemas {
  readonly #url: string
  readonly #ajv = new Ajv2020({ allErrors: true, strict: false })
  readonly #validators = new Map<string, Promise<ValidateFunction>>()

  constructor(url: string) {
    this.#url = url
    addFormats.default(this.#ajv)
  }

  /** What is wrong with an event's data by the schema that it names; `null` if nothing is. */
  async faultOf(event: { id: string; dataschema: string; data: unknown }): Promise<string | null> {
    const validate = await this.#validator(event.dataschema)
    return validate(event.data) ? null : `${event.id}: ${this.#ajv.errorsText(validate.errors)}`
  }

  #validator(dataschema: string): Promise<ValidateFunction> {
    const known = this.#validators.get(dataschema)
    if (known) return known
    const loaded = this.#load(dataschema)
    this.#validators.set(dataschema, loaded)
    return loaded
  }

  async #load(dataschema: string): Promise<ValidateFunction> {
    const response = await fetch(new URL(dataschema, this.#url))
    if (!response.ok) throw new Error(`${dataschema} is answered with ${response.status}`)
    return this.#ajv.compile(JSON.parse(await response.text(), closed))
  }
}

/** Published schemas are open, for readers; what Petrel writes has no property that its schema does not name. */
function closed(_: string, part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('properties' in part)) return part
  return { additionalProperties: false, ...part }
}

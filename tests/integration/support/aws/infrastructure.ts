import { join } from 'node:path'
import { type CloudEvent, unsequencedCloudEvent } from '../../../../shared/core/cloud-event.ts'
import { eventTypes } from '../../../../workers/api/http/openapi/event-types.ts'
import { ACCOUNT, REGION } from './aws-client.ts'
import { Resolver, type Template } from './cloudformation.ts'

/** Where the template of the AWS side is. */
export const TEMPLATE = join(import.meta.dirname, '..', '..', '..', '..', 'infra', 'petrel.yaml')
/** The name of the stack in tests. */
export const STACK = 'petrel'

/** A template with made-up names for what it makes, and the given values in place of them and of defaults. */
export function resolver(template: Template, values: Readonly<Record<string, string>> = {}): Resolver {
  const made = Object.keys(template.Resources).flatMap((name) => [
    [name, name.toLowerCase()],
    [`${name}.Arn`, `arn:aws:made-up:::${name.toLowerCase()}`],
  ])
  return new Resolver(template, {
    ...Object.fromEntries(made),
    'AWS::StackName': STACK,
    'AWS::AccountId': ACCOUNT,
    'AWS::Region': REGION,
    'AWS::Partition': 'aws',
    ...values,
  })
}

/** An event of each type, some of them in the first and in the last hour of a day. */
export function oneOfEach(): CloudEvent[] {
  return [...eventTypes.values()].map(({ context, name, category }, index) =>
    unsequencedCloudEvent({
      origin: 'https://shop.example',
      id: `${name}-${index}`,
      context,
      type: name,
      subject: `subject-${index}`,
      time: `2026-03-0${(index % 9) + 1}T${String((index * 23) % 24).padStart(2, '0')}:59:59.999Z`,
      category,
      trace: { correlationId: 'test' },
      data: { note: 'a "line"\nand another', camelCase: { amounts: [1, 2.5] } },
    }),
  )
}

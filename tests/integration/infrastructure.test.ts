import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readTemplate, type Template } from './support/aws/cloudformation.ts'
import { resolver, TEMPLATE } from './support/aws/infrastructure.ts'
import { runCommand } from './support/tools/command.ts'
import { pythonTool } from './support/tools/python.ts'

let template: Template
beforeAll(async () => {
  template = await readTemplate(TEMPLATE)
})

describe('the template', () => {
  it('is right, as far as cfn-lint knows CloudFormation', async () => {
    const printed = await runCommand(
      await pythonTool('cfn-lint'),
      ['--include-checks', 'I', '--', TEMPLATE],
      { timeout: 120_000, missing: 'cfn-lint is gone' },
    )
    expect(printed).toBe('')
  })

  it('can be deployed from a file: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html', async () => {
    expect((await readFile(TEMPLATE)).byteLength).toBeLessThanOrEqual(51_200)
  })

  it('says what each parameter is for, and takes only what makes sense', () => {
    const vague = Object.entries(template.Parameters).filter(
      ([, { Type, Description, AllowedValues, AllowedPattern, MinValue, MaxValue }]) =>
        (Description?.length ?? 0) < 20 ||
        (Type === 'Number'
          ? MinValue === undefined || MaxValue === undefined
          : AllowedValues === undefined && AllowedPattern === undefined),
    )
    expect(vague.map(([name]) => name)).toEqual([])
  })

  it.each([
    [{ Source: 'direct-put' }, { public: false, stream: true, cluster: false }],
    [
      { Source: 'direct-put', MskStage: 'delivering' },
      { public: false, stream: true, cluster: false },
    ],
    [
      { Source: 'msk', MskStage: 'private' },
      { public: false, stream: false, cluster: true },
    ],
    [
      { Source: 'msk', MskStage: 'public' },
      { public: true, stream: false, cluster: true },
    ],
    [
      { Source: 'msk', MskStage: 'delivering' },
      { public: true, stream: true, cluster: true },
    ],
  ])('builds with %j only what can be built then', (values, expected) => {
    const resolved = resolver(template, values)
    const made = (name: string) => resolved.holds(template.Resources[name]?.Condition)
    expect({ public: resolved.holds('IsPublic'), stream: made('Stream'), cluster: made('Cluster') }).toEqual(
      expected,
    )
  })
})

describe('rights', () => {
  const statementSchema = z.object({
    Effect: z.enum(['Allow', 'Deny']),
    Action: z.union([z.string(), z.array(z.string())]),
    Resource: z.unknown(),
  })

  /** Every statement that allows something, wherever in the template, and the resource that it stands in. */
  function allowed(): { resource: string; actions: string[]; resources: string[] }[] {
    return Object.entries(template.Resources).flatMap(([resource, { Properties }]) => {
      const found: { resource: string; actions: string[]; resources: string[] }[] = []
      const walk = (value: unknown): void => {
        const statement = statementSchema.safeParse(value)
        if (statement.success && statement.data.Effect === 'Allow')
          found.push({
            resource,
            actions: [statement.data.Action].flat(),
            resources: [statement.data.Resource ?? []].flat().map((item) => JSON.stringify(item)),
          })
        else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk)
      }
      walk(Properties)
      return found
    })
  }

  /** A resource as it is written in the template, with `$` before the names in it. */
  function written(resource: string): string {
    return (/"Fn::Sub":\[?"([^"]*)"/.exec(resource)?.[1] ?? resource).replaceAll(/\$\{([^}]*)\}/g, '$$$1')
  }

  it('are single actions', () => {
    const wide = allowed().filter(({ actions }) => actions.some((action) => action.includes('*')))
    // The policy of a key is about that key alone; without this statement nobody could ever change it.
    expect(wide).toEqual([{ resource: 'ScramKey', actions: ['kms:*'], resources: ['"*"'] }])
    expect(allowed().length).toBeGreaterThan(15)
  })

  it('are for what the stack has made, and never for everything', () => {
    const wide = allowed()
      .filter(({ resource }) => resource !== 'ScramKey')
      .flatMap(({ resource, resources }) =>
        resources.filter((item) => item.includes('*')).map((item) => `${resource} ${written(item)}`),
      )
    expect(wide).toEqual([
      // Objects have no names before they are written.
      'DeliveryRole $Lake.Arn/context=*',
      'DeliveryRole $Lake.Arn/refused/*',
      // Firehose names its consumer group itself.
      'TopicReaderRole arn:$AWS::Partition:kafka:$AWS::Region:$AWS::AccountId:group/$Path/*',
      // The views of analytics/ are made after the stack.
      'Analyst arn:$AWS::Partition:glue:$AWS::Region:$AWS::AccountId:table/$Database/*',
      'Analyst $Lake.Arn/context=*',
      'Analyst $Lake.Arn/ingest/*',
      'Analyst $Results.Arn/*',
    ])
  })

  it('let the Worker send events, and do nothing else', () => {
    const actions = (name: string) =>
      allowed().flatMap(({ resource, actions }) => (resource === name ? actions : []))
    expect(actions('WorkerUserPolicy')).toEqual(['sts:AssumeRole'])
    expect(actions('WorkerPutsRecords')).toEqual(['firehose:PutRecordBatch'])
    expect(actions('WorkerWritesTopic')).toEqual([
      'kafka-cluster:Connect',
      'kafka-cluster:WriteDataIdempotently',
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:WriteData',
    ])
  })

  it('open no bucket to the public, nor to a connection without TLS', () => {
    const resources = Object.entries(template.Resources)
    const buckets = resources.filter(([, { Type }]) => Type === 'AWS::S3::Bucket')
    expect(buckets.map(([name]) => name)).toEqual(['Lake', 'Results'])
    for (const [name] of buckets) {
      expect(resolver(template).properties(name)).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
      })
      expect(resolver(template).properties(`${name}Policy`)).toMatchObject({
        Bucket: name.toLowerCase(),
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [
                `arn:aws:made-up:::${name.toLowerCase()}`,
                `arn:aws:made-up:::${name.toLowerCase()}/*`,
              ],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      })
    }
  })
})

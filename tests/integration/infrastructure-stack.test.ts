import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { firehoseSink } from '../../shared/ports/firehose/sink.ts'
import { elementText } from './support/aws/aws-client.ts'
import { type Resolver, readTemplate } from './support/aws/cloudformation.ts'
import { oneOfEach, resolver, STACK, TEMPLATE } from './support/aws/infrastructure.ts'
import { type Moto, startMoto } from './support/aws/moto.ts'

/**
 * moto knows of CloudFormation the buckets, roles, users and policies of the template, and leaves out the rest:
 * the stream, the tables, the workgroup and its query are made here by the services' own operations, with what
 * the template says of them. MSK and QuickSight are left to cfn-lint.
 */
describe('a stack for Direct PUT', () => {
  let moto: Moto
  let outputs: Map<string, string>
  let resolved: Resolver
  beforeAll(async () => {
    moto = await startMoto()
    const aws = moto.administrator
    await aws.form('cloudformation', '2010-05-15', {
      Action: 'CreateStack',
      StackName: STACK,
      TemplateBody: await readFile(TEMPLATE, 'utf8'),
      'Capabilities.member.1': 'CAPABILITY_IAM',
    })
    const described = await aws.form('cloudformation', '2010-05-15', {
      Action: 'DescribeStacks',
      StackName: STACK,
    })
    expect(elementText(described, 'StackStatus')).toBe('CREATE_COMPLETE')
    const pairs = described.matchAll(/<OutputKey>([^<]*)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g)
    outputs = new Map([...pairs].map(([, key = '', value = '']) => [key, value]))
    const lake = output('LakeBucket')
    const results = output('ResultsBucket')
    resolved = resolver(await readTemplate(TEMPLATE), {
      Lake: lake,
      'Lake.Arn': `arn:aws:s3:::${lake}`,
      Results: results,
    })
  })
  afterAll(() => moto.stop())

  function output(name: string): string {
    const value = outputs.get(name)
    if (value === undefined) throw new Error(`the stack has no output ${name}`)
    return value
  }

  it('gives the Worker its variables: what it sends as their user is in the lake', async () => {
    const aws = moto.administrator
    const { DeliveryStreamName } = z
      .object({ DeliveryStreamName: z.string() })
      .parse(resolved.properties('Stream'))
    await aws.json('firehose', 'Firehose_20150804.CreateDeliveryStream', resolved.properties('Stream'))
    // Not with signatures required: moto then grants only what a policy allows for every resource.
    const made = await aws.form('iam', '2010-05-08', {
      Action: 'CreateAccessKey',
      UserName: output('WorkerUserName'),
    })
    const bindings = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_REGION: output('AwsRegion'),
      AWS_ROLE_ARN: output('AwsRoleArn'),
      AWS_ACCESS_KEY_ID: elementText(made, 'AccessKeyId'),
      AWS_SECRET_ACCESS_KEY: elementText(made, 'SecretAccessKey'),
      FIREHOSE_STREAM: DeliveryStreamName,
    }
    const events = oneOfEach()
    const sink = firehoseSink(bindings)
    const outcomes = await sink.deliver(events.map(serialized))
    expect(outcomes).toEqual(events.map(() => ({ delivered: true })))
    const ids = (await moto.readEvents(output('LakeBucket'))).map(({ id }) => id)
    expect(ids).toEqual(events.map(({ id }) => id))
    // moto takes the prefix as it stands, where Firehose puts in what the query finds.
    const [object] = await moto.readObjects(output('LakeBucket'))
    expect(object?.key).toContain('context=!{partitionKeyFromQuery:context}/')
  })

  it('has tables, a workgroup and a query that their services take', async () => {
    const aws = moto.administrator
    await aws.json('glue', 'AWSGlue.CreateDatabase', resolved.properties('Database'))
    const { DatabaseInput } = z
      .object({ DatabaseInput: z.object({ Name: z.string() }) })
      .parse(resolved.properties('Database'))
    for (const name of ['EventLines', 'EventLinesIngested', 'EventLinesByHour'])
      await aws.json('glue', 'AWSGlue.CreateTable', {
        ...resolved.properties(name),
        DatabaseName: DatabaseInput.Name,
      })
    const stored = await aws.json('glue', 'AWSGlue.GetTable', {
      DatabaseName: DatabaseInput.Name,
      Name: 'event_lines',
    })
    const { Table } = z
      .object({ Table: z.object({ StorageDescriptor: z.object({ Location: z.string() }) }) })
      .parse(JSON.parse(stored))
    expect(Table.StorageDescriptor.Location).toBe(`s3://${output('LakeBucket')}/`)

    const { WorkGroupConfiguration: Configuration, Name } = z
      .object({ Name: z.string(), WorkGroupConfiguration: z.unknown() })
      .parse(resolved.properties('WorkGroup'))
    await aws.json('athena', 'AmazonAthena.CreateWorkGroup', { Name, Configuration })
    const view = { ...resolved.properties('RawEventsView'), WorkGroup: Name, Database: DatabaseInput.Name }
    await aws.json('athena', 'AmazonAthena.CreateNamedQuery', view)
    expect(await aws.json('athena', 'AmazonAthena.GetWorkGroup', { WorkGroup: Name })).toContain(
      'Athena engine version 3',
    )
  })
})

import type { DeploymentConfig } from '../platform/deployment.ts'
import { readDeploymentConfig } from '../platform/wrangler-config.ts'
import { releaseBefore } from '../releases/before.ts'
import { type BuiltRelease, buildRelease } from '../releases/build.ts'
import { loadRelease, type Release } from '../releases/load.ts'
import type { Patch } from '../releases/patch.ts'

/** The code that runs, built: data, so that threads share it. */
export interface BuiltCode {
  readonly config: DeploymentConfig
  readonly release: BuiltRelease
  readonly withSnapshots: BuiltRelease
  readonly before: BuiltRelease
}

/** The code that runs, ready. */
export interface Code {
  readonly config: DeploymentConfig
  /** What runs from the beginning of a run without a deployment, and from the deployment on. */
  readonly release: Release
  /** The same in runs with many snapshots. */
  readonly withSnapshots: Release
  /** What runs before a deployment. */
  readonly before: Release
}

/** Streams of a run are short: hardly one would have a snapshot. */
const manySnapshots: Patch = {
  file: 'durable-objects/aggregate/journal/journal.ts',
  find: 'SNAPSHOT_EVERY_EVENTS = 100',
  replace: 'SNAPSHOT_EVERY_EVENTS = 2',
}

/** Builds the source as it is, or a variant of it, and the release before. */
export async function buildCode(patches: readonly Patch[] = []): Promise<BuiltCode> {
  const [release, withSnapshots, before] = await Promise.all([
    buildRelease(patches),
    buildRelease([...patches, manySnapshots]),
    buildRelease(releaseBefore),
  ])
  return { config: readDeploymentConfig('wrangler.toml'), release, withSnapshots, before }
}

export function loadCode({ config, release, withSnapshots, before }: BuiltCode): Code {
  return {
    config,
    release: loadRelease('release', release),
    withSnapshots: loadRelease('release with snapshots', withSnapshots),
    before: loadRelease('before', before),
  }
}

/**
 * What one client does with one kind of content, and what must be true on both sides after each step.
 * @module
 */

import { assertEqual, assertThat, messageOf, type Report } from '../harness/report.ts'
import type { Client } from './client.ts'
import type { Fixture } from './fixtures.ts'
import type { RegistryView } from './registry.ts'

export interface Exercise {
  readonly report: Report
  readonly client: Client
  readonly fixture: Fixture
  /** The client whose copies the others pull, and that pulls theirs. */
  readonly ours: Client
  readonly view: RegistryView
  readonly host: string
  /** Leave out the deletion and what comes after it. */
  readonly once: boolean
}

/** All steps with one kind of content. */
export async function exercise(task: Exercise): Promise<void> {
  const { report, client, fixture, ours, host, once } = task
  const title = (what: string) => `${client.name} ${fixture.name}: ${what}`
  const copyOfOurs = `${host}/${ours.name}/${fixture.name}:v1`
  const refusal = client.refusals[fixture.name]
  if (refusal !== undefined) return expectRefusal(task, copyOfOurs, refusal)
  let done = true
  for (const [what, step] of once ? steps.slice(0, 3) : steps)
    done = done && (await report.check(title(what), () => step(task)))
  if (client === ours) return
  await report.check(title(`pulls what ${ours.name} pushed`), async () => {
    assertEqual(await client.pull(copyOfOurs, fixture), fixture.digest, `the digest ${client.name} got`)
  })
  if (!done) return
  await report.check(title(`${ours.name} pulls what it pushed`), async () => {
    const digest = await task.view.digestOf(repositoryOf(task), 'v1')
    assertEqual(await ours.pull(referenceOf(task), fixture), digest, `the digest ${ours.name} got`)
  })
}

/** In this order; a step that fails ends the rest. */
const steps: readonly (readonly [string, (task: Exercise) => Promise<string | undefined>])[] = [
  ['push', pushAndCompare],
  ['list tags', listTags],
  ['pull', pullAndCompare],
  ['delete', deleteAndMiss],
  ['push again', pushAndCompare],
  ['re-pull', pullAndCompare],
]

async function pushAndCompare(task: Exercise): Promise<undefined> {
  const { client, fixture, view } = task
  const digest = await client.push(fixture, referenceOf(task))
  const content = await view.contentOf(repositoryOf(task), 'v1')
  assertEqual(digest, content.digest, `the digest ${client.name} says it pushed`)
  if (client.exact) {
    assertEqual(digest, fixture.digest, `the digest of what ${client.name} pushed`)
    assertEqual(content.digests.join('\n'), fixture.digests.join('\n'), 'the list of everything the registry has of it')
  } else {
    const ids = (configs: readonly string[]) => configs.toSorted().join('\n')
    assertEqual(ids(content.configs), ids(fixture.configs), 'the list of image IDs the registry has')
  }
}

async function listTags(task: Exercise): Promise<string | undefined> {
  const { client, view, host } = task
  const repository = repositoryOf(task)
  const tags = await (client.list?.(`${host}/${repository}`) ?? view.tagsOf(repository))
  assertThat(tags.includes('v1'), `the tags ${tags.join(', ')} lack v1`)
  return client.list === undefined ? 'by HTTP, the client has no command' : undefined
}

async function pullAndCompare(task: Exercise): Promise<undefined> {
  const { client, fixture, view } = task
  const digest = await client.pull(referenceOf(task), fixture)
  assertEqual(digest, await view.digestOf(repositoryOf(task), 'v1'), `the digest ${client.name} says it pulled`)
}

async function deleteAndMiss(task: Exercise): Promise<string | undefined> {
  const { client, fixture, view } = task
  const repository = repositoryOf(task)
  const digest = await view.digestOf(repository, 'v1')
  assertThat(digest, `${repository}:v1 is there`)
  if (client.delete === undefined) await view.deleteManifest(repository, digest)
  else await client.delete(referenceOf(task))
  assertEqual(await view.digestOf(repository, 'v1'), undefined, 'the digest of the deleted tag')
  assertThat(!(await view.tagsOf(repository)).includes('v1'), 'the deleted tag is listed')
  const pulled = await client.pull(referenceOf(task), fixture).catch((error: unknown) => messageOf(error))
  assertThat(!/^sha256:/.test(pulled), `${client.name} could still pull ${pulled}`)
  return client.delete === undefined ? 'by HTTP, the client has no command' : undefined
}

/** Content the client does not know: it must get the manifest and say so itself. */
async function expectRefusal(task: Exercise, reference: string, refusal: RegExp): Promise<void> {
  const { report, client, fixture } = task
  const title = `${client.name} ${fixture.name}: pull`
  const answer = await client.pull(reference, fixture).catch((error: unknown) => messageOf(error))
  // The first line repeats the command.
  const words = answer
    .split('\n')
    .slice(1)
    .find((line) => refusal.test(line))
  if (words !== undefined) {
    report.skip(`${client.name} ${fixture.name}`, `this client says: ${words.trim()}`)
    return
  }
  await report.check(title, () => assertEqual(answer, fixture.digest, `the digest ${client.name} got`))
}

function repositoryOf({ client, fixture }: Exercise): string {
  return `${client.name}/${fixture.name}`
}

function referenceOf(task: Exercise): string {
  return `${task.host}/${repositoryOf(task)}:v1`
}

/**
 * The compose file: accepted by compose, no secret in it, nothing reachable from outside, settings the registry knows.
 * @module
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '@tsreg/registry'
import { parseS3Url } from '../../packages/storage/src/bucket/s3/location.ts'
import { run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'
import {
  type ComposeFile,
  composeConfig,
  makeEnvFile,
  readComposeFile,
  readWrittenComposeFile,
} from './compose-file.ts'

/** Returns the file with fresh keys. */
export async function checkCompose({ report, directory }: SuiteContext): Promise<ComposeFile> {
  const envFile = await makeEnvFile(join(directory, 'env'))
  const compose = await readComposeFile({ envFile })
  const services = Object.entries(compose.services)
  report.section('docker-compose.yml')
  await report.check('without keys compose refuses it and says how to make them', async () => {
    const empty = join(directory, 'no.env')
    await writeFile(empty, '')
    const { status, stderr } = await composeConfig({ envFile: empty })
    assertThat(status !== 0, 'compose accepted it')
    assertThat(stderr.includes('sh infra/compose/new-env.sh > .env'), stderr)
  })
  await report.check('its SeaweedFS is the one that the suites run', async () => {
    const [, version] = /version \S+ (\S+)/.exec(await run([toolPath('weed'), 'version'])) ?? []
    assertEqual(compose.services.seaweedfs?.image, `chrislusf/seaweedfs:${version}`, 'the image')
  })
  await report.check('the keys are new each time', async () => {
    const [first, second] = await Promise.all(
      ['a', 'b'].map(async (name) => readFile(await makeEnvFile(join(directory, `${name}.env`)), 'utf8')),
    )
    for (const text of [first, second]) {
      assertThat(
        /^S3_ACCESS_KEY_ID=[0-9a-f]{20}\nS3_SECRET_ACCESS_KEY=[0-9a-f]{40}\n$/.test(text ?? ''),
        `not two keys: ${text?.length} characters`,
      )
    }
    assertThat(first !== second, 'both are the same')
  })
  await report.check('no secret stands in it: keys and passwords are variables', async () => {
    for (const name of ['docker-compose.yml', 'infra/compose/users.yml']) {
      for (const { environment = {} } of Object.values((await readWrittenComposeFile(name)).services)) {
        for (const [variable, value] of Object.entries(environment)) {
          const isSecret = /KEY|SECRET|PASSWORD|TOKEN/.test(variable)
          assertThat(!isSecret || /^\$\{\w+:\?[^}]+\}$/.test(value), `${name}: ${variable} has a value`)
        }
      }
    }
    const ignored = await readFile(join(repositoryRoot, '.gitignore'), 'utf8')
    assertThat(ignored.split('\n').includes('.env'), '.gitignore does not name .env')
  })
  await report.check('every image has a version, every service a health check', () => {
    for (const [name, { image, healthcheck }] of services) {
      assertThat(/^[a-z][a-z/]*:\d+\.\d+[\w.-]*$/.test(image), `${name}: the image is ${image}`)
      assertThat(healthcheck !== undefined, `${name} has no health check`)
    }
    return services.map(([, { image }]) => image).join(', ')
  })
  await report.check('only the balancer is published, on loopback only', () => {
    const ports = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`))
    assertEqual(ports.join(), 'balancer 127.0.0.1:5000:5000/tcp', 'what is published')
  })
  await report.check('replicas and balancer write nothing to their file systems and have no capabilities', () => {
    for (const [name, service] of services.filter(([name]) => name !== 'seaweedfs')) {
      assertEqual(service.read_only, true, `read_only of ${name}`)
      assertEqual(service.cap_drop?.join(), 'ALL', `cap_drop of ${name}`)
      assertEqual(service.security_opt?.join(), 'no-new-privileges:true', `security_opt of ${name}`)
    }
  })
  await report.check('the store is on a volume that outlives its container', () => {
    assertEqual(compose.services.seaweedfs?.volumes?.join(), 'objects:/data:rw', 'its volumes')
    assertThat(compose.volumes !== undefined && 'objects' in compose.volumes, 'there is no volume objects')
  })
  await report.check('the replicas are alike, and the registry knows their settings', () => {
    const [first, second] = replicasOf(compose)
    assertEqual(JSON.stringify(second), JSON.stringify(first), 'the second replica')
    const config = loadConfig({ env: first?.environment ?? {} })
    assertEqual(config.redirects, false, 'redirects, for clients do not reach the store')
    const { bucket, endpoint } = parseS3Url(config.storage)
    assertEqual(bucket, compose.services.seaweedfs?.environment?.S3_BUCKET, 'the bucket, which the store makes')
    assertEqual(endpoint, 'http://seaweedfs:8333', 'the endpoint')
  })
  await report.check('with users.yml they ask for a login', async () => {
    const overlays = ['infra/compose/users.yml']
    const withUsers = await readComposeFile({ envFile, overlays, env: { TSREG_USERS: './users' } })
    for (const { environment = {}, secrets } of replicasOf(withUsers)) {
      const config = loadConfig({ env: environment })
      assertEqual(config.allowUnauthenticated, false, 'allowUnauthenticated')
      assertEqual(config.htpasswd, '/run/secrets/users', 'htpasswd')
      assertEqual(secrets?.map(({ source }) => source).join(), 'users', 'the secrets')
    }
    assertEqual(withUsers.secrets?.users?.file, join(repositoryRoot, 'users'), 'the file of users')
  })
  return compose
}

function replicasOf({ services }: ComposeFile) {
  return Object.entries(services).flatMap(([name, service]) => (name.startsWith('registry-') ? service : []))
}

/**
 * The Helm chart with each of its sets of values: what belongs together matches, the pods may do nothing, and the registry
 * takes the configuration and answers where the probes ask.
 * @module
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseS3Url } from '../../packages/storage/src/bucket/s3/location.ts'
import { writeHtpasswd } from '../harness/htpasswd.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { chartDirectory, helm, type Manifest, renderChart, valueSets } from './chart.ts'
import { parseYamlDocument } from './yaml.ts'

export async function checkChart(context: SuiteContext): Promise<void> {
  const { report } = context
  const sets = await valueSets()
  for (const [name, path] of sets) {
    report.section(`helm chart: ${name}`)
    await report.check('helm lint finds nothing', async () => {
      const { status, stdout, stderr } = await helm('lint', '--strict', '--values', path)
      assertThat(status === 0, `${stdout}${stderr}`)
    })
    const manifests = await renderChart(path)
    await report.check('it makes what the values ask for', async () => {
      const values = await parseYamlDocument<Manifest>(await readFile(path, 'utf8'))
      assertEqual([...manifests.keys()].toSorted().join(), expectedKinds(values).toSorted().join(), 'the kinds')
      return `${manifests.size} manifests`
    })
    await checkMatches(context, manifests)
    await checkPod(context, manifests)
    await checkProbes(context, manifests, path)
  }
  await checkRefusals(context)
  context.record({ chart: sets.map(([name]) => name) })
}

function expectedKinds(values: Manifest): readonly string[] {
  return [
    ...['ConfigMap', 'Deployment', 'Service'],
    ...(values.serviceAccount?.create === false ? [] : ['ServiceAccount']),
    ...(values.replicas === 1 ? [] : ['PodDisruptionBudget']),
    ...(values.networkPolicy?.enabled === false ? [] : ['NetworkPolicy']),
    ...(values.serviceMonitor?.enabled ? ['ServiceMonitor'] : []),
    ...(values.ingress?.enabled ? ['Ingress'] : []),
  ]
}

async function checkMatches({ report }: SuiteContext, manifests: ReadonlyMap<string, Manifest>): Promise<void> {
  await report.check('every selector, port, name and volume leads to what is there', () => {
    const deployment = manifests.get('Deployment')
    const service = manifests.get('Service')
    const { metadata, spec } = deployment.spec.template
    const { labels } = metadata
    const [container] = spec.containers
    const selectors = [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      manifests.get('PodDisruptionBudget')?.spec.selector.matchLabels,
      manifests.get('NetworkPolicy')?.spec.podSelector.matchLabels,
      ...spec.topologySpreadConstraints.map((constraint: Manifest) => constraint.labelSelector.matchLabels),
    ].filter((selector) => selector !== undefined)
    for (const selector of selectors) assertSelects(selector, labels)
    const ports = container.ports.map(({ name }: Manifest) => name)
    const named = [
      ...service.spec.ports.map(({ targetPort }: Manifest) => targetPort),
      ...(manifests.get('NetworkPolicy')?.spec.ingress[0].ports.map(({ port }: Manifest) => port) ?? []),
      ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.port),
    ]
    for (const port of named) assertThat(ports.includes(port), `no port of the container is called ${port}`)
    const monitor = manifests.get('ServiceMonitor')
    if (monitor !== undefined) {
      assertSelects(monitor.spec.selector.matchLabels, service.metadata.labels)
      assertEqual(monitor.spec.endpoints[0].port, service.spec.ports[0].name, 'the port of the ServiceMonitor')
    }
    const backend = manifests.get('Ingress')?.spec.rules[0].http.paths[0].backend.service
    if (backend !== undefined) {
      assertEqual(backend.name, service.metadata.name, 'the service of the Ingress')
      assertEqual(backend.port.name, service.spec.ports[0].name, 'the port of the Ingress')
    }
    const account = manifests.get('ServiceAccount')?.metadata.name ?? 'default'
    assertEqual(spec.serviceAccountName, account, 'the service account')
    const config = spec.volumes.find(({ name }: Manifest) => name === 'config')
    assertEqual(config.configMap.name, manifests.get('ConfigMap').metadata.name, 'the ConfigMap')
    for (const { name } of container.volumeMounts) {
      assertThat(
        spec.volumes.some((volume: Manifest) => volume.name === name),
        `no volume ${name}`,
      )
    }
    return `${selectors.length} selectors`
  })
}

async function checkPod({ report }: SuiteContext, manifests: ReadonlyMap<string, Manifest>): Promise<void> {
  const { spec } = manifests.get('Deployment').spec.template
  const [container] = spec.containers
  await report.check(
    'the pod is not root, has no capability, no token, no writable file and no strange variable',
    () => {
      assertEqual(spec.securityContext.runAsNonRoot, true, 'runAsNonRoot')
      assertThat(spec.securityContext.runAsUser > 0, 'runAsUser is root')
      assertEqual(spec.securityContext.seccompProfile.type, 'RuntimeDefault', 'the seccomp profile')
      assertEqual(container.securityContext.allowPrivilegeEscalation, false, 'allowPrivilegeEscalation')
      assertEqual(container.securityContext.readOnlyRootFilesystem, true, 'readOnlyRootFilesystem')
      assertEqual(container.securityContext.capabilities.drop.join(), 'ALL', 'what is dropped')
      assertEqual(spec.automountServiceAccountToken, false, 'automountServiceAccountToken')
      assertEqual(spec.enableServiceLinks, false, 'enableServiceLinks')
      assertThat(
        container.volumeMounts.every(({ readOnly }: Manifest) => readOnly),
        'a volume can be written to',
      )
    },
  )
  await report.check('keys come from a Secret, and there is time to end', () => {
    for (const { name, value, valueFrom } of container.env ?? []) {
      assertThat(value === undefined && valueFrom.secretKeyRef !== undefined, `${name} has a value`)
    }
    const { shutdownGraceSeconds = 30 } = configOf(manifests)
    const needed = container.lifecycle.preStop.sleep.seconds + shutdownGraceSeconds
    assertThat(spec.terminationGracePeriodSeconds > needed, `${spec.terminationGracePeriodSeconds} s are not enough`)
  })
}

/** Starts the registry with the rendered configuration, but for what only the cluster has. */
async function checkProbes(
  { report, directory }: SuiteContext,
  manifests: ReadonlyMap<string, Manifest>,
  valuesPath: string,
): Promise<void> {
  await report.check('the registry takes the configuration and answers where probes and metrics ask', async () => {
    const [container] = manifests.get('Deployment').spec.template.spec.containers
    const home = join(directory, `chart-${basename(valuesPath, '.yaml')}`)
    await mkdir(home)
    const config = configOf(manifests)
    const values = await parseYamlDocument<Manifest>(await readFile(valuesPath, 'utf8'))
    const { bucket, prefix, endpoint, region } = parseS3Url(config.storage)
    assertEqual(bucket, values.bucket.name, 'the bucket')
    assertEqual(prefix, values.bucket.prefix === undefined ? '' : `${values.bucket.prefix}/`, 'the prefix')
    assertEqual(endpoint, values.bucket.endpoint, 'the endpoint')
    assertEqual(region, values.bucket.region ?? 'us-east-1', 'the region')
    const file = join(home, 'tsreg.json')
    const user = { username: 'somebody', password: 'a password of the suite' }
    const htpasswd = config.htpasswd && { htpasswd: await writeHtpasswd(join(home, 'htpasswd'), [user]) }
    await writeFile(file, JSON.stringify({ ...config, ...htpasswd }))
    const server = await startServer({ kind: 'tsreg', directory: join(home, 'data'), args: ['--config', file] })
    try {
      const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.path)
      const metrics = manifests.get('ServiceMonitor')?.spec.endpoints[0].path ?? []
      for (const path of [...new Set([...probes, metrics].flat())]) {
        const response = await fetch(server.url + path)
        await response.body?.cancel()
        assertEqual(response.status, 200, `the status of ${path}`)
      }
    } finally {
      await server.stop()
    }
  })
}

async function checkRefusals({ report }: SuiteContext): Promise<void> {
  report.section('helm chart: wrong values')
  const good = ['bucket.name=registry', 'access.allowUnauthenticated=true']
  const wrong: readonly (readonly [what: string, values: readonly string[], message: RegExp])[] = [
    ['no bucket', ['access.allowUnauthenticated=true'], /name/],
    ['no users', ['bucket.name=registry'], /access\.htpasswdSecret/],
    ['a misspelt value', [...good, 'replica=3'], /replica/],
    ['keys in the endpoint', [...good, 'bucket.endpoint=http://key:secret@store:1'], /endpoint/],
    ['a setting the chart decides', [...good, 'settings.listen=:80'], /settings\.listen/],
    ['metrics that are off', [...good, 'serviceMonitor.enabled=true', 'settings.metrics=false'], /metrics/],
  ]
  for (const [what, values, message] of wrong) {
    await report.check(`${what}: refused, and why`, async () => {
      const { status, stderr } = await helm('template', 'release', ...values.flatMap((value) => ['--set', value]))
      assertThat(status !== 0, 'it was rendered')
      assertThat(message.test(stderr), stderr)
    })
  }
  await report.check('with the least there is it is rendered', async () => {
    const { status, stderr } = await helm('template', 'release', ...good.flatMap((value) => ['--set', value]))
    assertThat(status === 0, stderr)
  })
  await report.check('its version is that of the command', async () => {
    const { appVersion } = await parseYamlDocument<Manifest>(await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8'))
    const { version } = JSON.parse(await readFile(join(chartDirectory, '../../../packages/cli/package.json'), 'utf8'))
    assertEqual(appVersion, version, 'appVersion')
  })
}

function configOf(manifests: ReadonlyMap<string, Manifest>): Manifest {
  return JSON.parse(manifests.get('ConfigMap').data['tsreg.json'])
}

function assertSelects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): void {
  assertThat(Object.keys(selector).length > 0, 'a selector selects everything')
  for (const [name, value] of Object.entries(selector)) assertEqual(labels[name], value, `the label ${name}`)
}

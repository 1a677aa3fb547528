/**
 * `npm run test:infra`: the compose file, the image, the Helm chart and the Terraform module are what they say, and the
 * arrangement of the compose file works when its services run as processes, also while replicas are killed. At the full
 * scale the image is built and run.
 * @module
 */

import { runSuite } from '../harness/suite.ts'
import { checkArrangement } from './check-arrangement.ts'
import { checkChart } from './check-chart.ts'
import { checkCompose } from './check-compose.ts'
import { checkImage } from './check-image.ts'
import { checkImageBuild } from './check-image-build.ts'
import { checkTerraform } from './check-terraform.ts'

const tools = [
  ...(['docker-compose', 'yq', 'jq', 'helm', 'hcl2json', 'htpasswd'] as const),
  ...(['caddy', 'weed', 'busybox', 'skopeo'] as const),
  // For the image, which is built at the full scale.
  ...(['debootstrap', 'runc', 'conmon'] as const),
]

await runSuite({ script: 'test:infra', tools }, async (context) => {
  const compose = await checkCompose(context)
  await checkImage(context)
  await checkTerraform(context)
  await checkChart(context)
  await checkArrangement(context, compose)
  const image = compose.services['registry-1']?.image
  if (context.scale === 'full' && image !== undefined) await checkImageBuild(context, image)
})

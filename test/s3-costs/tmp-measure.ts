import { measureCosts } from './measure.ts'
import { cephBehaviour } from '@tsreg/storage/testing/s3-double'
for (const b of [{}, cephBehaviour]) {
  for (const { operation, total, requests } of await measureCosts(b)) console.log(operation.padEnd(50), total, JSON.stringify(requests))
  console.log()
}

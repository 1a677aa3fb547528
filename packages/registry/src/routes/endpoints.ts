/**
 * Every endpoint under `/v2`: the kind of route and the method name the handler.
 * @module
 */
import type { RouteKind } from '@tsreg/oci/distribution'
import type { Endpoint } from '../middleware/authorize.ts'
import { getBase } from './base.ts'
import { deleteBlob, getBlob, headBlob } from './blobs.ts'
import { listCatalog } from './catalog.ts'
import { discover } from './discover.ts'
import { findIds } from './ids.ts'
import { deleteManifest, getManifest, putManifest } from './manifests.ts'
import { listReferrers } from './referrers.ts'
import { deleteRepository } from './repository.ts'
import { listTags } from './tags.ts'
import { deleteUpload, getUpload, patchUpload, putUpload } from './upload.ts'
import { postUpload } from './uploads.ts'

/** A method that is missing gets 405 with the others in `Allow`. */
export const endpoints: Readonly<Record<RouteKind, Readonly<Record<string, Endpoint>>>> = {
  base: { GET: getBase, HEAD: getBase },
  blob: { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob },
  manifest: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  uploads: { POST: postUpload },
  upload: { GET: getUpload, HEAD: getUpload, PATCH: patchUpload, PUT: putUpload, DELETE: deleteUpload },
  tags: { GET: listTags, HEAD: listTags },
  catalog: { GET: listCatalog, HEAD: listCatalog },
  referrers: { GET: listReferrers, HEAD: listReferrers },
  ids: { GET: findIds, HEAD: findIds },
  discover: { GET: discover, HEAD: discover },
  repository: { DELETE: deleteRepository },
}

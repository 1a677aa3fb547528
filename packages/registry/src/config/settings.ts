/**
 * Every setting of the registry: one row each with its check, its default and what it means. The configuration file,
 * the environment (`TSREG_...`), the flags of `serve` and the table in `docs/operations/registry.md` all come from here.
 * @module
 */
import * as z from 'zod'

const seconds = (byDefault: number) => z.number().min(0).max(31_536_000).default(byDefault)

export const settingsSchema = z.strictObject({
  listen: z
    .string()
    .min(1)
    .default('127.0.0.1:5000')
    .describe('Address to listen on: `HOST:PORT`, `[IPv6]:PORT`, `:PORT` for every address, port 0 for any free one.'),
  storage: z
    .string()
    .min(1)
    .default('file:./data')
    .describe(
      'Where everything is kept: `file:DIR`, `s3://BUCKET/PREFIX?endpoint=URL` (see `s3.md`), or `memory:` for a registry that forgets.',
    ),
  htpasswd: z
    .string()
    .min(1)
    .optional()
    .describe('File of `user:bcrypt` lines, as `htpasswd -B` writes them; read again when it changes.'),
  realm: z
    .string()
    .regex(/^[ !#-[\]-~]{1,100}$/, 'printable ASCII without quotes and backslashes, at most 100 characters')
    .default('tsreg')
    .describe('Realm of the Basic challenge.'),
  anonymousPull: z.boolean().default(false).describe('Lets anybody pull; a push still needs a user of `htpasswd`.'),
  allowUnauthenticated: z
    .boolean()
    .default(false)
    .describe(
      'Permits an address other than loopback without `htpasswd`: everybody who reaches it can push and delete.',
    ),
  tlsCert: z.string().min(1).optional().describe('Certificate chain, PEM; read again when it changes.'),
  tlsKey: z.string().min(1).optional().describe('Private key of the certificate, PEM.'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged: trace, debug, info, warn, error, fatal or silent.'),
  accessLog: z.boolean().default(true).describe('One log line per request.'),
  metrics: z.boolean().default(true).describe('Prometheus metrics at `/metrics`; they name no repository.'),
  redirects: z
    .boolean()
    .default(true)
    .describe('Answers a blob GET with a 307 to a presigned URL where the storage can make one.'),
  redirectSeconds: z
    .number()
    .int()
    .min(1)
    .max(604_800)
    .default(1200)
    .describe('How long such a URL is good for. The bytes of a deleted blob are kept so much longer.'),
  cacheSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(5)
    .describe('How long a replica remembers where blobs and manifests are: a deletion shows everywhere after that.'),
  chunkMinBytes: z
    .number()
    .int()
    .min(0)
    .max(5 * 1024 * 1024 * 1024)
    .optional()
    .describe(
      '`OCI-Chunk-Min-Length` of new uploads, 0 for none. Smaller chunks are taken, but each costs several requests to the bucket. Without it, 8388608 where the storage has presigned URLs, and none elsewhere.',
    ),
  allowReferencedBlobDelete: z
    .boolean()
    .default(false)
    .describe('Lets DELETE take a blob that a manifest of its repository names; otherwise it gets 405.'),
  allowSparseImages: z
    .boolean()
    .default(false)
    .describe(
      'Accepts image manifests whose config or layers were not pushed; otherwise they get 404, naming each. Missing manifests of an index are always accepted.',
    ),
  uploadExpirySeconds: seconds(86_400).describe(
    'Upload sessions that nothing was written to for so long are discarded with their bytes; 0 keeps them for ever.',
  ),
  gcIntervalSeconds: seconds(86_400).describe(
    'Garbage is collected when the last collection, of any replica, is so long ago; 0: only by `tsreg gc`.',
  ),
  gcGraceSeconds: seconds(86_400).describe(
    'Blobs that no manifest names are kept so long after their upload or last use by a push.',
  ),
  gcUntaggedAfterSeconds: z
    .number()
    .min(0)
    .max(315_360_000)
    .optional()
    .describe(
      'Manifests go so long after their push when no tag and no index names them and their subject is gone. Without it they are kept.',
    ),
  retentionPolicy: z
    .string()
    .min(1)
    .optional()
    .describe(
      'YAML file that says which tags to keep: the others go before garbage is collected. Read again each time.',
    ),
  gcMaxRequestsPerSecond: z
    .number()
    .min(0)
    .default(1000)
    .describe('Requests to the storage that a collection makes per second, on average; 0 for no limit.'),
  gcMemoryBytes: z
    .number()
    .int()
    .min(1024 * 1024)
    .default(128 * 1024 * 1024)
    .describe(
      'Memory for the marks of a collection, about 20 bytes for each blob and for each repository that has it; a store that needs more is collected in several passes.',
    ),
  maxManifestBytes: z
    .number()
    .int()
    .min(1024)
    .max(4 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe('A larger manifest gets 413.'),
  maxPageSize: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('Entries of one page of tags or repositories when the client asks for more, or names no number.'),
  maxHeaderBytes: z.number().int().min(4096).max(1_048_576).default(32_768).describe('Larger request headers get 431.'),
  headerTimeoutSeconds: seconds(60).describe('A connection that has not sent its request headers by then is closed.'),
  keepAliveSeconds: seconds(620).describe(
    'How long an idle connection stays open. Longer than load balancers keep theirs (up to 600 s), so that the balancer closes first and never sends a request into a closing connection.',
  ),
  minRateBytesPerSecond: z
    .number()
    .int()
    .min(0)
    .default(100)
    .describe('A request or response body that moves slower is cut off; 0 turns that off.'),
  rateGraceSeconds: seconds(60).describe('How long a body may stand still before its rate counts.'),
  shutdownGraceSeconds: seconds(30).describe('How long running requests may take to finish when the registry stops.'),
})

/** All settings, checked and complete. */
export type RegistryConfig = z.output<typeof settingsSchema>
/** What a caller must give: every setting has a default or may be absent. */
export type RegistrySettings = z.input<typeof settingsSchema>
export type SettingName = keyof RegistryConfig

export const settingNames = Object.keys(settingsSchema.shape) as readonly SettingName[]

/** The name of a setting in the environment: `maxPageSize` is `TSREG_MAX_PAGE_SIZE`. */
export function environmentName(setting: string): string {
  return `TSREG_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** The name of a setting as a flag: `maxPageSize` is `--max-page-size`. */
export function flagName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

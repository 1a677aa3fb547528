/**
 * The flags of `serve`: one per setting of the registry, in the words of its configuration. They stand here and not in
 * the registry's schema, so that the help of other verbs need not load it; a test keeps the two equal.
 * @module
 */
import { type Command, Option } from 'commander'

/** A flag as commander writes it, what it means, and the setting's name in the configuration. */
export interface ServeFlag {
  readonly setting: string
  readonly flags: string
  readonly description: string
  /** Flags that few need are left out of the help; `docs/operations/registry.md` has them. */
  readonly hidden?: boolean
}

export const serveFlags: readonly ServeFlag[] = [
  {
    setting: 'listen',
    flags: '--listen <host:port>',
    description: 'Where to listen (default 127.0.0.1:5000; port 0: any)',
  },
  {
    setting: 'storage',
    flags: '--storage <url>',
    description: 'Where to keep everything: file:DIR, s3://BUCKET/PREFIX or memory: (default file:./data)',
  },
  {
    setting: 'htpasswd',
    flags: '--htpasswd <file>',
    description: 'Who may push and pull: user:bcrypt lines, as "htpasswd -B" writes them',
  },
  { setting: 'anonymousPull', flags: '--anonymous-pull', description: 'Anybody may pull; a push still needs a user' },
  {
    setting: 'allowUnauthenticated',
    flags: '--allow-unauthenticated',
    description: 'Listen on a public address without --htpasswd',
  },
  { setting: 'tlsCert', flags: '--tls-cert <file>', description: 'Certificate chain, PEM' },
  { setting: 'tlsKey', flags: '--tls-key <file>', description: 'Private key of the certificate, PEM' },
  {
    setting: 'logLevel',
    flags: '--log-level <level>',
    description: 'trace, debug, info, warn, error, fatal or silent (default info)',
  },
  { setting: 'accessLog', flags: '--no-access-log', description: 'No log line per request' },
  { setting: 'metrics', flags: '--no-metrics', description: 'No /metrics' },
  {
    setting: 'allowReferencedBlobDelete',
    flags: '--allow-referenced-blob-delete',
    description: 'Let DELETE take blobs that a manifest names',
  },
  {
    setting: 'allowSparseImages',
    flags: '--allow-sparse-images',
    description: 'Accept image manifests with missing layers',
    hidden: true,
  },
  {
    setting: 'shutdownGraceSeconds',
    flags: '--shutdown-grace-seconds <n>',
    description: 'How long running requests may take on a stop (default 30)',
  },
  {
    setting: 'uploadExpirySeconds',
    flags: '--upload-expiry-seconds <n>',
    description: 'When an upload that nobody goes on with is forgotten',
    hidden: true,
  },
  {
    setting: 'gcIntervalSeconds',
    flags: '--gc-interval-seconds <n>',
    description: 'How often garbage is collected; 0: never (default a day)',
  },
  {
    setting: 'gcGraceSeconds',
    flags: '--gc-grace-seconds <n>',
    description: 'How long unused blobs are kept',
    hidden: true,
  },
  {
    setting: 'gcUntaggedAfterSeconds',
    flags: '--gc-untagged-after-seconds <n>',
    description: 'When untagged manifests go',
    hidden: true,
  },
  {
    setting: 'gcMaxRequestsPerSecond',
    flags: '--gc-max-requests-per-second <n>',
    description: 'How fast garbage is collected',
    hidden: true,
  },
  {
    setting: 'retentionPolicy',
    flags: '--retention-policy <file>',
    description: 'YAML file that says which tags to keep',
  },
  { setting: 'gcMemoryBytes', flags: '--gc-memory-bytes <n>', description: 'Memory for its marks', hidden: true },
  { setting: 'realm', flags: '--realm <text>', description: 'Realm of the Basic challenge', hidden: true },
  {
    setting: 'redirects',
    flags: '--no-redirects',
    description: 'Stream blobs also where the storage has presigned URLs',
    hidden: true,
  },
  {
    setting: 'redirectSeconds',
    flags: '--redirect-seconds <n>',
    description: 'How long a presigned URL is good for',
    hidden: true,
  },
  {
    setting: 'cacheSeconds',
    flags: '--cache-seconds <n>',
    description: 'How long a replica remembers where blobs are',
    hidden: true,
  },
  {
    setting: 'chunkMinBytes',
    flags: '--chunk-min-bytes <n>',
    description: 'OCI-Chunk-Min-Length of new uploads',
    hidden: true,
  },
  {
    setting: 'maxManifestBytes',
    flags: '--max-manifest-bytes <n>',
    description: 'A larger manifest gets 413',
    hidden: true,
  },
  { setting: 'maxPageSize', flags: '--max-page-size <n>', description: 'Most entries of one page', hidden: true },
  {
    setting: 'maxHeaderBytes',
    flags: '--max-header-bytes <n>',
    description: 'Larger request headers get 431',
    hidden: true,
  },
  {
    setting: 'headerTimeoutSeconds',
    flags: '--header-timeout-seconds <n>',
    description: 'Time for the headers of a request',
    hidden: true,
  },
  {
    setting: 'keepAliveSeconds',
    flags: '--keep-alive-seconds <n>',
    description: 'How long an idle connection stays open',
    hidden: true,
  },
  {
    setting: 'minRateBytesPerSecond',
    flags: '--min-rate-bytes-per-second <n>',
    description: 'Slower bodies are cut off; 0: never',
    hidden: true,
  },
  {
    setting: 'rateGraceSeconds',
    flags: '--rate-grace-seconds <n>',
    description: 'How long a body may stand still',
    hidden: true,
  },
]

/** Adds the flags. One that is not given leaves no value, so that the environment and the file decide. */
export function addServeFlags(command: Command): Command {
  for (const { flags, description, hidden } of serveFlags) {
    command.addOption(new Option(flags, description).hideHelp(hidden === true))
  }
  return command
}

/** The values that were typed, by the setting's name. */
export function typedFlags(command: Command): Readonly<Record<string, unknown>> {
  const typed = serveFlags.filter(({ setting }) => command.getOptionValueSource(setting) === 'cli')
  return Object.fromEntries(typed.map(({ setting }) => [setting, command.getOptionValue(setting)]))
}

/** @module The configuration of the registry. */
export { isLoopback, type ListenAddress, parseListenAddress, requireAuthentication } from './listen-address.ts'
export { type ConfigSources, checkSettings, loadConfig } from './load-config.ts'
export {
  environmentName,
  flagName,
  type RegistryConfig,
  type RegistrySettings,
  type SettingName,
  settingNames,
  settingsSchema,
} from './settings.ts'
export { StartError, type StartErrorCode } from './start-error.ts'

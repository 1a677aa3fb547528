/** @module Who one is to a registry: docker's config.json, its helpers, log in and log out. */
export * from './credential.ts'
export { type DockerCredentialsOptions, dockerCredentials } from './docker-credentials.ts'
export { type LoginOptions, type LoginResult, login, logout } from './login.ts'
